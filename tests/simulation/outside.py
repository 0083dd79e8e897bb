"""Schoology and the SIS of a story, behind the ports: every call travels, arrives, is done, and is answered.

A request that has left is carried out whether its sender is frozen or dead by then, as on a real network.
Each write is noted with the process that sent it and the moment at which it left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

from lti_app.outbound.deadlines import LOOK_AGAIN
from lti_app.outbound.errors import OutsideError, Transient
from lti_app.school.records import Kind
from lti_app.schoology.port import Outcome, Outgoing
from lti_app.sis.port import Feed
from tests.fakes import FakeSchoology, FakeSis, natural_key
from tests.simulation.baton import Baton, Process

WRITES = ("create", "update", "drop")


@dataclass
class Trip:
    """What becomes of one call: refused before anything happened, delayed, or its answer lost."""

    refused: OutsideError | None = None
    delay: float = 0.0
    """Seconds for which the request is under way before it is carried out."""
    lost: OutsideError | None = None
    """Raised after it was carried out."""
    gives_up_after: float = inf
    """Seconds after which the sender no longer waits, while the request is still under way."""


@dataclass
class Write:
    """One item of a write, as Schoology saw it."""

    process: Process | None
    verb: str
    kind: Kind
    key: str
    left: float
    item: Outgoing
    its_own: bool
    """Whether the sender had a job of its own when the request left."""
    late: bool = False
    outcome: Outcome | None = None


@dataclass
class Outside:
    """Both systems, and what happened to them."""

    baton: Baton
    schoology: FakeSchoology
    sis: FakeSis
    next_trip: Callable[[str, str], Trip]
    """(system, call) → what becomes of it."""
    owns_a_job: Callable[[Process], bool] = lambda process: True
    writes: list[Write] = field(default_factory=list)
    calls: int = 0
    travel: float = 0.2
    """Seconds of a request to the other system, and of its answer back."""

    def carry(
        self,
        system: str,
        name: str,
        really: Callable[[], Any],
        given_up: Callable[[], bool] = lambda: False,
    ) -> Any:
        """One call from whoever runs, there and back."""
        mine = self.baton.running
        self.calls += 1
        if mine is None:
            return really()
        trip = self.next_trip(system, name)
        answer: list[Any] = []
        failed: list[BaseException] = []

        def arrive() -> None:
            try:
                answer.append(really())
            except OutsideError as error:
                failed.append(error)
            self.baton.wake(mine, self.travel)

        if trip.refused is not None:
            self.baton.pause(self.travel)
            raise trip.refused
        self.baton.at(self.baton.now + self.travel + trip.delay, arrive)
        self._wait(trip, lambda: bool(answer or failed), given_up)
        if failed:
            raise failed[0]
        if not answer or trip.lost is not None:
            raise trip.lost or Transient("no answer in time", maybe_done=True)
        return answer[0]

    def _wait(self, trip: Trip, here: Callable[[], bool], given_up: Callable[[], bool]) -> None:
        """Until the answer is here, or the call is over; an answer that is late is asked for again and
        again, as lti_app.outbound.deadlines does."""
        if trip.gives_up_after == inf:
            self.baton.pause(inf)
            return
        end = self.baton.now + trip.gives_up_after
        while self.baton.now < end and not here() and not given_up():
            self.baton.pause(min(LOOK_AGAIN, end - self.baton.now))


class Schoology:
    """The port as one process uses it."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    def __getattr__(self, name: str) -> Callable[..., Any]:
        far = getattr(self._outside.schoology, name)

        def call(*values: Any, **named: Any) -> Any:
            got = self._outside.carry("schoology", name, lambda: _whole(far(*values, **named)))
            return iter(got) if name in ("people", "courses", "inactive_people") else got

        return call

    def create(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        return self._write("create", kind, batch)

    def update(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        return self._write("update", kind, batch)

    def drop(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        return self._write("drop", kind, batch)

    def _write(self, verb: str, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        outside, process = self._outside, self._outside.baton.process()
        left, own = outside.baton.now, process is None or outside.owns_a_job(process)
        notes = [Write(process, verb, kind, self._key(verb, kind, each), left, each, own) for each in batch]

        def really() -> list[Outcome]:
            outcomes: list[Outcome] = getattr(outside.schoology, verb)(kind, batch)
            for note, outcome in zip(notes, outcomes, strict=True):
                note.outcome, note.late = outcome, outside.baton.now - left > outside.travel + 1
            outside.writes.extend(notes)
            return outcomes

        got: list[Outcome] = outside.carry("schoology", verb, really)
        return got

    def _key(self, verb: str, kind: Kind, item: Outgoing) -> str:
        if verb == "create":
            return natural_key(kind, item)
        there = self._outside.schoology.objects[kind]
        return next((key for key, each in there.items() if each["id"] == item.schoology_id), "?")


def _whole(got: Any) -> Any:
    return list(got) if isinstance(got, Iterator) else got


class Reading:
    """A read whose pages travel one by one."""

    def __init__(self, outside: Outside, feed: Feed, key: str) -> None:
        self._outside = outside
        self._reading: Any = outside.carry("sis", f"read {feed}", lambda: outside.sis.read(feed, key))
        self.claimed = self._reading.claimed

    def __iter__(self) -> Iterator[Any]:
        for page in self._reading:
            yield self._outside.carry("sis", "page", lambda page=page: page)

    @property
    def received(self) -> int:
        return int(self._reading.received)

    def complete(self) -> Any:
        return self._reading.complete()


class Sis:
    """The port as one process uses it."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    def __getattr__(self, name: str) -> Callable[..., Any]:
        far = getattr(self._outside.sis, name)
        return lambda *values: self._outside.carry("sis", name, lambda: far(*values))

    def read(self, feed: Feed, key: str = "") -> Reading:
        return Reading(self._outside, feed, key)
