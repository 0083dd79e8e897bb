"""Random teachers under live sync, with every disaster: in a time of its own, and for ten real minutes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support import soak_in_process
from tests.support.seeds import Record, seed_of
from tests.support.soak import Found, Plan, play

MINUTES = float(os.environ.get("SOAK_MINUTES", "10"))
A_MINUTE = 400
"""Saves that teachers make in it."""


def test_no_change_with_an_event_is_lost_and_a_sweep_finds_the_others(
    tmp_path: Path, record_property: Record
) -> None:
    seed = seed_of("SOAK_SEED", 8, record_property)

    found = soak_in_process.play(tmp_path, seed)

    record_property("figures", found.figures)
    assert found.figures["deaths"] == 2
    is_well(found)


@pytest.mark.long
@pytest.mark.long_run
def test_the_same_is_true_of_fifty_courses_on_real_processes(tmp_path: Path, record_property: Record) -> None:
    seed = seed_of("SOAK_SEED", None, record_property)

    found = play(tmp_path, Plan(seed=seed, seconds=60 * MINUTES, saves=int(MINUTES * A_MINUTE)))

    record_property("figures", found.figures)
    is_well(found)


def is_well(found: Found) -> None:
    """Nothing is wrong, and the disasters were there."""
    assert found.problems == []
    assert found.figures["dropped"] > 0 and found.expected > 0, "nothing was lost"
    assert found.repaired == found.expected
    assert found.left == set()
