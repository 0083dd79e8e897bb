"""kill -9 at the commits of a sync of grades: the next process goes on, and everything arrives once."""

from __future__ import annotations

import copy
import random
import signal
from decimal import Decimal
from pathlib import Path
from typing import Any

from lti_app.extensions import db
from lti_app.jobs.queue import enqueue
from lti_app.models import ItemState, ScoreState
from tests.support.killed_worker import KilledWorker
from tests.support.gradebook import Class, make_class

EVERY = 4
"""One commit in so many is tried, from a random one on: all of them take a minute."""
KEPT = ("_assignments", "_scores", "_next_number")


def test_a_sync_of_grades_survives_a_kill_at_any_of_its_commits(tmp_path: Path) -> None:
    with make_class(tmp_path, students=12) as room:
        items = [room.item(name) for name in ("Quiz", "Test")]
        for number, item in enumerate(items):
            room.grade_all(item, 7.5 + number)
        worker = KilledWorker(room.world, tmp_path)
        try:
            _kill_everywhere(room, worker, items)
        finally:
            worker.close()


def _kill_everywhere(room: Class, worker: KilledWorker, items: list[Any]) -> None:
    _queue(room)
    worker.remember()
    empty = {name: copy.deepcopy(getattr(room.sis, name)) for name in KEPT}
    undisturbed = worker.run(0)
    wanted = _result(room, worker, items)
    assert undisturbed["signal"] == 0 and undisturbed["commits"] > 12

    wrong = []
    for point in range(random.randint(1, EVERY), undisturbed["commits"] + 1, EVERY):  # noqa: S311 - dice
        worker.put_back()
        for name, value in copy.deepcopy(empty).items():
            setattr(room.sis, name, value)
        side = ("before", "after")[point % 2]
        assert worker.run(point, side)["signal"] == signal.SIGKILL
        worker.run()
        if _result(room, worker, items) != wanted:
            wrong.append((point, side))

    assert wrong == []
    assert wanted["arrived"] == [(Decimal(f"{7.5 + number}"), len(room.seats())) for number in range(2)]
    assert room.sync().message == "Everything was up to date: nothing was sent."


def _queue(room: Class) -> None:
    with room.world.app.app_context():
        enqueue(
            db.session,
            1,
            "grades",
            params={"what": "grades"},
            trigger="manual",
            asked_by="Tess Teacher",
            lane="grades",
            section_id=room.section_id,
        )
        db.session.commit()


def _result(room: Class, worker: KilledWorker, items: list[Any]) -> dict[str, Any]:
    """How the job ended, what the SIS has, and what the app believes."""
    ended = worker.result()
    with room.world.app.app_context():
        items_kept = sorted((row.title, row.status, row.pending) for row in db.session.query(ItemState))
        scores_kept = sorted((row.student_id, row.pushed, row.seen) for row in db.session.query(ScoreState))
        db.session.remove()
        db.engine.dispose()
    there = [room.scores(item) for item in items]
    return {
        "job": (ended["job"], ended["open"]),
        "assignments": sorted(each.description for each in room.sis.assignments(room.key)),
        "arrived": [(next(iter(each.values())).score, len(each)) for each in there if each],
        "items": items_kept,
        "scores": scores_kept,
    }
