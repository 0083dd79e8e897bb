"""How to wait for a system that doesn't answer, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True)
class Pauses:
    """How many pauses come before giving up, each longer than the one before by a factor, up to a maximum.

    Jobs count them in minutes; what waits inside of a job counts them in seconds.
    """

    attempts: int
    first: float
    growth: float = 2.0
    longest: float = inf

    def length(self, number: int) -> float:
        """How long the pause is that comes after so many others."""
        return min(self.first * self.growth**number, self.longest)

    def all(self) -> tuple[float, ...]:
        """How long each of them is."""
        return tuple(self.length(number) for number in range(self.attempts))
