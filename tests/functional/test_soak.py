"""A minute of random teachers under live sync; `make soak` plays ten."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.support.soak import Plan, play

pytestmark = pytest.mark.long


def test_no_change_of_which_an_event_came_is_lost_and_a_sweep_finds_the_others(tmp_path: Path) -> None:
    seed = int(os.environ.get("SOAK_SEED", "7"))
    minutes = float(os.environ.get("SOAK_MINUTES", "1"))
    saves = int(minutes * 400)

    found = play(tmp_path, Plan(seed=seed, seconds=60 * minutes, saves=saves))

    sys.stdout.write(f"seed {seed}: {found.figures}\n")
    assert found.problems == [], f"seed {seed}"
    assert found.figures["dropped"] > 0 and found.expected > 0, f"seed {seed}: nothing was lost"
    assert found.repaired == found.expected, f"seed {seed}"
    assert found.left == set(), f"seed {seed}"
