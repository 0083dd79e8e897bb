"""A bucket for each key: no more than so many requests in so many seconds, whoever asks.

The bucket is the library's. On top of it the pace gives way when the server says 429 (its real limit may be
lower than ours, or shared with others), and comes back slowly. The requests of provisioning are patient: they
leave a share of the bucket to others, and let a request that a person is waiting for go first.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from pyrate_limiter import AbstractBucket, InMemoryBucket, Limiter, Rate

from lti_app.outbound import deadlines
from lti_app.outbound.errors import Transient
from lti_app.outbound.words import OutboundCode, told

IN_FLIGHT = 8
"""Parallel requests: enough to use 15 requests in 5 s fully at a latency of 2.5 s."""


SLOWEST = 16.0
"""At most so many times the configured distance between two requests."""
RECOVERY = 0.98
"""What every request that passed leaves of the slowness."""
RESERVED = 1 / 20
"""The share of the bucket that provisioning leaves to others."""
LATE = 5
"""Milliseconds after its turn at which a request that waited leaves, so that no bucket is asked too early."""
LONGEST_WAIT = 3600.0
"""Seconds after which a request that no page waits for gives up its place; a job then pauses."""
LONGEST_COURTESY = 1.0
"""Seconds that a patient request lets others go before it, lest they keep it away for good."""


class Slowness:
    """How much slower than the configured pace requests leave: 1 is at the pace, 2 at half of it."""

    def __init__(self) -> None:
        self._value = 1.0

    def read(self) -> float:
        """The slowness of now."""
        return self._value

    def give_way(self) -> None:
        """After a 429: twice as slow, within bounds."""
        self._value = min(SLOWEST, self._value * 2)

    def recover(self) -> None:
        """After anything else: a little faster."""
        self._value = max(1.0, self._value * RECOVERY)


BucketOf = Callable[[str, int], AbstractBucket]
"""Makes a bucket by its name, for so many requests in the time of the pace."""


class Pace:
    """Shared by every client of one installation in this process; thread-safe."""

    def __init__(
        self,
        requests: int,
        seconds: float,
        *,
        bucket_of: BucketOf | None = None,
        slowness: Slowness | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        bucket_of = bucket_of or (lambda _name, size: InMemoryBucket([Rate(size, int(seconds * 1000))]))
        self._limiter = Limiter(bucket_of("", requests), buffer_ms=LATE)
        self._distance = seconds / requests
        self._clock, self._sleep = clock, sleep
        self._guard = threading.Condition()
        self._next = 0.0
        self._waiting = 0
        self._slowness = slowness or Slowness()
        share = max(1, requests - max(1, round(requests * RESERVED)))
        each_second = math.ceil(share / seconds)
        if seconds <= 1:
            each_second += 1  # such a bucket is already even; the same limit twice would only cost time
        self.patient = Patient(self, bucket_of(" patient", share), each_second)
        """The same pace for requests that no person is waiting for."""

    @property
    def slowness(self) -> float:
        """1 at the configured pace; 2 when requests leave at half of it."""
        return self._slowness.read()

    def wait(self) -> None:
        """Block until the next request may leave, before all patient ones."""
        with self._guard:
            self._waiting += 1
        try:
            self.take()
        finally:
            with self._guard:
                self._waiting -= 1
                self._guard.notify_all()

    def take(self) -> None:
        """Block until the bucket, and the slowness after a 429, let a request go."""
        seconds = deadlines.left(LONGEST_WAIT)
        if not self._limiter.try_acquire("outbound", blocking=True, timeout=seconds):
            raise Transient(**told(OutboundCode.QUEUE_FULL))
        with self._guard:
            slowness = self.slowness
            if slowness <= 1.0:
                return
            now = self._clock()
            at = max(now, self._next)
            if at - now > deadlines.left(at - now):
                raise Transient(**told(OutboundCode.SLOW_DOWN_NOW))
            self._next = at + self._distance * slowness
        if at > now:
            self._sleep(at - now)

    def be_courteous(self) -> None:
        """Let those who wait now go first, for a moment."""
        with self._guard:
            self._guard.wait_for(lambda: not self._waiting, timeout=LONGEST_COURTESY)

    def heard(self, status: int) -> None:
        """Give way after a 429, recover a little after anything else."""
        with self._guard:
            if status == 429:
                self._slowness.give_way()
            else:
                self._slowness.recover()


class Patient:
    """The pace of provisioning: a little less than all, and after the others."""

    def __init__(self, whole: Pace, bucket: AbstractBucket, each_second: int) -> None:
        self._whole = whole
        self._limiter = Limiter(bucket, buffer_ms=LATE)
        self._even = Limiter(InMemoryBucket([Rate(each_second, 1000)]), buffer_ms=LATE)
        """No bursts of more than a second: who comes between waits for one second at most."""

    def wait(self) -> None:
        """Block until the next request may leave."""
        self._even.try_acquire("patient", blocking=True)
        self._limiter.try_acquire("patient", blocking=True)
        self._whole.be_courteous()
        self._whole.take()

    def heard(self, status: int) -> None:
        """As the whole pace."""
        self._whole.heard(status)


class Paces:
    """The paces of all installations, one for a key.

    `bucket_of` makes the buckets of a key, `slowness_of` its slowness, where they lie outside this process.
    """

    def __init__(
        self,
        requests: int,
        seconds: float,
        bucket_of: BucketOf | None = None,
        slowness_of: Callable[[str], Slowness] | None = None,
    ) -> None:
        self._rate = (requests, seconds)
        self._bucket_of = bucket_of
        self._slowness_of = slowness_of or (lambda _key: Slowness())
        self._paces: dict[str, Pace] = {}
        self._guard = threading.Lock()

    def of(self, key: str) -> Pace:
        """The one pace of a key."""
        found = self._paces.get(key)
        if found is not None:
            return found
        make = self._bucket_of
        mine = (lambda name, size: make(f"{key}{name}", size)) if make else None
        made = Pace(*self._rate, bucket_of=mine, slowness=self._slowness_of(key))  # may ask the database
        with self._guard:
            return self._paces.setdefault(key, made)
