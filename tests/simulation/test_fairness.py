"""A person's sync begins soon, whatever other districts do."""

from __future__ import annotations

import pytest

from tests.simulation.crowd import FINE, Crowd
from tests.support.seeds import Record, seed_of

SOON = 30.0
"""Seconds within which all but one of a hundred begin."""


def late(crowd: Crowd) -> float:
    """The wait of which only one of a hundred is longer."""
    waited = sorted(crowd.waited.values())
    return waited[int(0.99 * len(waited))]


RUNNERS = pytest.mark.parametrize("workers", [False, True], ids=["in-process", "workers"])


@RUNNERS
def test_a_sync_that_a_person_asked_for_begins_soon(workers: bool) -> None:
    """Fifty districts, ten of which drip, are slow or huge, end their process, or press and cancel without
    end: the first minutes of a night in which all of them are due."""
    crowd = Crowd(1, 50, workers=workers)

    crowd.tell(seconds=75, every=5)

    assert len(crowd.waited) > 10
    assert late(crowd) <= SOON


@pytest.mark.long_run
@RUNNERS
def test_syncs_that_people_ask_for_begin_soon_all_night(workers: bool, record_property: Record) -> None:
    crowd = Crowd(seed_of("SIMULATION_SEED", None, record_property), 50, workers=workers)

    crowd.tell(seconds=7200, every=25)

    assert len(crowd.waited) > 200
    assert late(crowd) <= SOON
    assert crowd.ended[FINE] > 100
