"""Items, categories and students that change after a sync: never a second copy, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lti_app.models import JobState
from lti_app.runs.words import sentence
from lti_app.sandbox.schoology import gradebook as far_book
from lti_app.school.reason_codes import Code
from tests.support.gradebook import Class, day, make_class

NOTHING_SENT = "Everything was up to date: nothing was sent."


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, students=40, public_url="http://localhost") as made:
        yield made


def test_an_item_that_changes_in_every_way_stays_one_assignment(room: Class) -> None:
    there = room.sis.settings(room.key).categories
    other = next(each for each in there if each.session == room.session and each.code != room.code)
    second = far_book.add_category(room.world.store, int(room.section_id), other.description)
    room.map(**{f"c{room.category.id}": room.code, f"c{second.id}": other.code})
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    for change in (
        {"title": "Quiz 1"},
        {"max_points": "20"},
        {"grading_category": second.id},
        {"due": "2026-11-18 23:59:00"},
    ):
        room.change(quiz, **change)
        room.sync()
        assert set(room.assignments()) == {str(quiz.id)}
    made = room.assignments()[str(quiz.id)]
    assert (made.description, made.points, made.category) == ("Quiz 1", 20, other.code)
    assert made.due_date == day("2026-11-18")

    room.map(**{f"c{room.category.id}": other.code, f"c{second.id}": room.code})
    room.sync()
    assert {each.category for each in room.assignments().values()} == {room.code}
    assert {each.score for each in room.scores(quiz).values()} == {8}
    assert len(room.scores(quiz)) == len(room.seats())
    assert sentence(room.sync().message) == NOTHING_SENT

    section = room.sis.section(room.key)
    for each in room.world.district.terms_of(section, section.session(room.session)):
        if str(each.start) <= "2026-09-15" <= str(each.end) < "2026-11-18":
            room.sis.lock(section.building, each.marking_period)
    room.change(quiz, due="2026-09-15 23:59:00")
    room.look()
    if "period_over" in room.findings(quiz):
        room.may_change(quiz)
    job = room.sync()
    assert (job.state, room.state(quiz).reason_code) == (JobState.DONE_WITH_PROBLEMS, Code.PERIOD_LOCKED)
    assert room.assignments()[str(quiz.id)].due_date == day("2026-11-18")
    assert len(room.scores(quiz)) == len(room.seats())


def test_a_category_or_a_student_that_goes_and_comes_back_costs_no_score(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    far_book.delete_category(room.world.store, int(room.section_id), room.category.id)

    assert room.sync().state == JobState.DONE
    assert "no_category" in room.findings(quiz) and len(room.scores(quiz)) == len(room.seats())
    again = far_book.add_category(room.world.store, int(room.section_id), room.category.title)
    room.map(**{f"c{again.id}": room.code})
    room.change(quiz, grading_category=again.id)
    assert sentence(room.sync().message) == NOTHING_SENT

    rows, student = room.world.district.enrollments[room.key], room.student(0)
    room.leave(0)
    room.sync()
    room.world.district.enrollments[room.key] = rows
    assert sentence(room.sync().message) == NOTHING_SENT
    assert room.scores(quiz)[student].score == 8
    assert len(room.assignments()) == 1
