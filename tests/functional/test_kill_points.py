"""kill -9 at every commit of a run, on both sides of it: the next process goes on from there.

Just before a commit, what was sent is not written down; just after it, what is written down is not begun.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.butcher import Butcher
from tests.support.killed_days import (
    data_prep_confirmed,
    data_prep_read,
    drift_check,
    first_day,
    next_day,
    next_day_undone,
    one_record,
)
from tests.support.world import make_world

pytestmark = pytest.mark.apart
FEWEST = {
    first_day: 40,
    next_day: 30,
    next_day_undone: 15,
    drift_check: 20,
    one_record: 15,
    data_prep_read: 15,
    data_prep_confirmed: 5,
}
"""Day → so many commits it has at the least."""


@pytest.fixture
def butcher(tmp_path: Path) -> Iterator[Butcher]:
    with make_world(tmp_path, students=8) as world:
        made = Butcher(world, tmp_path)
        yield made
        made.close()


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("prepare", FEWEST, ids=lambda day: day.__name__)
def test_a_job_survives_a_kill_at_each_of_its_commits(
    butcher: Butcher, prepare: Callable[[Butcher], None], side: str
) -> None:
    prepare(butcher)
    undisturbed = butcher.run()
    wanted = butcher.result()
    assert undisturbed["signal"] == 0 and undisturbed["commits"] >= FEWEST[prepare]
    assert wanted["job"] and wanted["open"] == 0 and wanted["enrollments"]
    assert bool(wanted["drift"]) == (prepare is drift_check)

    wrong = []
    for point in range(1, undisturbed["commits"] + 1):
        butcher.put_back()
        assert butcher.run(point, side)["signal"] == signal.SIGKILL
        butcher.run()
        if butcher.result() != wanted:
            wrong.append(point)

    assert wrong == []
