"""What a school, a course, and a class are today decides, not what they were when the app linked them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lti_app.extensions import db
from lti_app.models import BuildingRow, Change, ChangeState, Job, JobState, Link, Run, SisConnection, TermRow
from lti_app.runs.words import sentence
from lti_app.setup import buildings, terms
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync.plan import approval, new_ids
from tests.support.two_schools import (
    enroll,
    leave,
    move_school,
    rename_course,
    teach,
    two_schools,
    under_course,
)
from tests.support.world import World, make_synced


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_synced(tmp_path, of=two_schools) as made:
        yield made


class Avery:
    """Who decides."""

    uid, name = "1", "Avery Admin"


def classes(world: World, unique_id: str) -> set[tuple[str, int]]:
    """School code of the section, and whether they administer it, of a person's classes in Schoology."""
    (uid,) = {each.uid for each in world.store.users.values() if each.school_uid == unique_id}
    codes = {key: each.section_school_code for key, each in world.store.sections.items()}
    seats = world.store.enrollments.values()
    return {(codes[each.section_id], each.admin) for each in seats if each.uid == uid}


def said(world: World, job: Job) -> list[str]:
    return [sentence(each.reason) for each in world.changes(job) if each.state == ChangeState.BLOCKED]


def moved(world: World, new: int, *, select_old: bool = True) -> None:
    """School 1 is under another number in the SIS, and someone maps that to the same Schoology school."""
    move_school(world.district, 1, new)
    with world.app.app_context():
        district = District(db.session, 1)
        sis = world.app.extensions["wiring"].sis(db.session.query(SisConnection).one())
        buildings.refresh_buildings(district, sis)
        terms.refresh_terms(district, sis)
        rows = {row.sis_id: row for row in db.session.query(BuildingRow)}
        rows[str(new)].schoology_id = rows[str(new)].schoology_id or rows["1"].schoology_id
        rows[str(new)].for_users = rows[str(new)].for_courses = rows[str(new)].for_sections = True
        if not select_old:
            rows["1"].for_users = rows["1"].for_courses = rows["1"].for_sections = False
        old = next(row for row in db.session.query(TermRow) if "1" in row.key.split("|"))
        for row in db.session.query(TermRow):
            row.grading_period_id = row.grading_period_id or old.grading_period_id
        db.session.commit()


def three_changes(world: World) -> None:
    leave(world.district, "10001", 1001)
    enroll(world.district, "10001", 1002)
    leave(world.district, "10002")
    for key in (1001, 1011):
        teach(world.district, key, "277")


def assert_the_three_changes(world: World) -> None:
    assert {code for code, _ in classes(world, "10001")} == {"1002", "1011"}
    assert classes(world, "10002") == set()
    assert classes(world, "177") == set()
    assert {("1001", 1), ("1011", 1)} <= classes(world, "277")


@pytest.mark.parametrize(("number", "select_old"), [(9, True), (9, False), (2, True), (2, False)])
def test_a_school_under_another_number_goes_on(world: World, number: int, select_old: bool) -> None:  # noqa: FBT001
    moved(world, number, select_old=select_old)
    world.sync()
    three_changes(world)

    world.sync()

    assert_the_three_changes(world)


@pytest.mark.parametrize("number", [9, 2])
def test_drops_of_the_night_of_the_move_are_judged_too(world: World, number: int) -> None:
    moved(world, number)
    three_changes(world)

    world.sync()

    assert_the_three_changes(world)


def test_a_moved_school_writes_nothing_to_its_people(world: World) -> None:
    moved(world, 9)

    lines = world.changes(world.sync())

    assert {each.kind for each in lines if each.state == ChangeState.DONE} <= {"section", "course"}
    with world.app.app_context():
        stale = db.session.query(Link).filter(Link.building == "1", Link.kind.in_(("user", "enrollment")))
        assert stale.all() == []


def test_who_cannot_be_judged_is_said(world: World) -> None:
    moved(world, 9, select_old=False)
    leave(world.district, "10002")

    job = world.sync()

    assert "3 linked records are missing from the SIS" in sentence(job.message)
    assert "up to date" not in sentence(job.message)


def test_a_preview_leaves_the_facts_of_links_alone(world: World) -> None:
    moved(world, 9)

    world.sync(plan_only=True)

    with world.app.app_context():
        assert db.session.query(Link).filter(Link.building == "9").all() == []


def test_a_section_under_another_course_is_asked_about(world: World) -> None:
    under_course(world.district, 1001, "ENG9")

    jobs = [world.sync(), world.sync()]

    for job in jobs:
        assert job.state == JobState.DONE_WITH_PROBLEMS
        assert [text for text in said(world, job) if "can’t move a section" in text]
        assert "0 changes applied" in sentence(job.message)


def test_a_section_that_is_kept_is_asked_about_no_more(world: World) -> None:
    under_course(world.district, 1001, "ENG9")
    world.sync()
    with world.app.app_context():
        (line,) = db.session.query(Change).filter(Change.reason_code == "section_other_course")
        assert links.todays.keep_in_course(District(db.session, 1), line.sis_id, line.parent)
        db.session.commit()

    job = world.sync()

    assert said(world, job) == []
    assert sentence(job.message).startswith("Everything was up to date.")


def test_people_of_a_section_under_another_course_still_sync(world: World) -> None:
    under_course(world.district, 1001, "ENG9")
    leave(world.district, "10001", 1001)

    world.sync()

    assert {code for code, _ in classes(world, "10001")} == {"1011"}


def test_a_course_with_a_new_code_is_renamed_after_a_question(world: World) -> None:
    before = {key: each.title for key, each in world.store.courses.items()}
    rename_course(world.district, 1, "ALG1", "ALG1H")

    job = world.sync()

    assert job.state == JobState.HELD
    assert said(world, job) == []
    assert world.store.courses.keys() == before.keys()
    with world.app.app_context():
        run = db.session.query(Run).filter(Run.job_id == job.id).one()
        assert [each["brake"] for each in run.counts["trips"]] == ["course_renamed"]
        assert new_ids.relink(db.session(), run) == 1
        approval.discard(District(db.session, 1), run.id, run.digest, who=Avery())
        db.session.commit()

    after = world.sync()

    assert after.state == JobState.DONE
    assert world.store.courses.keys() == before.keys()
    assert world.store.course_with("1-ALG1H") is not None
    assert world.store.course_with("1-ALG1") is None


def test_two_courses_that_became_one_are_not_called_renamed(world: World) -> None:
    rename_course(world.district, 1, "ALG1", "BOTH")
    rename_course(world.district, 1, "ENG9", "BOTH")

    job = world.sync()

    assert len(said(world, job)) == 4
    assert not world.run_of(job).counts["trips"]


@pytest.mark.parametrize(
    ("title", "asked"), [("Pottery", True), ("ALG1 of 1, honors", False), ("alg1", False), ("Chorus", True)]
)
def test_a_code_of_an_unrelated_course_asks(world: World, title: str, asked: bool) -> None:  # noqa: FBT001
    course = world.district.courses[1, "ALG1"]
    world.district.courses[1, "ALG1"] = replace(course, description=title)

    job = world.sync()

    found = world.store.course_with("1-ALG1")
    assert found is not None
    assert (job.state == JobState.HELD) is asked
    assert (found.title == title) is not asked


def test_a_seat_of_before_may_end_where_the_school_of_today_allows_it(world: World) -> None:
    moved(world, 9)
    with world.app.app_context():
        for link in db.session.query(Link).filter(Link.kind == "enrollment", Link.person == "student:10002"):
            link.state = "adopted"
        db.session.query(BuildingRow).filter_by(sis_id="9").one().drop_adopted = True
        db.session.commit()
    leave(world.district, "10002")

    world.sync()

    assert classes(world, "10002") == set()


def test_an_unclear_row_of_a_school_under_another_number_keeps_its_people(world: World) -> None:
    moved(world, 9)
    leave(world.district, "10002")
    rows = world.district.enrollments[1011]
    rows.append(rows[0]._replace(section_key="", student_id=""))

    world.sync()

    assert len(classes(world, "10002")) > 0
