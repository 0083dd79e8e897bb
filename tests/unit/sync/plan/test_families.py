"""Families that share an address, and many parents: what each costs does not grow with the district."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, select

from lti_app.models import Staged
from lti_app.school.records import Kind, PersonGroup
from tests.fakes import Rows
from tests.support.records import link, student
from tests.unit.conftest import Engine

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
