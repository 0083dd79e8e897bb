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
CASES: list[tuple[Day, int, int]] = [
    (first_day, 8, 38),
    (next_day, 3, 30),
    (next_day_undone, 3, 15),
    (drift_check, 3, 20),
    (one_record, 3, 15),
    (one_record_in_between, 3, 40),
    (preview, 3, 20),
    (rehearsal, 3, 20),
    (restored, 3, 30),
    (data_prep_read, 3, 50),
    (data_prep_confirmed, 3, 12),
]
"""Day, students of the district, and how many commits there are at the least. Of three students there is
every kind; of eight, two requests are under way at once."""
ENDS = {"restarted": True, "silent": False}
"""How the process that was killed is known to be dead: it was one of this machine, or is heard of no more."""
LONG = (
    one_record_in_between,
    rehearsal,
    preview,
    drift_check,
    data_prep_read,
    next_day_undone,
    restored,
)
"""Days that only `make test-long` has on SQLite: those that write nothing to Schoology, those made of
others that the gate has, the look after a restore, which has tests of its own, and the undo, which the gate
has on PostgreSQL."""
PARTS = [  # the gate ends a process at each commit once, the long run on the other side as well
    pytest.param(
        day,
        students,
        fewest,
        end,
        id=f"{day.__name__}-{end}",
        marks=() if end == "restarted" and day not in LONG else pytest.mark.long_run,
    )
    for day, students, fewest in CASES
    for end in ENDS
]
DAYS = [pytest.param(day, fewest, id=day.__name__) for day, _, fewest in CASES]
ON_POSTGRES = [
    pytest.param(day, students, fewest, id=day.__name__)
    for day, students, fewest in CASES
    if day is next_day_undone
]
"""The day in the gate on the other database, one that sends; `make test-long` has all days there too."""


@contextmanager
def _worker(folder: Path, students: int, database_url: str) -> Iterator[KilledWorker]:
    with make_world(folder, students=students, database_url=database_url) as world:
        made = KilledWorker(world)
        yield made
        made.close()


def _undisturbed(worker: KilledWorker, day: Day, fewest: int) -> Life:
    """How it goes when no one disturbs it."""
    day(worker)
    life = worker.live(Life())
    wanted = worker.result()
    assert life.commits >= fewest
    assert wanted["job"] and wanted["open"] == 0 and wanted["enrollments"]
    assert bool(wanted["drift"]) == (day is drift_check)
    assert bool(wanted["preview"]) == (day in (preview, rehearsal))
    assert wanted["paused"] == [""]
    return life


@pytest.mark.parametrize(("day", "students", "fewest", "end"), PARTS)
def test_a_job_survives_the_end_of_its_process_at_each_commit(
    tmp_path: Path, day: Day, students: int, fewest: int, end: str
) -> None:
    with _worker(tmp_path, students, f"sqlite:///{tmp_path / 'app.sqlite'}") as worker:
        _undisturbed(worker, day, fewest)

        assert worker.wrong_from(restarted=ENDS[end]) == []


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
