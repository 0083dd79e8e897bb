"""A process ends at every commit of a sync of grades, on both sides of it: the next one goes on, and
everything arrives once."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lti_app.extensions import db
from lti_app.jobs.queue import enqueue
from lti_app.models import ItemState, ScoreState
from lti_app.runs.words import sentence
from lti_app.store.district import District
from tests.support.gradebook import Class, make_class
from tests.support.killed_worker import KilledWorker
from tests.support.sudden_end import Life

KEPT = ("_assignments", "_scores", "_next_number")
FEWEST = 12


class KilledInClass(KilledWorker):
    """A worker that syncs the grades of one section."""

    def __init__(self, room: Class) -> None:
        super().__init__(room.world)
        self.room = room
        self.items = [room.item(name) for name in ("Quiz", "Test")]
        for number, item in enumerate(self.items):
            room.grade_all(item, 7.5 + number)
        self.far_sides.append((room.sis, KEPT))
        self.keep()

    def press(self) -> None:
        """Press Sync grades; no worker has heard of it yet."""
        room = self.room
        with room.world.app.app_context():
            enqueue(
                District(db.session, 1),
                "grades",
                params={"what": "grades"},
                trigger="manual",
                asked_by="Tess Teacher",
                lane="grades",
                section_id=room.section_id,
            )
            db.session.commit()
        self.remember()

    def result(self) -> dict[str, Any]:
        """How the job ended, what the SIS has, and what the app believes."""
        room, ended = self.room, super().result()
        with room.world.app.app_context():
            items = sorted((row.title, row.status, row.pending) for row in db.session.query(ItemState))
            scores = sorted((row.student_id, row.pushed, row.seen) for row in db.session.query(ScoreState))
        there = [room.scores(item) for item in self.items]
        return {
            "job": (ended["job"], ended["open"]),
            "assignments": sorted(each.description for each in room.sis.assignments(room.key)),
            "arrived": [(next(iter(each.values())).score, len(each)) for each in there if each],
            "items": items,
            "scores": scores,
        }


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[KilledInClass]:
    with make_class(tmp_path, students=12) as room:
        made = KilledInClass(room)
        yield made
        made.close()


def _undisturbed(worker: KilledInClass) -> Life:
    worker.press()
    life = worker.live(Life())
    everybody = len(worker.room.seats())
    assert life.commits >= FEWEST
    assert worker.result()["arrived"] == [(Decimal(f"{7.5 + number}"), everybody) for number in range(2)]
    return life


def test_a_sync_of_grades_survives_the_end_of_its_process_at_each_commit(worker: KilledInClass) -> None:
    _undisturbed(worker)

    for restarted in (True, False):
        assert worker.wrong_from(restarted=restarted) == []
    assert sentence(worker.room.sync().message) == "Everything was up to date: nothing was sent."


@pytest.mark.long_run
def test_it_survives_it_on_both_sides_of_each(worker: KilledInClass) -> None:
    points = _undisturbed(worker).points(all_sides=True)

    assert worker.wrong_after(points, FEWEST) == []
