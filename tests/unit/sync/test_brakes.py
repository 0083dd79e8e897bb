"""Brakes: what is too much waits for a person, and everything else goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from lti_app.models import BuildingRow, ChangeState, Link, Run, RunState, SyncOptions
from lti_app.school.limits import Limits, too_many
from lti_app.school.records import Course, DateRange, Enrollment, IdSpace, Kind, PersonRole
from lti_app.schoology.port import Role
from lti_app.sis.port import Feed
from lti_app.sync import twins
from tests.unit.sync.conftest import Engine
from tests.unit.sync.rules.making import section, session, student

SEPTEMBER = DateRange(date(2026, 9, 1))
CLASS = 30


@pytest.fixture
def school(engine: Engine) -> Engine:
    """Thirty students in each of two sections of one course, synced."""
    engine.sis.rows[Feed.STUDENTS] = [
        student(sis_id=f"{n:03}", login=f"s{n}", email=f"s{n}@d.example", last_name=f"Name{n}")
        for n in range(CLASS)
    ]
    engine.sis.rows[Feed.COURSES] = [Course("1", "ALG1", "Algebra I")]
    engine.sis.rows[Feed.SECTIONS] = [
        section(
            section_key=key, number=number, sessions=(session(marking_periods=("Q2",), primary_staff=""),)
        )
        for key, number in (("5001", "1"), ("5002", "2"))
    ]
    engine.sis.rows[Feed.ENROLLMENTS] = [
        Enrollment(key, "1", f"{n:03}", False, (SEPTEMBER,)) for key in ("5001", "5002") for n in range(CLASS)
    ]
    assert engine.run().state == RunState.DONE
    return engine


def trips(run: Run) -> list[tuple[str, str, int, int]]:
    return [(each["brake"], each["kind"], each["number"], each["of"]) for each in run.counts["trips"]]


def limit(school: Engine, **changes: object) -> None:
    row = school.session.get_one(SyncOptions, 1)
    row.brakes = {**Limits().to_json(), **changes}
    school.session.commit()


def leave(school: Engine, number: int, key: str = "5001") -> None:
    """So many students leave a section in the SIS."""
    going = {f"{n:03}" for n in range(number)}
    rows = school.sis.rows[Feed.ENROLLMENTS]
    school.sis.rows[Feed.ENROLLMENTS] = [
        each for each in rows if not (each.section_key == key and each.student_id in going)
    ]


@pytest.mark.parametrize(
    ("number", "of", "asked"),
    [(4, 4, False), (5, 40, True), (5, 50, False), (6, 50, True), (500, 9000, False), (501, 9000, True)],
)
def test_a_share_counts_from_the_floor_up_and_the_ceiling_always(number: int, of: int, asked: bool) -> None:
    assert too_many(number, of, share=0.10, floor=5, ceiling=500) is asked


def test_few_drops_go_through_unasked(school: Engine) -> None:
    leave(school, 4)

    run = school.run()

    assert run.state == RunState.DONE
    assert [action for _, action, _, _ in school.lines(run)] == ["drop"] * 4


def test_too_many_drops_of_a_building_wait_and_the_rest_goes_on(school: Engine) -> None:
    leave(school, 10)
    changed = school.sis.rows[Feed.STUDENTS]
    changed[20] = replace(changed[20], last_name="Silva")

    run = school.run()

    assert run.state == RunState.HELD
    assert trips(run) == [("drops", "enrollment", 10, 60)]
    states = {(action, state) for _, action, _, state in school.lines(run)}
    assert states == {("update", "done"), ("drop", "held")}
    assert len(school.schoology.objects[Kind.ENROLLMENT]) == 60


def test_a_section_that_would_lose_more_than_half_waits_by_itself(school: Engine) -> None:
    limit(school, drop_share=0.9)
    leave(school, 16)
    leave(school, 2, "5002")

    run = school.run()

    assert trips(run) == [("section", "enrollment", 16, 30)]
    held = {each.parent for each in school.changes(run) if each.state == ChangeState.HELD}
    done = {each.parent for each in school.changes(run) if each.state == ChangeState.DONE}
    assert (held, done) == ({"5001"}, {"5002"})


def test_too_many_updates_wait(school: Engine) -> None:
    school.sis.rows[Feed.STUDENTS] = [
        replace(each, middle_name="X") if n < 10 else each
        for n, each in enumerate(school.sis.rows[Feed.STUDENTS])
    ]

    run = school.run()

    assert trips(run) == [("updates", "user", 10, 30)]
    assert {state for *_, state in school.lines(run)} == {ChangeState.HELD}


def test_the_first_updates_of_what_data_prep_paired_were_asked_for(school: Engine) -> None:
    for link in school.session.scalars(select(Link).where(Link.kind == Kind.USER)):
        link.payload, link.fingerprint = "", ""
    school.session.commit()

    assert school.run().state == RunState.DONE


def test_a_change_of_an_administrators_role_always_waits(school: Engine) -> None:
    school.schoology.roles = lambda: [  # type: ignore[method-assign]
        Role("1", "Student", False),
        Role("2", "Teacher", True),
        Role("3", "System Admin", True, True),
    ]
    school.options(role_ids={"student": "1", "teacher": "2", "staff": "3"})
    boss = student(space=IdSpace.STAFF, sis_id="9", role=PersonRole.STAFF, login="boss", email="b@d.example")
    school.sis.rows[Feed.STAFF] = [boss]
    school.run()
    school.sis.rows[Feed.STAFF] = [replace(boss, role=PersonRole.TEACHER)]

    run = school.run()

    assert trips(run) == [("admin_role", "user", 1, 1)]
    assert school.lines(run) == [("user", "update", "staff:9", "held")]


def test_an_empty_building_drops_nothing_and_says_so(school: Engine) -> None:
    school.sis.rows[Feed.ENROLLMENTS] = []

    run = school.run()

    assert school.lines(run) == []
    assert run.counts["silent"] == [
        {"feed": "enrollments", "kind": "enrollment", "building": "1", "links": 60}
    ]


def test_a_building_that_disappeared_drops_and_releases_nothing(school: Engine) -> None:
    for feed in Feed:
        school.sis.rows[feed] = (
            [each for each in school.sis.rows[feed] if "1" not in vars(each).values()]
            if feed != Feed.STUDENTS
            else [student(sis_id="900", login="x", main_building="2")]
        )

    run = school.run()

    assert {action for _, action, _, _ in school.lines(run)} <= {"block"}
    assert {(each["kind"], each["building"]) for each in run.counts["silent"]} == {
        ("user", "1"),
        ("course", "1"),
        ("section", "1"),
        ("enrollment", "1"),
    }


def test_regenerated_ids_wait_and_can_be_linked_anew_without_a_write(school: Engine) -> None:
    school.options(id_prefixes={"student": "", "staff": "", "contact": "P"})
    school.sis.rows[Feed.STUDENTS] = [
        replace(each, sis_id=f"9{each.sis_id}") for each in school.sis.rows[Feed.STUDENTS]
    ]
    school.sis.rows[Feed.ENROLLMENTS] = [
        replace(each, student_id=f"9{each.student_id}") for each in school.sis.rows[Feed.ENROLLMENTS]
    ]
    sent = len(school.schoology.calls)

    run = school.run()

    assert run.state == RunState.HELD
    assert ("regenerated_ids", "user", 30, 30) in trips(run)
    assert len(school.schoology.calls) == sent
    assert twins.relink(school.session, run) == 30
    school.session.commit()
    seats = school.session.scalars(select(Link.sis_id).where(Link.kind == Kind.ENROLLMENT)).all()
    assert sorted(seats)[:2] == ["5001:student:9000", "5001:student:9001"]
    assert {action for _, action, _, _ in school.lines(school.run())} == {"update"}
    assert len(school.schoology.objects[Kind.USER]) == 30
    assert len(school.schoology.objects[Kind.ENROLLMENT]) == 60


def test_a_declared_rollover_window_loosens_the_limits_until_its_end(school: Engine) -> None:
    leave(school, 10)
    limit(school, rollover_until="2026-11-30")

    assert school.run().state == RunState.DONE


def test_a_rollover_window_that_is_over_loosens_nothing(school: Engine) -> None:
    leave(school, 10)
    limit(school, rollover_until="2026-09-30")

    assert school.run().state == RunState.HELD


def test_records_that_hang_on_a_held_create_wait_with_it(school: Engine) -> None:
    school.session.scalars(select(BuildingRow)).one()
    school.sis.rows[Feed.STUDENTS] = [
        replace(each, sis_id=f"9{each.sis_id}") for each in school.sis.rows[Feed.STUDENTS]
    ]
    school.sis.rows[Feed.ENROLLMENTS] = [
        replace(each, student_id=f"9{each.student_id}") for each in school.sis.rows[Feed.ENROLLMENTS]
    ]

    run = school.run()

    held = [each for each in school.changes(run) if each.action == "create" and each.kind == "enrollment"]
    assert len(held) == 60
    assert {each.state for each in held} == {ChangeState.HELD}


def test_a_preview_says_what_would_wait(school: Engine) -> None:
    leave(school, 10)

    run = school.run(plan_only=True)

    assert run.state == RunState.PLANNED
    assert run.counts["outcome"] == {"held": 10}
