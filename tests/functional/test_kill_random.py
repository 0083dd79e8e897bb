"""Killed at random, again and again: a first sync and that of another day come to their ends."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.butcher import Butcher
from tests.support.killed_days import first_day, next_day, next_day_undone
from tests.support.world import make_world

pytestmark = pytest.mark.long


@pytest.fixture
def butcher(tmp_path: Path) -> Iterator[Butcher]:
    with make_world(tmp_path, students=40) as world:
        made = Butcher(world, tmp_path)
        yield made
        made.close()


@pytest.mark.parametrize("prepare", [first_day, next_day, next_day_undone])
def test_killed_again_and_again_at_random_it_still_comes_to_the_same_end(
    butcher: Butcher, prepare: Callable[[Butcher], None]
) -> None:
    prepare(butcher)
    commits = butcher.run()["commits"]
    wanted = butcher.result()
    assert wanted["job"]
    seed = random.randrange(10**6)
    dice = random.Random(seed)  # noqa: S311 - a test's dice

    for _ in range(2):
        butcher.put_back()
        kills = 0
        while kills < 12 and butcher.run(dice.randint(1, commits // 2))["signal"] == signal.SIGKILL:
            kills += 1
        butcher.run()
        assert kills > 0
        assert butcher.result() == wanted, f"seed {seed}"
