"""Killed at random, again and again: a first sync and that of another day come to their ends."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.killed_worker import KilledWorker
from tests.support.killed_days import first_day, next_day, next_day_undone
from tests.support.world import make_world

pytestmark = pytest.mark.long


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[KilledWorker]:
    with make_world(tmp_path, students=40) as world:
        made = KilledWorker(world, tmp_path)
        yield made
        made.close()


@pytest.mark.parametrize("prepare", [first_day, next_day, next_day_undone])
def test_killed_again_and_again_at_random_it_still_comes_to_the_same_end(
    worker: KilledWorker, prepare: Callable[[KilledWorker], None]
) -> None:
    prepare(worker)
    commits = worker.run()["commits"]
    wanted = worker.result()
    assert wanted["job"]
    seed = random.randrange(10**6)
    dice = random.Random(seed)  # noqa: S311 - a test's dice

    for _ in range(2):
        worker.put_back()
        kills = 0
        while kills < 12 and worker.run(dice.randint(1, commits // 2))["signal"] == signal.SIGKILL:
            kills += 1
        worker.run()
        assert kills > 0
        assert worker.result() == wanted, f"seed {seed}"
