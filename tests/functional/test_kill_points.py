"""kill -9 at every commit of a run, on both sides of it: the next process goes on from there."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.butcher import Butcher
from tests.support.world import make_world


@pytest.fixture
def butcher(tmp_path: Path) -> Iterator[Butcher]:
    with make_world(tmp_path, students=8) as world:
        made = Butcher(world, tmp_path)
        yield made
        made.close()


@pytest.mark.parametrize(("side", "step"), [("before", 1), ("after", 3)])
def test_a_first_sync_survives_a_kill_at_each_of_its_commits(butcher: Butcher, side: str, step: int) -> None:
    """Just before every commit, when what was sent is not written down; just after every third as well."""
    butcher.queue()
    undisturbed = butcher.run(0, side)
    assert undisturbed["signal"] == 0
    wanted = butcher.result()
    assert wanted["job"] and wanted["open"] == 0 and wanted["enrollments"]

    wrong = []
    for point in range(1, undisturbed["commits"] + 1, step):
        butcher.put_back()
        assert butcher.run(point, side)["signal"] == signal.SIGKILL
        butcher.run()
        if butcher.result() != wanted:
            wrong.append(point)

    assert undisturbed["commits"] > 40
    assert wrong == []
