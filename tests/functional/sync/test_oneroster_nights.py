"""A district over OneRoster: provisioned, quiet, graded, and never emptied by what its server leaves out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lti_app.models import JobState
from lti_app.runs.words import sentence
from lti_app.sandbox.schoology.store import PARENT
from lti_app.sandbox.sis.oneroster.face import Knobs
from tests.support.oneroster.world import OneRosterWorld, make_oneroster_world
from tests.support.world import DAY

pytestmark = pytest.mark.long
OVER = (JobState.DONE, JobState.DONE_WITH_PROBLEMS)


@pytest.fixture(params=["1.1", "1.2"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OneRosterWorld]:
    knobs = Knobs(page_cap=60, id_prefix="urn:id/é +|" if request.param == "1.2" else "")
    with make_oneroster_world(tmp_path, version=request.param, knobs=knobs, students=24) as made:
        yield made


def test_a_night_provisions_the_next_is_quiet_and_grades_arrive(place: OneRosterWorld) -> None:
    first = place.world.sync()

    assert first.state in OVER, sentence(first.message)
    prefix, district = place.face.knobs.id_prefix, place.world.district
    present = {f"{prefix}stu-{key}" for key, each in district.students.items() if each.status == "A"}
    linked = place.links("user").keys()
    assert len(present - linked) <= len(district.planted["out_of_district_student"])
    assert {each.role_id for each in place.world.store.users.values()} >= {PARENT}
    number = place.section()
    section_id = int(place.links("section")[f"{prefix}cls-{number}"].schoology_id)
    members = {
        str(place.world.store.users[each.uid].school_uid)
        for each in place.world.store.members(section_id)
        if not each.admin
    }
    today = {
        f"{prefix}stu-{each.student_id}" for each in district.enrollments[number] if each.open_on(DAY.date())
    }
    assert members == today & linked

    users_read = [each for each in place.face.requests if "/users?" in each and "offset=0&" in each]
    assert len(users_read) == 1
    place.world.store.traffic.reset()
    second = place.world.sync()
    assert second.state in OVER, sentence(second.message)
    assert place.world.store.traffic.writes == {}

    room = place.room()
    quiz = room.item("Quiz", max_points="10")
    room.grade(quiz, 0, 7.25)
    room.grade(quiz, 1, None, exception=1)
    sent = room.sync()
    assert sent.state == JobState.DONE, sentence(sent.message)
    ((item, scores),) = [(each, place.book.scores(number)) for each in place.book.assignments(number)]
    assert (item.description, item.points) == ("Quiz", 10)
    assert sorted((str(each.score), bool(each.mark)) for _, each in scores) == [
        ("7.25", False),
        ("None", True),
    ]
    before = len(place.face.requests)
    again = room.sync()
    assert sentence(again.message) == "Everything was up to date: nothing was sent."
    assert not [each for each in place.face.requests[before:] if each.startswith(("PUT", "DELETE"))]
    room.grade(quiz, 0, None)
    room.sync()
    assert [bool(each.mark) for _, each in place.book.scores(number)] == [True]
    room.delete(quiz)
    room.job("grades", remove=[str(quiz.id)])
    assert place.book.assignments(number) == []
