"""A worker that lost its job while a request was in the air writes nothing of what came back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lti_app.extensions import db
from lti_app.models import Change, RemovedAssignment, SectionSettings
from lti_app.sis.eschoolplus.adapter import Eschoolplus
from tests.support.gradebook import Class, make_class


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, public_url="http://localhost") as made:
        yield made


@pytest.fixture
def lost_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Another process takes the job just as the SIS has answered a call."""

    def arrange(call: str) -> None:
        plain = getattr(Eschoolplus, call)

        def answered(self: Eschoolplus, *given: Any) -> Any:
            found = plain(self, *given)
            with sqlite3.connect(tmp_path / "app.sqlite") as connection:
                connection.execute("UPDATE job SET owner = 'another' WHERE state = 'running'")
            connection.close()
            return found

        monkeypatch.setattr(Eschoolplus, call, answered)

    return arrange


def states(room: Class) -> set[str]:
    """The states of all lines."""
    with room.world.app.app_context():
        found = db.session.query(Change.state).all()
        return {state for (state,) in found}


def generation(room: Class) -> int:
    with room.world.app.app_context():
        return db.session.get_one(SectionSettings, (1, room.section_id)).generation


def test_no_outcome_of_scores_is_written(room: Class, lost_in: Callable[[str], None]) -> None:
    quiz = room.item("Quiz")
    room.grade(quiz, 0, 8)
    lost_in("put_scores")

    job = room.sync()

    assert (job.owner, job.state) == ("another", "running")
    score = room.score_state(quiz, 0)
    assert score is not None and (score.pushed, score.known, score.intent) == ("", False, "8")
    assert "planned" in states(room)


def test_no_outcome_of_an_assignment_is_written(room: Class, lost_in: Callable[[str], None]) -> None:
    quiz = room.item("Quiz")
    lost_in("put_assignment")

    job = room.sync()

    assert job.owner == "another"
    assert (room.state(quiz).fingerprint, room.state(quiz).sis_assignment) == ("", "")


def test_no_outcome_of_a_removal_is_written(room: Class, lost_in: Callable[[str], None]) -> None:
    quiz = room.item("Quiz")
    room.grade(quiz, 0, 8)
    room.sync()
    room.delete(quiz)
    lost_in("delete_assignment")

    room.sync(remove=[str(quiz.id)])

    assert room.assignments() == {}
    with room.world.app.app_context():
        assert [each.done for each in db.session.query(RemovedAssignment)] == [False]
    assert room.state(quiz).fingerprint != ""


def test_every_write_begins_another_generation(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade(quiz, 0, 8)
    room.look()
    before = generation(room)

    room.sync()

    assert generation(room) > before + 2
