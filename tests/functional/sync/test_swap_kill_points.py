"""A swap of usernames and addresses ends well, wherever the process that does it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from tests.functional.sync.test_unique_values import NIGHT, held, swap
from tests.support.killed_worker import KilledWorker
from tests.support.sudden_end import Life
from tests.support.two_schools import two_schools
from tests.support.world import make_synced

NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "every"),
    [
        ("the same night", 5),
        pytest.param("the same night", 1, marks=pytest.mark.long_run),
        pytest.param("by day", 1, marks=pytest.mark.long_run),
    ],
)
def test_a_swap_survives_the_end_of_its_process_at_each_step(tmp_path: Path, when: str, every: int) -> None:
    """By day a swap that was not begun waits; one that was begun is finished, and no one keeps an interim."""
    with make_synced(tmp_path, of=two_schools) as world, time_machine.travel(NIGHT, tick=True):
        worker, before = KilledWorker(world), held(world)
        swap(world, "10001", "10002")
        worker.queue()
        points = worker.live(Life()).points()
        done, wrong = held(world), []
        assert done != before and len(points) > 10

        for point in points[::every]:
            worker.put_back()
            worker.live(Life(*point))
            begun = held(world) != before
            with time_machine.travel(NIGHT if when == "the same night" else NOON, tick=True):
                worker.live(Life(), later=timedelta(minutes=10))
            wanted = done if begun or when == "the same night" else before
            if held(world) not in (wanted, done):
                wrong.append((point, {each: held(world)[each] for each in ("10001", "10002")}))

        assert wrong == []
        worker.close()
