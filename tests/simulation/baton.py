"""One baton for all threads of all simulated processes, and a clock that moves only when no one can run.

A simulated thread is a greenlet. It runs until it reaches a border (a commit, an outbound call, a wait) and
gives the baton back; a seeded dice says who has it next. Nothing here sleeps: when everybody waits, the clock
is set to the next moment at which something happens.
"""

from __future__ import annotations

import heapq
import itertools
import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import greenlet

BEGINNING = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""When every story begins: midnight of a school day in New York."""


class Killed(BaseException):
    """The process has ended. Nothing in the app may catch it."""


@dataclass(eq=False)
class Process:
    """What the simulated operating system knows of a process. `ahead` is the error of its machine's clock."""

    machine: str
    pid: int
    ahead: timedelta = timedelta()
    booted: float = 0.0
    dead: bool = False
    frozen: bool = False
    at_end: list[Callable[[], None]] = field(default_factory=list)
    """Called when it is killed, such as to close its sockets."""


@dataclass(eq=False)
class Strand:
    """A thread of a simulated process; it can run from the moment `wake` on."""

    process: Process
    name: str
    body: greenlet.greenlet
    wake: float
    error: BaseException | None = None


class Baton:
    """Who runs, when, and what time it is for each of them."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.now = 0.0
        """Seconds since the beginning, as no clock of a machine shows it."""
        self.strands: list[Strand] = []
        self.running: Strand | None = None
        self.trouble: list[str] = []
        """Exceptions that no one caught."""
        self.logged: list[str] = []
        """Exceptions that a pool of threads has written to its log."""
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._main = greenlet.getcurrent()

    # What a simulated thread asks for

    def process(self) -> Process | None:
        """Whose thread runs; None for the world outside."""
        return self.running.process if self.running else None

    def wall(self) -> datetime:
        """What the clock on the wall says to whoever runs."""
        ahead = self.running.process.ahead if self.running else timedelta()
        return BEGINNING + timedelta(seconds=self.now) + ahead

    def monotonic(self) -> float:
        """Seconds since the machine of whoever runs was started."""
        return self.now + (self.running.process.booted if self.running else 0.0)

    def pause(self, seconds: float = 0.0) -> None:
        """Give the baton back for at least so long; raises Killed when the process ended in the meantime."""
        mine = self.running
        if mine is None:
            return
        self.alive()
        mine.wake = self.now + seconds
        self._main.switch()
        self.alive()

    def wait_until(self, over: Callable[[], bool]) -> None:
        """Wait for something that another strand or an event brings about and then calls `wake`."""
        while not over():
            self.pause(inf)

    def wake(self, strand: Strand | None, after: float = 0.0) -> None:
        """Let a waiting strand run."""
        if strand is not None:
            strand.wake = min(strand.wake, self.now + after)

    def alive(self) -> None:
        """Raise Killed in a process that has ended."""
        if self.running is not None and self.running.process.dead:
            raise Killed

    def spawn(self, process: Process, name: str, work: Callable[[], Any], after: float = 0.0) -> Strand:
        """Start a thread of a process."""
        strand: Strand

        def body() -> None:
            try:
                self.alive()
                work()
            except Killed:
                pass
            except Exception as error:
                strand.error = error
                self.trouble.append("".join(traceback.format_exception(error)))

        strand = Strand(process, name, greenlet.greenlet(body, parent=self._main), self.now + after)
        self.strands.append(strand)
        return strand

    # What the world does

    def at(self, moment: float, what: Callable[[], None]) -> None:
        """Let something happen in the world, whoever runs then."""
        heapq.heappush(self._events, (moment, next(self._order), what))

    def kill(self, process: Process) -> None:
        """The process ends at once: its threads clean up nothing that anybody outside could see."""
        process.dead, process.frozen = True, False
        mine = self.running
        for strand in [each for each in self.strands if each.process is process and each is not mine]:
            self._hand_to(strand)
        self.running = mine
        for each in process.at_end:
            each()
        process.at_end.clear()
        self.alive()

    def _hand_to(self, strand: Strand) -> None:
        """Let a strand run to its next border. Called from outside, or by a strand that kills another."""
        former, strand.body.parent = self._main, greenlet.getcurrent()
        self._main, self.running = greenlet.getcurrent(), strand
        try:
            strand.wake = inf
            strand.body.switch()
        finally:
            self._main, self.running = former, None
        if strand.body.dead and strand in self.strands:
            self.strands.remove(strand)

    def run(self, until: Callable[[], bool], limit: float) -> bool:
        """Let the world go on until something is so; False when that takes more than `limit` seconds."""
        end = self.now + limit
        while not until():
            ready = [each for each in self.strands if each.wake <= self.now and not each.process.frozen]
            if self._events and self._events[0][0] <= self.now:
                heapq.heappop(self._events)[2]()
            elif ready:
                self._hand_to(ready[self.dice.randrange(len(ready))] if len(ready) > 1 else ready[0])
            else:
                following = min((each.wake for each in self.strands if not each.process.frozen), default=inf)
                following = min(following, self._events[0][0] if self._events else inf)
                if following > end:
                    self.now = max(self.now, end)
                    return until()
                self.now = following
        return True
