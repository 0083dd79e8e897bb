"""Logs keeps why a line is there: also of a score that took the place of one that the SIS had."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lti_app.runs.words import sentence
from lti_app.school.grade_policy import GradePolicy
from tests.functional.web.course.test_course_tabs import Teacher, teacher_of
from tests.support.admin_pages import launch_acting_user
from tests.support.decisions import answer_conflict, press_sync
from tests.support.gradebook import Class, make_class

KEPT = "It was changed in the SIS since the last sync. The earlier value is kept here."


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, public_url="http://localhost") as made:
        yield made


@pytest.fixture
def teacher(room: Class) -> Teacher:
    return teacher_of(room)


def reasons(room: Class) -> list[str]:
    """What Logs says of the scores of the newest sync, as it ended."""
    found = room.world.changes(room.newest())
    return [sentence(each.reason) for each in found if each.kind == "score" and each.state == "done"]


def test_a_replaced_edit_keeps_its_reason_on_the_page_and_in_the_file(room: Class, teacher: Teacher) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz, 6)
    room.sync()
    room.edit_in_sis(quiz, 0, "19.5")
    room.look()

    press_sync(teacher.pages)
    teacher.run()

    assert reasons(room) == [KEPT]
    admin = launch_acting_user(room.world.app)
    page = admin.words("/admin/logs/run", job=room.newest().id)
    assert KEPT in page and "19.5" in page
    file = admin.press("/admin/logs/run/csv", job=room.newest().id)
    assert KEPT in file and "19.5" in file


def test_an_edit_that_a_person_let_go_keeps_its_reason(room: Class, teacher: Teacher) -> None:
    room.policy(GradePolicy(ask=True))
    quiz = room.item("Quiz")
    room.grade_all(quiz, 6)
    room.sync()
    room.edit_in_sis(quiz, 0, "8")
    room.sync()

    answer_conflict(teacher.pages, room, quiz, 0, "overwrite")
    teacher.run()

    assert reasons(room) == [KEPT]


def test_an_edit_that_a_cleared_cell_takes_away_keeps_its_reason(room: Class, teacher: Teacher) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz, 6)
    room.sync()
    room.edit_in_sis(quiz, 0, "8")
    room.grade(quiz, 0, None)
    room.look()

    press_sync(teacher.pages)
    teacher.run()

    assert room.score(quiz, 0) is None
    assert reasons(room) == [KEPT]


def test_an_ordinary_score_has_no_reason(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade(quiz, 0, 6)
    room.sync()
    room.grade(quiz, 0, 7)

    room.sync()

    assert reasons(room) == [""]
