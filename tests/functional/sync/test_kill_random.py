"""kill -9 at random, again and again: the work of a day comes to its end all the same."""

from __future__ import annotations

import signal
from pathlib import Path
from random import Random

import pytest

from tests.functional.sync.test_kill_points import DAYS, Day
from tests.support.forked_worker import ForkedWorker, drawn, forked_worker
from tests.support.killed_days import first_day, next_day
from tests.support.world import make_world

pytestmark = pytest.mark.long


def _kill_again_and_again(worker: ForkedWorker, day: Day, *, times: int, most: int) -> None:
    """So many times the work is begun, and killed at most so often before it may end."""
    day(worker)
    commits = worker.fork()["commits"]
    wanted = worker.result()
    assert wanted["job"]
    dice = drawn()

    for _ in range(times):
        worker.put_back()
        kills = 0
        while kills < most and worker.may_die_again() and _killed(worker, dice, commits // 2):
            kills += 1
        for _ in range(2):  # one puts back a job that was lost twice at one place, and the next one runs it
            worker.fork()
        assert kills > 0
        assert worker.result() == wanted


def _killed(worker: ForkedWorker, dice: Random, latest: int) -> bool:
    ended = worker.fork(dice.randint(1, latest), dice.choice(("before", "after")))
    return ended["signal"] == signal.SIGKILL


@pytest.mark.long_run
@pytest.mark.parametrize("day", [first_day, next_day])
def test_a_day_survives_a_few_kills(tmp_path: Path, day: Day) -> None:
    with make_world(tmp_path, students=8) as world, forked_worker(world) as worker:
        _kill_again_and_again(worker, day, times=1, most=4)


@pytest.mark.long_run
@pytest.mark.parametrize(("day", "_fewest"), DAYS)
def test_any_day_survives_many_kills(tmp_path: Path, database_url: str, day: Day, _fewest: int) -> None:
    with (
        make_world(tmp_path, students=40, database_url=database_url) as world,
        forked_worker(world) as worker,
    ):
        _kill_again_and_again(worker, day, times=3, most=12)
