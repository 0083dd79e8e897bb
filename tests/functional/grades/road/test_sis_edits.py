"""What someone changed in the SIS's assignment is shown before it is replaced, and waits for the teacher."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lti_app.extensions import db
from lti_app.grades.course.waits import waiting_courses
from lti_app.runs.words import sentence
from lti_app.school.grade_policy import GradePolicy
from lti_app.store.district import District
from tests.functional.web.course.test_course_tabs import teacher_of
from tests.support.admin_pages import Pages
from tests.support.gradebook import Class, day, make_class

NOTHING_SENT = "Everything was up to date: nothing was sent."


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, students=40, public_url="http://localhost") as made:
        yield made


def edit(room: Class, item: Any, **fields: str) -> None:
    """The office changes the assignment of an item in the SIS."""
    there = room.assignments()[str(item.id)]
    body = {
        "CATEGORY": there.category,
        "DESCRIPTION": there.description,
        "POINTS": str(there.points),
        "WEIGHT": str(there.weight),
        "DUE_DATE": there.due_date.isoformat(),
        "PUBLISH": "Y",
    }
    room.sis.put_assignment(room.key, room.session, str(item.id), {**body, **fields})


def choose(pages: Pages, whose: str) -> str:
    """Press Send Schoology's (ours) or Keep the SIS's (theirs)."""
    found = re.search(rf'name="choice" value="({whose}:[^"]*)"', pages.press("/course/sync"))
    assert found is not None, "no such button"
    return pages.words("/course/sync/choose", choice=found[1])


@pytest.mark.parametrize("ask", [False, True])
def test_a_due_date_and_points_of_the_office_wait_for_the_teacher(room: Class, ask: bool) -> None:
    room.policy(GradePolicy(ask=ask))
    quiz, teacher = room.item("Quiz"), teacher_of(room)
    room.grade(quiz, 0, 7)
    room.sync()
    edit(room, quiz, DUE_DATE="2026-11-20", POINTS="20")
    room.change(quiz, title="Quiz 1")
    room.grade(quiz, 0, 8)

    room.sync()

    there = room.assignments()[str(quiz.id)]
    assert (there.due_date, there.points, there.description) == (day("2026-11-20"), 20, "Quiz")
    assert room.score(quiz, 0) == 7
    told = teacher.see()
    assert "Someone changed this item in the SIS. The SIS has 20 as its points, Schoology has 10." in told
    assert "The SIS has Nov 20, 2026 as its due date, Schoology has Nov 19, 2026." in told
    with room.world.app.app_context():
        assert [each.conflicts for each in waiting_courses(District(db.session, 1))] == [1]

    choose(teacher.pages, "theirs")
    room.sync()
    kept = room.assignments()[str(quiz.id)]
    assert (kept.due_date, kept.points, room.score(quiz, 0)) == (day("2026-11-20"), 20, Decimal(8))
    assert sentence(room.sync().message) == NOTHING_SENT
    room.look()
    assert "The SIS keeps its own values of this item. The SIS has 20 as its points" in teacher.see()
    assert "Sync it" not in teacher.pages.words("/course/averages")

    choose(teacher.pages, "ours")
    room.sync()
    ours = room.assignments()[str(quiz.id)]
    assert (ours.due_date, ours.points, ours.description) == (day("2026-11-19"), 10, "Quiz 1")
    assert sentence(room.sync().message) == NOTHING_SENT
    edit(room, quiz, POINTS="20")
    room.sync()
    assert room.assignments()[str(quiz.id)].points == 20, "a choice holds once"


def test_a_title_of_the_office_is_shown_before_it_is_replaced(room: Class) -> None:
    quiz, teacher = room.item("Quiz"), teacher_of(room)
    room.grade(quiz, 0, 7)
    room.sync()
    edit(room, quiz, DESCRIPTION="Unit 3 quiz")
    assert sentence(room.sync().message) == NOTHING_SENT
    room.change(quiz, max_points="12")

    room.sync()

    assert room.assignments()[str(quiz.id)].description == "Unit 3 quiz"
    assert "The SIS has Unit 3 quiz as its title, Schoology has Quiz." in teacher.see()
    stale = f"ours:{quiz.id}:0000000000000000"
    assert "Nothing was changed" in teacher.pages.words("/course/sync/choose", choice=stale)
    choose(teacher.pages, "ours")
    room.sync()
    assert room.assignments()[str(quiz.id)].description == "Quiz"
