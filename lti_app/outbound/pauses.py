"""How to wait for somebody who does not answer, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf


@dataclass(frozen=True)
class Pauses:
    """So many pauses before somebody gives up, each so many times as long as the one before, up to a longest.

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
