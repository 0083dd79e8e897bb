"""Live sync while the SIS refuses its gradebook: nothing is tried in vain, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lti_app.extensions import db
from lti_app.grades.live.task import queue_sweeps
from lti_app.models import Job, SisConnection
from lti_app.school.reasons import other
from tests.support.live import Live, make_live

pytestmark = pytest.mark.long


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with make_live(tmp_path) as made:
        yield made


def refuse(live: Live, problem: str) -> None:
    with live.app.app_context():
        db.session.get_one(SisConnection, 1).gradebook_problem = other(problem)
        db.session.commit()


def test_a_refused_gradebook_stops_live_sync_which_then_catches_up(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    refuse(live, "The scope is missing.")
    live.type(quiz, 0, 7.5)

    assert live.settle() == []
    with live.app.app_context():
        queue_sweeps(db.session, live.app.extensions["wiring"])
        assert db.session.query(Job).filter(Job.state == "queued").count() == 0
    assert room.score(quiz, 0) is None

    refuse(live, "")
    live.sweep()
    assert str(room.score(quiz, 0)) == "7.5"
