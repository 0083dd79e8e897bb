"""kill -9 at every commit of a first day, and at every few of what else a worker does: the next process goes
on from there.

Just before a commit, what was sent is not written down; just after it, what is written down is not begun.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.killed_worker import KilledWorker
from tests.support.killed_days import (
    data_prep_confirmed,
    data_prep_read,
    drift_check,
    first_day,
    next_day,
    next_day_undone,
    one_record,
    preview,
    rehearsal,
    restored,
)
from tests.support.world import make_world

pytestmark = pytest.mark.long

CASES = [
    (first_day, "before", 1, 40),
    (first_day, "after", 2, 40),
    (next_day, "before", 2, 30),
    (next_day, "after", 3, 30),
    (next_day_undone, "before", 1, 15),
    (next_day_undone, "after", 3, 15),
    (drift_check, "before", 2, 20),
    (one_record, "before", 2, 15),
    (preview, "before", 3, 15),
    (rehearsal, "before", 3, 15),
    (restored, "before", 5, 20),
    (data_prep_read, "before", 5, 40),
    (data_prep_confirmed, "before", 1, 10),
]
"""Day, side of the commit, each how manieth commit, and how many commits there are at the least."""


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[KilledWorker]:
    with make_world(tmp_path, students=8) as world:
        made = KilledWorker(world, tmp_path)
        yield made
        made.close()


@pytest.mark.parametrize(
    ("prepare", "side", "step", "fewest"), CASES, ids=lambda value: getattr(value, "__name__", None)
)
def test_a_job_survives_a_kill_at_its_commits(
    worker: KilledWorker, prepare: Callable[[KilledWorker], None], side: str, step: int, fewest: int
) -> None:
    prepare(worker)
    undisturbed = worker.run()
    wanted = worker.result()
    assert undisturbed["signal"] == 0 and undisturbed["commits"] >= fewest
    assert wanted["job"] and wanted["open"] == 0 and wanted["enrollments"]
    assert bool(wanted["drift"]) == (prepare is drift_check)
    assert bool(wanted["preview"]) == (prepare in (preview, rehearsal))
    assert wanted["paused"] == [""]

    wrong = []
    for point in range(1, undisturbed["commits"] + 1, step):
        worker.put_back()
        if worker.run(point, side)["signal"] != signal.SIGKILL:
            assert point > fewest  # answers that came together were written down together, in fewer commits
            continue
        worker.run()
        if worker.result() != wanted:
            wrong.append(point)

    assert wrong == []
