"""The pace of a key: full at first, slower after a 429, slowly back."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from pyrate_limiter import AbstractBucket, InMemoryBucket, Rate

from lti_app.outbound.pace import Pace, Paces


@dataclass
class Clock:
    now: float = 100.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def pace(clock: Clock, requests: int = 100_000, seconds: float = 10_000.0) -> Pace:
    """A bucket that is never empty, with a tenth of a second between two requests."""
    return Pace(requests, seconds, clock=lambda: clock.now, sleep=clock.sleep)


def test_at_full_pace_no_one_waits_beyond_the_bucket() -> None:
    clock = Clock()
    tempo = pace(clock)
    for _ in range(50):
        tempo.wait()
        tempo.heard(200)

    assert clock.slept == []


def test_after_a_429_requests_leave_at_half_the_pace() -> None:
    clock = Clock()
    tempo = pace(clock)
    tempo.heard(429)
    for _ in range(4):
        tempo.wait()

    assert [round(each, 3) for each in clock.slept] == [0.2, 0.2, 0.2]


def test_it_never_stops_altogether_and_comes_back_slowly() -> None:
    tempo = pace(Clock())
    for _ in range(20):
        tempo.heard(429)
    assert tempo.slowness == 16.0

    tempo.heard(200)
    assert tempo.slowness == 16.0 * 0.98
    for _ in range(200):
        tempo.heard(200)
    assert tempo.slowness == 1.0


def test_clients_of_one_key_share_a_pace() -> None:
    paces = Paces(15, 5.0)

    assert paces.of("a") is paces.of("a")
    assert paces.of("a") is not paces.of("b")


@pytest.mark.parametrize(
    ("requests", "patient"), [(1, 1), (2, 1), (15, 14), (20, 19), (29, 28), (31, 29), (100, 95), (450, 428)]
)
def test_provisioning_leaves_a_twentieth_of_the_bucket_to_others(requests: int, patient: int) -> None:
    """At least one request, except where there is only one."""
    sizes: dict[str, int] = {}

    def bucket(name: str, size: int) -> AbstractBucket:
        sizes[name] = size
        return InMemoryBucket([Rate(size, 1000)])

    Pace(requests, 5.0, bucket_of=bucket)

    assert sizes == {"": requests, " patient": patient}


def test_each_key_has_its_own_buckets() -> None:
    names: list[str] = []

    def bucket(name: str, size: int) -> AbstractBucket:
        names.append(name)
        return InMemoryBucket([Rate(size, 1000)])

    paces = Paces(15, 5.0, bucket_of=bucket)
    for key in ("a", "b", "a"):
        paces.of(key)

    assert names == ["a", "a patient", "b", "b patient"]
