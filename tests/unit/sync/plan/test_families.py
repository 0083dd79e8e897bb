"""Families that share an address, and many parents: what each costs does not grow with the district."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select

from lti_app.models import ChangeState, Run, RunState, Staged
from lti_app.school.records import Kind, PersonGroup
from lti_app.store.district import District
from lti_app.sync.plan import approval
from tests.fakes import Rows
from tests.support.records import link, student
from tests.unit.conftest import Engine
from tests.unit.sync.plan.brakes.test_brakes import trips
from tests.unit.sync.plan.test_approval import Avery

FAMILIES = 700
"""More than are changed together."""


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that read or change staged rows."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "staged" in statement and not statement.startswith("INSERT"):
            seen.append(statement)

    event.listen(engine.session.get_bind(), "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine.session.get_bind(), "before_cursor_execute", note)


def pupils(engine: Engine, number: int) -> None:
    """Two of each family, who have one address."""
    engine.sis.rows[Rows.STUDENTS] = [
        student(number=f"{n:04}", login=f"s{n}", email=f"family{n // 2}@d.example", last_name=f"Name{n}")
        for n in range(2 * number)
    ]


def staged(engine: Engine, run_id: int, kind: Kind) -> list[Staged]:
    rows = select(Staged).where(Staged.run_id == run_id, Staged.kind == kind)
    return list(engine.session.scalars(rows))


def test_an_address_of_two_students_is_left_out_at_both_in_few_statements(engine: Engine) -> None:
    pupils(engine, FAMILIES)

    with counted(engine) as seen:
        run = engine.run("users", plan_only=True)

    rows = staged(engine, run.id, Kind.USER)
    assert len(rows) == 2 * FAMILIES
    assert not [each for each in rows if "@" in each.payload]
    assert len(seen) < 100


def test_every_parent_of_many_is_named_by_the_unique_ids_of_both(engine: Engine) -> None:
    engine.options(with_guardians=True)
    pupils(engine, FAMILIES)
    engine.sis.rows[Rows.GUARDIANS] = [
        each
        for n in range(FAMILIES)
        for parent in [student(f"{n}", PersonGroup.CONTACT, login=f"p{n}", email="")]
        for each in (parent, link(parent, f"{2 * n:04}"))
    ]

    run = engine.run("users", plan_only=True)

    keys = {each.natural_key for each in staged(engine, run.id, Kind.PARENT_LINK)}
    assert len(keys) == FAMILIES and all(":" in each for each in keys)


def parents(engine: Engine, *numbers: int, of: str) -> None:
    """So many more parents of a student, each with an account of their own."""
    for n in numbers:
        parent = student(f"{n}", PersonGroup.CONTACT, login=f"p{n}", email="", last_name=f"Parent{n}")
        engine.sis.rows[Rows.GUARDIANS] += [parent, link(parent, of)]


def also(engine: Engine, number: int, of: str) -> None:
    """A parent who is there has one more child."""
    parent = student(f"{number}", PersonGroup.CONTACT, login=f"p{number}")
    engine.sis.rows[Rows.GUARDIANS].append(link(parent, of))


def joined(engine: Engine) -> set[str]:
    """`parent>student` of the links that Schoology has, as the app knows them."""
    return {key.replace("contact:", "").replace("student:", "") for key in engine.links() if ">" in key}


def states(engine: Engine, run: Run) -> dict[str, str]:
    return {each.sis_id: each.state for each in engine.changes(run)}


@pytest.fixture
def families(engine: Engine) -> Engine:
    """Twelve students with one parent each, and the first with six."""
    engine.options(with_guardians=True)
    engine.sis.rows[Rows.GUARDIANS] = []
    engine.sis.rows[Rows.STUDENTS] = [
        student(number=f"{n:03}", login=f"s{n}", email="", last_name=f"Name{n}") for n in range(12)
    ]
    for n in range(12):
        parents(engine, n, of=f"{n:03}")
    parents(engine, *range(100, 105), of="000")
    run = engine.run()
    assert (run.state, len(joined(engine))) == (RunState.DONE, 17)  # six are not too many
    return engine


def test_a_seventh_parent_waits_and_other_children_get_theirs(families: Engine) -> None:
    """The account that only this link would need waits with it; the one of a child's grandmother is made."""
    parents(families, 200, of="000")
    parents(families, 201, of="001")
    also(families, 201, of="000")

    run = families.run()

    assert trips(run) == [("too_many_parents", "parent_link", 1, 1)]
    assert states(families, run) == {
        "contact:200": ChangeState.HELD,
        "contact:200>student:000": ChangeState.HELD,
        "contact:201": ChangeState.DONE,
        "contact:201>student:001": ChangeState.DONE,
        "contact:201>student:000": ChangeState.HELD,
    }
    job = approval.approve(District(families.session, 1), run.id, run.digest, who=Avery())
    families.session.commit()
    families.carry(job)
    assert {"200>000", "201>000"} <= joined(families)
    assert families.lines(families.run()) == []


def test_parents_whom_schoology_keeps_count_and_those_who_end_do_not(families: Engine) -> None:
    """The SIS replaces a parent. As long as Schoology keeps the first one, the new one is the seventh."""
    rows = families.sis.rows[Rows.GUARDIANS]
    rows[:] = [each for each in rows if "100" not in (getattr(each, "sis_id", ""), _parent_of(each))]
    parents(families, 200, of="000")
    for _ in range(2):  # on the second night the first parent is no longer managed
        assert trips(families.run()) == [("too_many_parents", "parent_link", 1, 1)]

    families.options(ends_parent_links=True)
    parents(families, 300, of="011")
    families.run()
    rows[:] = [each for each in rows if "101" not in (getattr(each, "sis_id", ""), _parent_of(each))]
    run = families.run()

    assert ("parent_link", "drop", "contact:101>student:000", "done") in families.lines(run)


def _parent_of(row: Any) -> str:
    return str(getattr(row, "person", "")).partition(":")[2]


def test_an_unusual_number_of_added_parents_waits_with_their_accounts(families: Engine) -> None:
    people = families.sis.rows[Rows.STUDENTS]
    people.append(student(number="900", login="new", email=""))
    for n in range(1, 7):
        parents(families, 300 + n, of=f"{n:03}")

    run = families.run()

    assert trips(run) == [("parents_added", "parent_link", 6, 17)]
    made = {key for key, state in states(families, run).items() if state == ChangeState.DONE}
    assert made == {"student:900"}


def test_few_added_parents_do_not_wait(families: Engine) -> None:
    for n in range(1, 5):
        parents(families, 300 + n, of=f"{n:03}")

    assert families.run().state == RunState.DONE


def test_the_first_parents_are_held_only_for_a_child_with_too_many(engine: Engine) -> None:
    engine.options(with_guardians=True)
    engine.sis.rows[Rows.GUARDIANS] = []
    pupils(engine, 20)
    for n in range(40):
        parents(engine, n, of=f"{n:04}")
    parents(engine, *range(100, 106), of="0000")

    run = engine.run()

    assert trips(run) == [("too_many_parents", "parent_link", 1, 1)]
    assert joined(engine) == {f"{n}>{n:04}" for n in range(1, 40)}
