"""A section's grades from Schoology into the SIS, over both sandbox servers."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from lti_app.models import JobState
from tests.support.gradebook import Class, make_class


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path) as made:
        yield made


def test_items_and_scores_arrive_once_and_stay_quiet(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade(quiz, 0, 7.25)
    room.grade(quiz, 1, None, exception=1)

    first = room.sync()
    again = room.sync()

    assert first.state == JobState.DONE, first.message
    assert room.assignments()[str(quiz.id)].description == "Quiz"
    assert room.score(quiz, 0) == Decimal("7.25")
    assert room.scores(quiz)[room.student(1)].mark in ("EX", "XC")
    assert again.message == "Everything was up to date: nothing was sent."
