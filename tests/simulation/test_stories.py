"""What both systems hold after a night in which something went wrong, told by seeds (docs/reliability.md)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from math import inf
from typing import Any

import pytest

from lti_app.operations import service
from tests.simulation.seeds import ENDLESS, FOUND, NOT_YET, Found, of_this_commit
from tests.simulation.shrink import shrunk, smallest
from tests.simulation.story import Told, tell
from tests.support.seeds import Record, seed_of

PARTS = range(2)
"""The stories of a commit, in parts that run beside each other."""
STORIES = 7
"""Of each part."""
LONG = 1800.0
"""Seconds of fresh stories in the long run."""


@pytest.mark.parametrize("part", PARTS)
def test_stories_of_this_commit(part: int) -> None:
    """Nothing twice, nothing lost, nothing unknown, every link true, every job ends, and then it is quiet."""
    first = of_this_commit() + part * STORIES
    told = [tell(seed, without=NOT_YET) for seed in range(first, first + STORIES)]

    assert not [str(each) for each in told if each.wrong]


@pytest.mark.parametrize("found", FOUND, ids=lambda found: found.faults[0].name)
def test_stories_that_went_wrong_once(found: Found) -> None:
    told = _again(found)

    assert not told.wrong, f"{found.what}\n{told}"


def test_a_deadline_ends_a_call_that_is_never_answered() -> None:
    assert not _again(ENDLESS).wrong


@pytest.mark.long_run
def test_without_a_deadline_such_a_call_holds_its_job() -> None:
    assert any("stuck" in each for each in _again(ENDLESS, deadline=inf).wrong)


def _again(found: Found, **other: Any) -> Told:
    return tell(
        found.seed,
        faults=found.faults,
        synced=found.synced,
        travel=found.travel,
        without=NOT_YET,
        **other,
    )


def test_what_a_story_needs_to_go_wrong_is_kept() -> None:
    """Three of ten parts, which only together make it go wrong."""
    asked: list[int] = []

    def fails(some: Sequence[int]) -> bool:
        asked.append(len(some))
        return {2, 5, 7} <= set(some)

    assert smallest(range(10), fails) == [2, 5, 7]
    assert len(asked) < 50


@pytest.mark.long_run
def test_a_story_is_told_with_what_makes_it_go_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one fault of three that a health without eyes doesn't name, and no event."""
    monkeypatch.setattr(service, "stalled", lambda _session: [])
    told = tell(20072)

    found = shrunk(told)

    assert told.wrong and found.wrong
    assert [each.kind for each in found.faults] == ["no more answers"] and len(found.events) <= len(
        told.events
    )


def test_a_story_is_the_same_each_time() -> None:
    seed = of_this_commit()

    assert tell(seed, without=NOT_YET) == tell(seed, without=NOT_YET)


@pytest.mark.long_run
def test_fresh_stories(record_property: Record) -> None:
    """Half an hour of stories that no one has heard yet."""
    seed = seed_of("SIMULATION_SEED", None, record_property) * 10_000
    until = time.perf_counter() + LONG
    wrong = []
    while time.perf_counter() < until:
        told = tell(seed, without=NOT_YET)
        wrong += [str(told)] if told.wrong else []
        seed += 1

    assert not wrong
