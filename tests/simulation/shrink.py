"""The smallest story that still goes wrong: faults and events are left out one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from tests.simulation.story import Told, tell

Part = TypeVar("Part")


def smallest(parts: Sequence[Part], fails: Callable[[Sequence[Part]], bool]) -> list[Part]:
    """The parts without any that can be left out alone, while what is left still fails."""
    kept, tried = list(parts), 0
    while tried < len(kept):
        fewer = kept[:tried] + kept[tried + 1 :]
        if fails(fewer):
            kept, tried = fewer, 0
        else:
            tried += 1
    return kept


def shrunk(told: Told) -> Told:
    """A story that went wrong, told with as few faults and events as still make it go wrong.

    It may go wrong otherwise than before: what it was about then is found with less.
    """
    seed = told.seed
    faults = smallest(told.faults, lambda some: bool(tell(seed, only=some).wrong))
    numbers = range(len(told.events))
    events = smallest(numbers, lambda some: bool(tell(seed, only=faults, events=some).wrong))
    return tell(seed, only=faults, events=events)
