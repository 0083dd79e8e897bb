"""A bucket for each key: no more than so many requests in so many seconds, whoever asks."""

from __future__ import annotations

import threading

from pyrate_limiter import InMemoryBucket, Limiter, Rate


class Pace:
    """Shared by every client of one installation in this process; thread-safe."""

    def __init__(self, requests: int, seconds: float) -> None:
        self._limiter = Limiter(InMemoryBucket([Rate(requests, int(seconds * 1000))]))

    def wait(self) -> None:
        """Block until the next request may leave."""
        self._limiter.try_acquire("outbound", blocking=True)


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
