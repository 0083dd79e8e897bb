"""The undo of values that one record may have: no one gets an interim value or one that another holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
import time_machine

from lti_app.models import Change, ChangeState, Job, JobState, Run, RunState
from lti_app.runs.words.reasons import sentence
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.records import Kind
from lti_app.schoology.port import Outcome, Outgoing
from lti_app.store import refusals
from lti_app.store.district import District
from lti_app.sync.ledger import stop
from lti_app.sync.plan import approval, new_ids
from tests.fakes import Rows
from tests.support.records import course, student
from tests.unit.conftest import Engine
from tests.unit.sync.plan.brakes.test_brakes import school
from tests.unit.sync.plan.test_approval import Avery
from tests.unit.sync.plan.test_collisions import NIGHT, OneEach
from tests.unit.sync.plan.test_undo import carry_out, plan_undo

__all__ = ["school"]

Values = dict[str, tuple[str, str]]


class RefusesSome(OneEach):
    """Refuses what would change these accounts."""

    never: Sequence[str] = ()
    """Their Schoology ids."""

    def update(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        good = [each for each in batch if each.schoology_id not in self.never]
        done = dict(zip((each.schoology_id for each in good), super().update(kind, good), strict=True))
        return [done.get(each.schoology_id, Outcome(ok=False, code=400, words="No.")) for each in batch]


@pytest.fixture
def town(school: Engine) -> Iterator[Engine]:
    """At night, with a Schoology in which each value is one account's."""
    objects, ids = school.schoology.objects, school.schoology._ids
    school.schoology = RefusesSome()
    school.schoology.objects, school.schoology._ids = objects, ids
    with time_machine.travel(NIGHT, tick=False):
        yield school


def values(school: Engine, *numbers: str) -> Values:
    users = school.schoology.objects[Kind.USER]
    return {each: (users[each]["username"], users[each]["email"]) for each in numbers}


def logins(school: Engine, **wanted: str) -> None:
    """`of_001`: the login, and the address with it, that the SIS has now."""
    people = school.sis.rows[Rows.STUDENTS]
    people[:] = [
        replace(each, login=login, email=f"{login}@d.example")  # type: ignore[type-var]
        if (login := wanted.get(f"of_{each.sis_id}"))  # type: ignore[union-attr]
        else each
        for each in people
    ]


def undo(school: Engine, run: Run) -> Run:
    plan = plan_undo(school, run)
    return carry_out(school, plan) if plan.state == RunState.HELD else plan


RING = {"of_001": "s2", "of_002": "s3", "of_003": "s1"}
CHAIN = {"of_001": "fresh", "of_002": "s1", "of_003": "s2"}


@pytest.mark.parametrize(
    "wanted", [{"of_001": "s2", "of_002": "s1"}, RING, CHAIN], ids=["two", "ring", "chain"]
)
def test_values_that_went_around_go_back(town: Engine, wanted: dict[str, str]) -> None:
    before = values(town, "001", "002", "003")
    logins(town, **wanted)
    run = town.run()
    assert run.state == RunState.DONE and values(town, "001", "002", "003") != before

    undone = undo(town, run)

    assert values(town, "001", "002", "003") == before
    assert {each.state for each in town.changes(undone)} == {ChangeState.DONE}


def test_a_swap_that_was_given_back_leaves_nothing_to_undo(town: Engine) -> None:
    """No one gets the value of an account that could not give it up, in this night and the next one."""
    before = values(town, "001", "002")
    never(town, "002")
    logins(town, of_001="s2", of_002="s1")
    run = town.run()
    assert values(town, "001", "002") == before

    undo(town, run)

    assert values(town, "001", "002") == before
    logins(town, of_001="s2", of_002="s1")
    assert town.run().state == RunState.DONE and values(town, "001", "002") == before
    town.schoology.never = []  # type: ignore[attr-defined]
    refusals.forget_all(District(town.session, 1))
    town.run()
    assert values(town, "001", "002")["001"][0] == "s2"


def test_who_waits_for_a_value_that_is_not_given_up_waits_on(town: Engine) -> None:
    """Also a new account, and the one who waits for that one's value."""
    never(town, "001")
    logins(town, of_001="fresh", of_002="s1", of_003="s2")
    before = values(town, "001", "002", "003")
    town.sis.rows[Rows.STUDENTS].append(
        student(number="900", login="s3", email="s3@d.example", last_name="New")
    )

    first = town.run()

    assert values(town, "001", "002", "003") == before
    waiting = {each.sis_id: each for each in town.changes(first) if each.state == ChangeState.DISCARDED}
    assert set(waiting) == {"student:002", "student:003", "student:900"}
    assert "Name1, Mei (student 001)" in sentence(waiting["student:002"].reason)
    for _ in range(2):
        run = town.run()
        assert run.state == RunState.DONE and values(town, "001", "002", "003") == before
        assert "student 002" in sentence(line_of(town, run, "student:003").reason)
    town.schoology.never = []  # type: ignore[attr-defined]
    refusals.forget_all(District(town.session, 1))
    town.run()
    assert [login for login, _ in values(town, "001", "002", "003", "900").values()] == [
        "fresh",
        "s1",
        "s2",
        "s3",
    ]


def line_of(town: Engine, run: Run, sis_id: str) -> Change:
    (line,) = [each for each in town.changes(run) if each.sis_id == sis_id]
    return line


def never(town: Engine, number: str) -> None:
    town.schoology.never = [town.schoology.objects[Kind.USER][number]["id"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "rounds", [pytest.param(each, marks=pytest.mark.long_run if 1 < each < 5 else ()) for each in range(1, 6)]
)
def test_the_undo_of_a_swap_that_was_finished_by_another_run(town: Engine, rounds: int) -> None:
    before = values(town, "001", "002", "003")
    logins(town, **RING)
    _killed(town, rounds)
    run = town.run()
    assert values(town, "001")["001"][0] == "s2"

    undo(town, run)

    after = values(town, "001", "002", "003")
    assert not [each for pair in after.values() for each in pair if "swap-" in each]
    if before != after:
        assert town.run().state == RunState.DONE  # the next night brings what the SIS has


def _killed(town: Engine, rounds: int) -> None:
    """A run that ends in the middle of a swap, before so many rounds of sending were over."""
    left = [rounds]

    def die() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise InterruptedError

    town.before_a_round = die
    try:
        town.run()
    except InterruptedError:
        run = town.session.query(Run).order_by(Run.id.desc()).first()
        assert run is not None
        stop(town.session, run.id, RunState.CANCELED, because(Code.RUN_STOPPED))
        town.session.get_one(Job, run.job_id).state = JobState.CANCELED
        town.session.commit()
    town.before_a_round = lambda: None


def test_a_value_that_a_newcomer_took_stays_theirs(town: Engine) -> None:
    """What the run made stays, so the former holder keeps the new login, and gets the other fields back."""
    logins(town, of_001="fresh")
    people = town.sis.rows[Rows.STUDENTS]
    people[1] = replace(people[1], last_name="Married")  # type: ignore[type-var]
    people.append(student(number="900", login="s1", email="s1@d.example", last_name="New"))
    run = town.run()
    assert values(town, "001", "900") == {
        "001": ("fresh", "fresh@d.example"),
        "900": ("s1", "s1@d.example"),
    }

    undone = undo(town, run)

    assert values(town, "001")["001"] == ("fresh", "fresh@d.example")
    assert town.schoology.objects[Kind.USER]["001"]["last_name"] == "Name1"
    (line,) = [each for each in town.changes(undone) if each.sis_id == "student:001"]
    assert line.state == ChangeState.DONE and "New" in sentence(line.reason)
    assert undone.state == RunState.DONE


def test_a_value_alone_that_a_newcomer_took_is_kept_with_the_reason(town: Engine) -> None:
    logins(town, of_001="fresh")
    town.sis.rows[Rows.STUDENTS].append(
        student(number="900", login="s1", email="s1@d.example", last_name="New")
    )
    run = town.run()

    undone = undo(town, run)

    (line,) = [each for each in town.changes(undone) if each.sis_id == "student:001"]
    assert line.state == ChangeState.DISCARDED and "New" in sentence(line.reason)


def test_a_section_that_was_linked_again_gets_its_codes_back(town: Engine) -> None:
    sections, seats = town.sis.rows[Rows.SECTIONS], town.sis.rows[Rows.SEATS]
    before = dict(_section(town, "5001"))
    sections[0] = replace(sections[0], key="5901", number="9")  # type: ignore[type-var]
    sections[0] = replace(sections[0], number="1")  # type: ignore[type-var]
    seats[:] = [replace(each, section="5901") if each.section == "5001" else each for each in seats]  # type: ignore
    held = town.run()
    assert held.state == RunState.HELD
    _relink(town, held)
    run = town.run()
    assert _section(town, "5901")["id"] == before["id"]

    undone = undo(town, run)

    assert _section(town, "5001") == before
    assert {each.state for each in town.changes(undone)} == {ChangeState.DONE}
    assert town.run().state == RunState.DONE and _section(town, "5901")["id"] == before["id"]


@pytest.mark.parametrize("how", ["renumbered", "reused"])
def test_a_course_that_was_renamed_gets_its_name_back(town: Engine, how: str) -> None:
    before = dict(_course(town))
    if how == "renumbered":
        town.sis.rows[Rows.COURSES] = [course("1", "ALG1H", "Algebra I Honors")]
        sections = town.sis.rows[Rows.SECTIONS]
        sections[:] = [replace(each, course="1|ALG1H") for each in sections]  # type: ignore[type-var]
    else:
        town.sis.rows[Rows.COURSES] = [course("1", "ALG1", "Woodwork")]
    held = town.run()
    assert held.state == RunState.HELD
    if how == "renumbered":
        _relink(town, held)
        run = town.run()
    else:
        job = approval.approve(District(town.session, 1), held.id, held.digest, who=Avery())
        town.session.commit()
        run = town.carry(job)
    assert _course(town)["title"] != before["title"]

    undone = undo(town, run)

    assert _course(town) == before
    assert ChangeState.DONE in {each.state for each in town.changes(undone) if each.kind == Kind.COURSE}


def _relink(town: Engine, held: Run) -> None:
    assert new_ids.relink(town.session, held) == 1
    approval.discard(District(town.session, 1), held.id, held.digest, who=Avery())
    town.session.commit()


def _section(town: Engine, key: str) -> dict[str, Any]:
    (found,) = [
        each for each in town.schoology.objects[Kind.SECTION].values() if each["section_school_code"] == key
    ]
    return dict(found)


def _course(town: Engine) -> dict[str, Any]:
    (found,) = town.schoology.objects[Kind.COURSE].values()
    return found


def test_an_address_that_was_left_out_is_no_change_to_undo(town: Engine) -> None:
    people = town.sis.rows[Rows.STUDENTS]
    before = values(town, "001", "002")
    people[1] = replace(people[1], email="s2@d.example", last_name="Silva")  # type: ignore[type-var]
    run = town.run()

    undo(town, run)

    assert values(town, "001", "002") == before
    assert town.schoology.objects[Kind.USER]["001"]["last_name"] == "Name1"
