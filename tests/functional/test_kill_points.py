"""A process ends at every commit of what a worker does, on both sides of it: the next one goes on from there.

Just before a commit, what was sent is not written down; just after it, what is written down is not begun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

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
from tests.support.killed_worker import KilledWorker
from tests.support.sudden_end import Life
from tests.support.world import make_world

pytestmark = pytest.mark.long

Day = Callable[[KilledWorker], None]
CASES: list[tuple[Day, int, int]] = [
    (first_day, 40, 2),
    (next_day, 30, 2),
    (next_day_undone, 15, 1),
    (drift_check, 20, 1),
    (one_record, 15, 1),
    (preview, 20, 1),
    (rehearsal, 20, 1),
    (restored, 30, 2),
    (data_prep_read, 50, 2),
    (data_prep_confirmed, 12, 1),
]
"""Day, how many commits there are at the least, and into how many tests its kill points are divided."""
PARTS = [
    pytest.param(day, fewest, part, parts, id=f"{day.__name__}-{part + 1}of{parts}")
    for day, fewest, parts in CASES
    for part in range(parts)
]
DAYS = [pytest.param(day, fewest, id=day.__name__) for day, fewest, _ in CASES]
ON_POSTGRES = (next_day_undone, one_record, data_prep_confirmed)
"""Days in the gate on the other database: they send, link and release; `make test-long` has all there too."""
STUDENTS = 3
"""Of the district in the gate: it has every kind, and as many commits as one of eight."""


@contextmanager
def _worker(folder: Path, students: int, database_url: str) -> Iterator[KilledWorker]:
    with make_world(folder, students=students, database_url=database_url) as world:
        made = KilledWorker(world)
        yield made
        made.close()


def _undisturbed(worker: KilledWorker, day: Day, fewest: int) -> Life:
    """How it goes when nobody disturbs it."""
    day(worker)
    life = worker.live(Life())
    wanted = worker.result()
    assert life.commits >= fewest
    assert wanted["job"] and wanted["open"] == 0 and wanted["enrollments"]
    assert bool(wanted["drift"]) == (day is drift_check)
    assert bool(wanted["preview"]) == (day in (preview, rehearsal))
    assert wanted["paused"] == [""]
    return life


@pytest.mark.parametrize(("day", "fewest", "part", "parts"), PARTS)
def test_a_job_survives_the_end_of_its_process_at_each_commit(
    tmp_path: Path, day: Day, fewest: int, part: int, parts: int
) -> None:
    with _worker(tmp_path, STUDENTS, f"sqlite:///{tmp_path / 'app.sqlite'}") as worker:
        points = _undisturbed(worker, day, fewest).points()[part::parts]

        assert worker.wrong_after(points, fewest) == []


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("day", "fewest"),
    [pytest.param(day, fewest, id=day.__name__) for day, fewest, _ in CASES if day in ON_POSTGRES],
)
def test_a_job_survives_it_on_postgresql(tmp_path: Path, postgres_url: str, day: Day, fewest: int) -> None:
    with _worker(tmp_path, STUDENTS, postgres_url) as worker:
        points = _undisturbed(worker, day, fewest).points()

        assert worker.wrong_after(points, fewest) == []


@pytest.mark.long_run
@pytest.mark.parametrize(("day", "fewest"), DAYS)
def test_a_larger_job_survives_it_on_both_sides_and_databases(
    tmp_path: Path, database_url: str, day: Day, fewest: int
) -> None:
    with _worker(tmp_path, 40, database_url) as worker:
        points = _undisturbed(worker, day, fewest).points(all_sides=True)

        assert worker.wrong_after(points, fewest) == []
