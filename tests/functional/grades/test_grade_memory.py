"""What was decided or sent once is remembered: over a draft, over the end of a period."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from tests.functional.web.course.test_course_tabs import teacher_of
from tests.support.gradebook import Class, class_in, make_class
from tests.support.world import World

FEBRUARY = datetime(2027, 2, 15, 17, tzinfo=UTC)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, public_url="http://localhost") as made:
        yield made


def test_an_item_that_was_opted_out_stays_so_while_it_is_a_draft(room: Class) -> None:
    quiz = room.item("Quiz")
    room.look()
    teacher = teacher_of(room)
    teacher.press("/course/sync/opt", item=[str(quiz.id)], way="out")

    room.change(quiz, published=0)
    room.look()
    assert "Quiz" not in teacher.see()
    room.change(quiz, published=1)
    room.sync()

    assert room.state(quiz).opted_out
    assert room.assignments() == {}


def of_several_periods(world: World) -> Class:
    """A class that has a mark in each quarter or half."""
    sections = world.district.sections
    return next(
        each
        for each in (class_in(world, place=place) for place in range(30))
        if len(sections[int(each.key)].sessions[0].marking_periods) > 1
    )


def test_work_without_a_due_date_stays_in_the_period_that_it_was_sent_in(room: Class) -> None:
    course = of_several_periods(room.world)
    quiz = course.item("Quiz", due="")
    course.grade_all(quiz)
    course.sync()
    before = course.assignments()[str(quiz.id)].due_date
    assert before < FEBRUARY.date()

    with time_machine.travel(FEBRUARY, tick=True):
        course.look()
        assert course.state(quiz).pending == 0
        new = course.item("New", due="")
        course.sync()

    assert course.assignments()[str(quiz.id)].due_date == before
    assert course.assignments()[str(new.id)].due_date > FEBRUARY.date()
