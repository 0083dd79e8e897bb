"""A bucket for each key: no more than so many requests in so many seconds, whoever asks.

The bucket is the library's. On top of it the pace gives way when the server says 429 (its real limit may be
lower than ours, or shared with others), and comes back slowly.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pyrate_limiter import InMemoryBucket, Limiter, Rate

SLOWEST = 16.0
"""At most so many times the configured distance between two requests."""
RECOVERY = 0.98
"""What every request that passed leaves of the slowness."""


class Pace:
    """Shared by every client of one installation in this process; thread-safe."""

    def __init__(
        self,
        requests: int,
        seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limiter = Limiter(InMemoryBucket([Rate(requests, int(seconds * 1000))]))
        self._distance = seconds / requests
        self._clock, self._sleep = clock, sleep
        self._guard = threading.Lock()
        self._next = 0.0
        self.slowness = 1.0
        """1 at the configured pace; 2 when requests leave at half of it."""

    def wait(self) -> None:
        """Block until the next request may leave."""
        self._limiter.try_acquire("outbound", blocking=True)
        with self._guard:
            if self.slowness <= 1.0:
                return
            now = self._clock()
            at = max(now, self._next)
            self._next = at + self._distance * self.slowness
        if at > now:
            self._sleep(at - now)

    def heard(self, status: int) -> None:
        """Give way after a 429, recover a little after anything else."""
        with self._guard:
            if status == 429:
                self.slowness = min(SLOWEST, self.slowness * 2)
            else:
                self.slowness = max(1.0, self.slowness * RECOVERY)


class Paces:
    """The paces of all installations, one for a key."""

    def __init__(self, requests: int, seconds: float) -> None:
        self._rate = (requests, seconds)
        self._paces: dict[str, Pace] = {}
        self._guard = threading.Lock()

    def of(self, key: str) -> Pace:
        """The one pace of a key."""
        with self._guard:
            if key not in self._paces:
                self._paces[key] = Pace(*self._rate)
            return self._paces[key]
