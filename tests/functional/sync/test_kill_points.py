"""A process ends at every commit of what a worker does, on both sides of it: the next one goes on from there.

Just before a commit, what was sent is not written down; just after it, what is written down is not begun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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
    one_record_in_between,
    preview,
    rehearsal,
    restored,
)
from tests.support.killed_worker import KilledWorker
from tests.support.sudden_end import Life
from tests.support.world import make_world

pytestmark = pytest.mark.long

Day = Callable[[KilledWorker], None]
CASES: list[tuple[Day, int, int, int]] = [
    (first_day, 8, 38, 2),
    (next_day, 3, 30, 2),
    (next_day_undone, 3, 15, 1),
    (drift_check, 3, 20, 1),
    (one_record, 3, 15, 1),
    (one_record_in_between, 3, 40, 2),
    (preview, 3, 20, 1),
    (rehearsal, 3, 20, 1),
    (restored, 3, 30, 2),
    (data_prep_read, 3, 50, 2),
    (data_prep_confirmed, 3, 12, 1),
]
"""Day, students of the district, how many commits there are at the least, and into how many tests the kill
points are divided. Of three students there is every kind; of eight, two requests are under way at once."""
ENDS = {"restarted": True, "silent": False}
"""How the process that was killed is known to be dead: it was one of this machine, or is heard of no more."""
PARTS = [
    pytest.param(day, students, fewest, ends, id=f"{day.__name__}-{'-'.join(ends)}")
    for day, students, fewest, parts in CASES
    for ends in ([ENDS] if parts == 1 else [[each] for each in ENDS])
]
DAYS = [pytest.param(day, fewest, id=day.__name__) for day, _, fewest, _ in CASES]
ON_POSTGRES = [
    pytest.param(day, students, fewest, id=day.__name__)
    for day, students, fewest, _ in CASES
    if day in (next_day_undone, one_record)
]
"""Days in the gate on the other database, two that send; `make test-long` has all days there too."""


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


@pytest.mark.parametrize(("day", "students", "fewest", "ends"), PARTS)
def test_a_job_survives_the_end_of_its_process_at_each_commit(
    tmp_path: Path, day: Day, students: int, fewest: int, ends: Iterable[str]
) -> None:
    with _worker(tmp_path, students, f"sqlite:///{tmp_path / 'app.sqlite'}") as worker:
        _undisturbed(worker, day, fewest)

        for each in ends:
            assert worker.wrong_from(restarted=ENDS[each]) == []


@pytest.mark.postgres
@pytest.mark.parametrize(("day", "students", "fewest"), ON_POSTGRES)
def test_a_job_survives_it_on_postgresql(
    tmp_path: Path, postgres_url: str, day: Day, students: int, fewest: int
) -> None:
    with _worker(tmp_path, students, postgres_url) as worker:
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
