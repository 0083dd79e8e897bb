"""Brakes: what is too much waits for a person, and everything else goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from lti_app import clock
from lti_app.models import BuildingRow, ChangeState, Link, Run, RunState, SyncOptions
from lti_app.school.limits import Limits
from lti_app.school.records import (
    DateRange,
    GuardianLink,
    Kind,
    PersonGroup,
    PersonRole,
)
from lti_app.sync.plan import new_ids
from tests.factories import TICKED, add_building, add_link
from tests.fakes import Rows
from tests.support.records import course, number_of, renumbered, seat, section, student, teacher
from tests.unit.conftest import Engine, ready

SEPTEMBER = DateRange(date(2026, 9, 1))
CLASS = 30


@pytest.fixture
def school(engine: Engine) -> Engine:
    """Thirty students in each of two sections of one course, synced."""
    return ready(engine, two_classes)


def two_classes(engine: Engine) -> None:
    engine.sis.rows[Rows.STUDENTS] = [
        student(number=f"{n:03}", login=f"s{n}", email=f"s{n}@d.example", last_name=f"Name{n}")
        for n in range(CLASS)
    ]
    engine.sis.rows[Rows.COURSES] = [course("1", "ALG1", "Algebra I")]
    engine.sis.rows[Rows.SECTIONS] = [
        section(key=key, number=number, terms=("1|Q2",)) for key, number in (("5001", "1"), ("5002", "2"))
    ]
    engine.sis.rows[Rows.SEATS] = [
        seat(key, f"{n:03}", SEPTEMBER) for key in ("5001", "5002") for n in range(CLASS)
    ]
    assert engine.run().state == RunState.DONE


def trips(run: Run) -> list[tuple[str, str, int, int]]:
    return [(each["brake"], each["kind"], each["number"], each["of"]) for each in run.counts["trips"]]


def limit(school: Engine, **changes: object) -> None:
    row = school.session.get_one(SyncOptions, 1)
    row.brakes = {**Limits().to_json(), **changes}
    school.session.commit()


def leave(school: Engine, number: int, key: str = "5001") -> None:
    """So many students leave a section in the SIS."""
    going = {f"{n:03}" for n in range(number)}
    rows = school.sis.rows[Rows.SEATS]
    school.sis.rows[Rows.SEATS] = [
        each for each in rows if not (each.section == key and number_of(each) in going)
    ]


def test_few_drops_go_through_without_approval(school: Engine) -> None:
    leave(school, 4)

    run = school.run()

    assert run.state == RunState.DONE
    assert [action for _, action, _, _ in school.lines(run)] == ["drop"] * 4


def test_too_many_drops_of_a_building_wait_and_the_rest_goes_on(school: Engine) -> None:
    leave(school, 10)
    changed = school.sis.rows[Rows.STUDENTS]
    changed[20] = replace(changed[20], last_name="Silva")

    run = school.run()

    assert run.state == RunState.HELD
    assert trips(run) == [("drops", "enrollment", 10, 60)]
    states = {(action, state) for _, action, _, state in school.lines(run)}
    assert states == {("update", "done"), ("drop", "held")}
    assert len(school.schoology.objects[Kind.ENROLLMENT]) == 60


def test_what_left_long_ago_and_frozen_sections_do_not_water_a_share_down(school: Engine) -> None:
    for n in range(90):
        link(school, Kind.ENROLLMENT, f"old{n}:student:{n:03}", parent=f"old{n // 30}", state="owned")
        link(school, Kind.USER, f"student:gone{n}", state="released")
    leave(school, 7)
    leave(school, 7, "5002")
    school.sis.rows[Rows.STUDENTS] = [
        replace(each, middle_name="X") if n < 10 else each
        for n, each in enumerate(school.sis.rows[Rows.STUDENTS])
    ]

    run = school.run()

    assert trips(run) == [("drops", "enrollment", 14, 60), ("updates", "user", 10, 30)]


def link(school: Engine, kind: Kind, sis_id: str, *, state: str, parent: str = "") -> None:
    names = {"parent": parent, "person": sis_id.partition(":")[2]}
    add_link(school.session, kind, sis_id, building="1", state=state, changed_at=clock.now(), **names)
    school.session.commit()


def test_teachers_who_vanish_are_not_lost_among_the_students(school: Engine) -> None:
    """An export without any teacher: six of 66 enrollments are less than a tenth, and all of the teachers."""
    taught = [
        section(key=key, number=key, terms=("1|Q2",))
        for key in ("5001", "5002", "5003", "5004", "5005", "5006")
    ]
    school.sis.rows[Rows.SECTIONS] = taught
    school.sis.rows[Rows.TEACHERS] = [teacher(each.key, "80") for each in taught]
    school.sis.rows[Rows.STAFF] = [
        student(group=PersonGroup.STAFF, number="80", role=PersonRole.TEACHER, login="t", email="t@d.example")
    ]
    assert school.run().state == RunState.DONE
    leave(school, 1)
    other = section(key="5007", number="7", terms=("1|Q2",))
    school.sis.rows[Rows.SECTIONS] = [*taught, other]
    school.sis.rows[Rows.TEACHERS] = [teacher("5007", "80")]

    run = school.run()

    assert trips(run) == [("drops", "enrollment", 6, 6), ("last_teacher", "section", 6, 7)]
    assert {each.person: each.state for each in school.changes(run) if each.person} == {
        "staff:80": ChangeState.HELD,
        "student:000": ChangeState.DONE,
    }


def test_a_number_of_updates_waits_whatever_the_share(school: Engine) -> None:
    limit(school, update_share=0.8, update_ceiling=9)
    school.sis.rows[Rows.STUDENTS] = [
        replace(each, middle_name="X") if n < 10 else each
        for n, each in enumerate(school.sis.rows[Rows.STUDENTS])
    ]

    assert trips(school.run()) == [("updates", "user", 10, 30)]


def test_a_number_of_a_section_waits_whatever_the_share(school: Engine) -> None:
    limit(school, drop_share=0.5, section_ceiling=9)
    leave(school, 10)

    assert trips(school.run()) == [("section", "enrollment", 10, 30)]


def test_half_a_building_that_leaves_the_sis_waits_and_a_quarter_does_not(school: Engine) -> None:
    school.sis.rows[Rows.SEATS] = school.sis.rows[Rows.SEATS][:1]
    assert school.run().state == RunState.HELD
    everybody = school.sis.rows[Rows.STUDENTS]
    school.sis.rows[Rows.STUDENTS] = everybody[:22]

    assert ("left", "user", 8, 30) not in trips(school.run("users"))
    school.sis.rows[Rows.STUDENTS] = everybody[:6]
    run = school.run("users")

    assert trips(run) == [("left", "user", 16, 22)]
    assert {(action, state) for _, action, _, state in school.lines(run)} == {("release", "held")}


def test_a_building_whose_people_all_come_from_another_one_waits(school: Engine) -> None:
    add_building(school.session, "2", name="South", schoology_id="902", **TICKED)
    school.session.commit()
    school.sis.rows[Rows.STUDENTS] = [
        replace(each, main_building="2") for each in school.sis.rows[Rows.STUDENTS]
    ]

    run = school.run()

    assert trips(run) == [("moved", "user", 30, 30)]
    assert {state for *_, state in school.lines(run)} == {ChangeState.HELD}


def test_sections_that_vanish_in_mid_year_wait(school: Engine) -> None:
    keys = [f"51{n:02}" for n in range(8)]
    school.sis.rows[Rows.SECTIONS] += [section(key=key, number=key, terms=("1|Q2",)) for key in keys]
    assert school.run().state == RunState.DONE
    school.sis.rows[Rows.SECTIONS] = school.sis.rows[Rows.SECTIONS][:2]

    run = school.run()

    assert trips(run) == [("left", "section", 8, 10)]
    assert len(school.schoology.objects[Kind.SECTION]) == 10


def test_a_section_that_would_lose_more_than_half_waits_by_itself(school: Engine) -> None:
    limit(school, drop_share=0.5)
    leave(school, 16)
    leave(school, 2, "5002")

    run = school.run()

    assert trips(run) == [("section", "enrollment", 16, 30)]
    held = {each.parent for each in school.changes(run) if each.state == ChangeState.HELD}
    done = {each.parent for each in school.changes(run) if each.state == ChangeState.DONE}
    assert (held, done) == ({"5001"}, {"5002"})


@pytest.mark.parametrize(("size", "waits"), [(5, True), (4, False)])
def test_a_class_is_judged_from_five_students_on(school: Engine, size: int, waits: bool) -> None:
    rows = school.sis.rows
    rows[Rows.SECTIONS].append(section(key="5003", number="3", terms=("1|Q2",)))
    small = [seat("5003", f"{n:03}", SEPTEMBER) for n in range(size)]
    usual = list(rows[Rows.SEATS])
    rows[Rows.SEATS] = [*usual, *small]
    assert school.run().state == RunState.DONE
    rows[Rows.SEATS] = [*usual, *small[3:]]

    run = school.run()

    assert [state for _, _, _, state in school.lines(run)] == ["held" if waits else "done"] * 3


def test_who_joins_a_section_that_waits_joins_it(school: Engine) -> None:
    limit(school, drop_share=0.5)
    leave(school, 16)
    school.sis.rows[Rows.STUDENTS].append(student(number="700", login="s700", email="", last_name="New"))
    school.sis.rows[Rows.SEATS].append(seat("5001", "700", SEPTEMBER))

    run = school.run()

    states = {(action, state) for kind, action, _, state in school.lines(run) if kind == Kind.ENROLLMENT}
    assert states == {("drop", "held"), ("create", "done")}


def test_too_many_updates_wait(school: Engine) -> None:
    school.sis.rows[Rows.STUDENTS] = [
        replace(each, middle_name="X") if n < 10 else each
        for n, each in enumerate(school.sis.rows[Rows.STUDENTS])
    ]

    run = school.run()

    assert trips(run) == [("updates", "user", 10, 30)]
    assert {state for *_, state in school.lines(run)} == {ChangeState.HELD}


def test_the_first_updates_of_what_data_prep_paired_were_asked_for(school: Engine) -> None:
    for link in school.session.scalars(select(Link).where(Link.kind == Kind.USER)):
        link.payload, link.fingerprint = "", ""
    school.session.commit()

    assert school.run().state == RunState.DONE


def test_an_empty_building_drops_nothing_and_says_so(school: Engine) -> None:
    school.sis.rows[Rows.SEATS] = []

    run = school.run()

    assert school.lines(run) == []
    assert run.counts["silent"] == [
        {"feed": "enrollments", "kind": "enrollment", "building": "1", "links": 60}
    ]


def test_a_building_that_is_not_selected_any_more_is_no_silent_one(school: Engine) -> None:
    row = school.session.scalars(select(BuildingRow)).one()
    row.for_users = row.for_courses = row.for_sections = False
    school.session.commit()
    for feed in Rows:
        school.sis.rows[feed] = []

    assert school.run().counts["silent"] == []


def test_parents_who_are_switched_off_are_no_silent_feed(school: Engine) -> None:
    school.options(with_guardians=True)
    mother = student(group=PersonGroup.CONTACT, role=PersonRole.GUARDIAN, number="5", login="m", email="")
    school.sis.rows[Rows.GUARDIANS] = [mother, GuardianLink(mother.key, "student:003", "G")]
    assert school.run().state == RunState.DONE
    school.options(with_guardians=False)

    assert school.run().counts["silent"] == []


def test_a_building_that_disappeared_drops_and_releases_nothing(school: Engine) -> None:
    for feed in Rows:
        school.sis.rows[feed] = []
    school.sis.rows[Rows.STUDENTS] = [student(number="900", login="x", main_building="2")]

    run = school.run()

    assert {action for _, action, _, _ in school.lines(run)} <= {"block"}
    assert {(each["kind"], each["building"]) for each in run.counts["silent"]} == {
        ("user", "1"),
        ("course", "1"),
        ("section", "1"),
        ("enrollment", "1"),
    }


def test_regenerated_ids_wait_and_can_be_linked_again_without_a_write(school: Engine) -> None:
    school.options(id_prefixes={"student": "", "staff": "", "contact": "P"})
    school.sis.rows[Rows.STUDENTS] = [
        renumbered(each, f"9{each.sis_id}") for each in school.sis.rows[Rows.STUDENTS]
    ]
    school.sis.rows[Rows.SEATS] = [
        replace(each, person=f"student:9{number_of(each)}") for each in school.sis.rows[Rows.SEATS]
    ]
    sent = len(school.schoology.calls)

    run = school.run()

    assert run.state == RunState.HELD
    assert ("regenerated_ids", "user", 30, 30) in trips(run)
    assert len(school.schoology.calls) == sent
    assert new_ids.relink(school.session, run) == 30
    school.session.commit()
    seats = school.session.scalars(select(Link.sis_id).where(Link.kind == Kind.ENROLLMENT)).all()
    assert sorted(seats)[:2] == ["5001:student:9000", "5001:student:9001"]
    after = school.run()
    assert {(action, state) for _, action, _, state in school.lines(after)} == {("update", "done")}
    assert after.counts["trips"] == []
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
    school.sis.rows[Rows.STUDENTS] = [
        renumbered(each, f"9{each.sis_id}") for each in school.sis.rows[Rows.STUDENTS]
    ]
    school.sis.rows[Rows.SEATS] = [
        replace(each, person=f"student:9{number_of(each)}") for each in school.sis.rows[Rows.SEATS]
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


def test_drops_are_a_share_of_the_classes_that_the_sis_names_now(school: Engine) -> None:
    """A class that it named until yesterday makes the others no larger."""
    limit(school, drop_share=0.4, drop_floor=5, section_ceiling=30, section_share=1.0)
    school.sis.rows[Rows.SECTIONS] = [each for each in school.sis.rows[Rows.SECTIONS] if each.key == "5001"]
    leave(school, 14)

    assert ("drops", "enrollment", 14, CLASS) in trips(school.run())
