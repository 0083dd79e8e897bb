"""An SIS that has nothing in common with the first one provisions Schoology and takes grades, end to end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lti_app.models import JobState
from lti_app.runs.words import sentence
from lti_app.sandbox.schoology.store import PARENT, TEACHER
from tests.functional.web.course.test_course_tabs import teacher_of
from tests.support.admin_pages import launch_acting_user
from tests.support.toy.district import BOTH, CHILD, CLASS, LEFT, OTHER, toy_district
from tests.support.toy.district import PARENT as ADULT
from tests.support.toy.server import ToyServer
from tests.support.toy.world import ToyWorld, make_toy_world

pytestmark = pytest.mark.long


@pytest.fixture
def place(tmp_path: Path) -> Iterator[ToyWorld]:
    with make_toy_world(tmp_path, public_url="http://localhost") as made:
        yield made


def wanted_seats(toy: ToyServer) -> set[tuple[str, str, bool]]:
    """(class, person, teaches) of everybody who is there today, by the toy's own rows."""
    return {
        (each["class"], each["person"], each["teaches"]) for each in toy.records["seats"] if not each["to"]
    }


def seats(place: ToyWorld) -> set[tuple[str, str, bool]]:
    """(class, person, teaches) of everybody in a course of Schoology."""
    store, found = place.world.store, set()
    for key, link in place.links("section").items():
        for member in store.members(int(link.schoology_id)):
            uid = str(store.users[member.uid].school_uid).removeprefix("P")
            found.add((key, uid, bool(member.admin)))
    return found


def test_people_courses_and_classes_arrive_under_their_opaque_keys(place: ToyWorld) -> None:
    job = place.world.sync()

    assert job.state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS), sentence(job.message)
    people = {each["id"] for each in place.toy.records["people"]}
    assert place.links("user").keys() == people
    assert place.links("section").keys() == {each["id"] for each in place.toy.records["classes"]}
    assert seats(place) == wanted_seats(place.toy)
    assert (OTHER, LEFT, False) not in seats(place)


def test_a_teacher_who_is_a_parent_is_one_account_with_both(place: ToyWorld) -> None:
    place.world.sync()
    store, users = place.world.store, place.links("user")

    mine = [each for each in store.users.values() if str(each.school_uid).endswith(BOTH)]

    assert [each.role_id for each in mine] == [TEACHER]
    assert store.users[int(users[ADULT].schoology_id)].role_id == PARENT
    assert (CLASS, BOTH, True) in seats(place)
    ties = {(each.parent, each.person) for each in place.links("parent_link").values()}
    assert ties == {(BOTH, CHILD), (ADULT, "urn:p/1:é")}


def test_the_second_night_is_quiet(place: ToyWorld) -> None:
    place.world.sync()
    place.world.store.traffic.reset()

    job = place.world.sync()

    assert job.state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS), sentence(job.message)
    assert place.world.store.traffic.writes == {}
    assert [each.action for each in place.world.changes(job) if each.state == "done"] == []


def test_one_record_with_marks_in_its_key_syncs_alone(place: ToyWorld) -> None:
    place.world.sync()
    row = next(each for each in place.toy.records["people"] if each["id"] == CHILD)
    row["given"] = "Renamed"
    place.toy.records["seats"] = [each for each in place.toy.records["seats"] if each["class"] != OTHER]

    job = place.world.sync("one", only={"kind": "user", "sis_id": CHILD})

    assert job.state == JobState.DONE, sentence(job.message)
    user = place.world.store.users[int(place.links("user")[CHILD].schoology_id)]
    assert user.name_first == "Renamed"
    assert {key for key, _, _ in seats(place)} == {CLASS, OTHER, "plain"}


def test_grades_arrive_and_the_second_sync_of_them_sends_nothing(place: ToyWorld) -> None:
    place.world.sync()
    room = place.room(CLASS)
    quiz = room.item("Quiz", due="2026-11-22 23:59:00")
    room.grade(quiz, 0, 7.25)
    room.grade(quiz, 1, None, exception=1)

    first = room.sync()
    before = len(place.toy.calls)
    again = room.sync()

    assert first.state == JobState.DONE, sentence(first.message)
    (work,) = place.toy.works[CLASS].values()
    assert (work.title, work.points, work.due.isoformat()) == ("Quiz", 10, "2026-11-22")
    there = {each.student: (each.score, each.status) for each in place.toy.results[work.id].values()}
    assert there == {room.student(0): ("7.25", "graded"), room.student(1): ("", "exempt")}
    assert sentence(again.message) == "Everything was up to date: nothing was sent."
    assert not [each for each in place.toy.calls[before:] if each.startswith(("put", "delete"))]

    room.grade(quiz, 0, None)
    room.sync()
    assert room.student(0) not in {each.student for each in place.toy.results[work.id].values()}
    room.delete(quiz)
    room.job("grades", remove=[str(quiz.id)])
    assert place.toy.works[CLASS] == {}


def test_making_schoology_match_writes_no_weight_that_the_sis_does_not_tell(place: ToyWorld) -> None:
    place.world.sync()
    room = place.room(CLASS, weight="40", drop_lowest=1)
    room.look()
    teacher = teacher_of(room)
    before = replace(room.category)

    shown = teacher.pages.words("/course/configuration")

    assert "Toybox SIS doesn’t tell this app about" in shown
    assert "0%" not in shown.replace("40%", "")
    teacher.press("/course/configuration/match", confirm="0")
    assert room.category == before


ADMIN = ("configuration", "schools", "terms", "users", "courses", "sections", "data-prep", "grades", "logs")
COURSE = ("", "/sync", "/configuration", "/averages")


def test_every_page_names_the_product_of_the_district_and_no_other(place: ToyWorld) -> None:
    place.world.sync()
    room = place.room(CLASS)
    room.grade(room.item("Quiz"), 0, 7)
    room.look()
    room.sync()
    admin, teacher = launch_acting_user(place.world.app), teacher_of(room)

    pages = {path: admin.press(f"/admin/{path}") for path in ADMIN}
    pages |= {f"course{path}": teacher.pages.press(f"/course{path}") for path in COURSE}

    assert [path for path, text in pages.items() if "eschool" in text.casefold()] == []
    named = {path for path, text in pages.items() if "Toybox" in text}
    assert named >= {"configuration", "schools", "terms", "users", "course/sync"}


def test_a_repeated_row_and_a_moved_list_change_nothing(place: ToyWorld) -> None:
    place.world.sync()
    place.world.store.traffic.reset()
    place.toy.after_page = lambda name: place.toy.records[name].insert(
        0, {**toy_district().records[name][0], "id": f"new {len(place.toy.calls)}"}
    )

    job = place.world.sync()

    assert job.state not in (JobState.DONE, JobState.DONE_WITH_PROBLEMS)
    assert place.world.store.traffic.writes == {}
