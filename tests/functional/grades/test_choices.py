"""A choice is not a failure: what a teacher does not send, and what still needs a category, is no error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lti_app.extensions import db
from lti_app.grades.rows import category_map
from lti_app.models import JobState
from lti_app.runs.words import sentence
from lti_app.sandbox.schoology import gradebook as far_book
from lti_app.store.district import District
from tests.functional.web.course.test_course_tabs import Teacher, teacher_of
from tests.support.gradebook import Class, class_in, make_class

EIGHTEEN = 18


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, mapped=False, public_url="http://localhost") as made:
        yield made


@pytest.fixture
def teacher(room: Class) -> Teacher:
    return teacher_of(room)


def second(room: Class) -> str:
    """Another category of the course, with one graded item."""
    made = far_book.add_category(room.world.store, int(room.section_id), "Warm-ups")
    room.item("Warm-up", grading_category=made.id)
    return f"category-{made.id}"


def test_a_new_course_begins_with_one_task(room: Class, teacher: Teacher) -> None:
    for number in range(EIGHTEEN):
        room.item(f"Task {number}")
    room.look()

    page = teacher.see()

    assert f"{EIGHTEEN} Needs a category" in page
    assert page.count("Match categories") == 1
    for red in ("Error", "Can’t be sent", "matched to an SIS category"):
        assert red not in page
    assert "notice-warning" not in teacher.pages.press("/course/sync")


def test_what_a_teacher_does_not_send_is_a_choice(room: Class, teacher: Teacher) -> None:
    quiz, other = room.item("Quiz"), second(room)
    room.grade(quiz)
    teacher.press("/course/configuration")
    teacher.press("/course/configuration/save", **{f"category-{room.category.id}": room.code, other: ""})

    teacher.press("/course/sync/start", which="all")

    page = teacher.see()
    assert room.newest().state == JobState.DONE
    assert "Not sent (your choice)" in page and "1 Not sent (your choice)" in page
    assert "Error" not in page and "incomplete" not in page and "Retry failed" not in page
    assert "notice-warning" not in teacher.pages.press("/course/sync")
    assert [each.kind for each in room.world.changes(room.newest())] == ["graded_item", "score"]
    setup = teacher.press("/course/configuration")
    assert "All decided" in setup and "Not sent (your choice)" in setup and "not matched" not in setup


def test_what_came_since_the_choice_needs_a_category(room: Class, teacher: Teacher) -> None:
    room.grade(room.item("Quiz"))
    teacher.press("/course/configuration")
    teacher.press("/course/configuration/save", **{f"category-{room.category.id}": room.code})
    second(room)
    room.item("Loose", grading_category=0)

    teacher.press("/course/sync/start", which="all")

    page = teacher.see()
    assert room.newest().state == JobState.DONE
    assert "2 items need a category" in page and "Not sent (your choice)" not in page
    assert "isn’t matched to an SIS category" in page and "has no category in Schoology" in page
    assert "Error" not in page
    assert sentence(room.newest().message) == "Sent: 1 item and 1 score."


def test_a_choice_holds_in_the_other_sections_too(room: Class) -> None:
    other = class_in(room.world, place=1, mapped=False)
    with room.world.app.app_context():
        titles = {other.category.title: ""}
        category_map.take_over(District(db.session, 1), [other.section_id], titles)
        db.session.commit()
    quiz = other.item("Quiz")
    other.look()

    assert other.findings(quiz) == {"category_left_out"}


def test_a_category_that_the_sis_lost_is_still_an_error(room: Class, teacher: Teacher) -> None:
    room.item("Quiz")
    room.map(**{f"c{room.category.id}": "GONE"})
    room.sync()

    assert "Error" in teacher.see()
