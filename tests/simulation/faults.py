"""What goes wrong in a story, at which border of it, and how it is done to the world."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from math import inf

from lti_app.outbound.errors import OutsideError, Throttled, Transient
from lti_app.sis.errors import IncompleteRead, SisNotRecognized, SisUnavailable
from tests.simulation.baton import Baton, Process
from tests.simulation.database import Database
from tests.simulation.hosts import Hosts
from tests.simulation.outside import Trip

BORDERS = {True: 90, False: 130}
"""Whether there was a sync before → about so many borders has a night in which nothing goes wrong: two for
each commit, one for each call."""
TIME_OUT = 30.0
"""Seconds after which the transport gives up an answer."""
DAY = 86_400.0


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong at one border. `length` is in seconds, where it lasts."""

    at: int
    kind: str
    length: float = 0.0
    more: str = ""

    @property
    def name(self) -> str:
        """The kind with what is said further of it."""
        return f"{self.kind} {self.more}".strip()

    def __str__(self) -> str:
        return f"{self.name} at {self.at}" + (f" for {self.length:g} s" if self.length else "")


def draw(dice: random.Random, *, synced: bool, without: Collection[str] = ()) -> list[Fault]:
    """One to three faults of one story, in the order of their borders; `without` some kinds."""
    number = dice.choice((1, 1, 2, 2, 3))
    found = [_one(dice, dice.randrange(1, BORDERS[synced])) for _ in range(number)]
    wanted = [each for each in found if each.kind not in without and each.name not in without]
    return sorted(wanted, key=lambda each: each.at)


def _one(dice: random.Random, at: int) -> Fault:
    kind = dice.choice(tuple(KINDS))
    lengths, more = KINDS[kind]
    return Fault(at, kind, dice.choice(lengths), dice.choice(more))


SYSTEMS = ("schoology", "sis")
NOTHING = ("",)
KINDS: dict[str, tuple[tuple[float, ...], tuple[str, ...]]] = {
    "kill": ((5.0, 60.0, inf), NOTHING),
    "kill both": ((5.0, 100.0), NOTHING),
    "freeze": ((10.0, 100.0, 240.0, 1000.0, 1000.0), NOTHING),
    "poison": ((8.0,), NOTHING),
    "lost answer": ((0.0,), SYSTEMS),
    "late delivery": ((5.0, 25.0), ("schoology",)),
    "refused connection": ((0.0,), SYSTEMS),
    "slow down": ((5.0, 90.0, 4000.0), ("schoology",)),
    "outage": ((20.0, 70.0, 900.0), SYSTEMS),
    "nonsense": ((0.0,), ("html", "short", "json")),
    "no more answers": ((0.0,), SYSTEMS),
    "clock": ((120.0, DAY), ("ahead", "behind", "ahead and dead")),
    "database away": ((20.0, 70.0), NOTHING),
    "database locked": ((20.0, 70.0), NOTHING),
    "commit unanswered": ((0.0,), NOTHING),
    "restored": ((5.0, 20.0, 50.0, 200.0), ("as documented", "silently")),
    "canceled": ((0.0,), NOTHING),
    "one record": ((0.0,), NOTHING),
}
"""Kind of fault → the lengths and the further words that it is drawn with. The length of a restored backup is
its age, in borders."""
ANSWERS: dict[str, OutsideError] = {
    "html": SisNotRecognized("a page and no data"),
    "short": IncompleteRead("fewer rows came than were promised"),
    "json": SisUnavailable("the answer is cut"),
}


@dataclass
class Faults:
    """Counts the borders of a story and does at each what was drawn for it."""

    baton: Baton
    database: Database
    hosts: Hosts
    todo: list[Fault]
    back_up: Callable[[], None]
    restore: Callable[[str], None]
    people_do: Callable[[str], None]
    """Something that a person does: "canceled", "one record"."""
    deadline: float = inf
    """Seconds after which the transport ends a call whatever comes; inf: never."""
    borders: int = 0
    done: list[Fault] = field(default_factory=list)
    on: bool = False
    _trips: dict[str, list[Trip]] = field(default_factory=lambda: {each: [] for each in SYSTEMS})
    _down: dict[str, float] = field(default_factory=dict)
    _poison: float = 0.0

    def over(self) -> None:
        """From now on everything works again, and every machine runs the app with a clock that is right."""
        self.on, self._poison = False, 0
        self._down.clear()
        self.database.away_until = 0.0
        for machine, process in self.hosts.machines.items():
            self.hosts.set_clock(machine, timedelta())
            if process is not None:
                process.frozen = False
            elif machine not in self.hosts.lost:
                self.hosts.start(machine)

    def border(self, process: Process | None) -> None:
        """A commit begins or ended, or a call leaves."""
        if not self.on or process is None or process.machine not in self.hosts.machines:
            return
        self.borders += 1
        if any(each.kind == "restored" and each.at - each.length == self.borders for each in self.todo):
            self.back_up()
        while self.todo and self.todo[0].at <= self.borders:
            fault = self.todo.pop(0)
            self.done.append(fault)
            _DO[fault.kind](self, fault, process)

    def trip(self, system: str, call: str) -> Trip:
        """What becomes of the next call."""
        process = self.baton.process()
        self.border(process)
        if not self.on or process is None:
            return Trip()
        if self._poison > 0 and call == "read courses":
            self._poison -= 1
            self.hosts.kill(process, 10.0)
        if self._down.get(system, 0.0) > self.baton.now:
            return Trip(refused=_unreachable(system))
        return self._trips[system].pop(0) if self._trips[system] else Trip()

    # One function for each kind

    def _kill(self, fault: Fault, process: Process) -> None:
        self.hosts.kill(process, None if fault.length == inf else fault.length)

    def _kill_both(self, fault: Fault, process: Process) -> None:
        for other in list(self.hosts.machines.values()):
            if other is not None and other is not process:
                self.hosts.kill(other, fault.length)
        self.hosts.kill(process, fault.length)

    def _freeze(self, fault: Fault, process: Process) -> None:
        def thaw() -> None:
            process.frozen = False

        process.frozen = True
        self.database.stands_still(process)
        self.baton.at(self.baton.now + fault.length, thaw)

    def _poisoned(self, fault: Fault, _process: Process) -> None:
        self._poison = fault.length

    def _trip(self, fault: Fault, _process: Process) -> None:
        trip = {
            "lost answer": lambda: Trip(lost=_lost(fault.more), gives_up_after=TIME_OUT),
            "late delivery": lambda: Trip(delay=fault.length + TIME_OUT, gives_up_after=TIME_OUT),
            "refused connection": lambda: Trip(refused=_unreachable(fault.more)),
            "slow down": lambda: Trip(refused=Throttled("slow down", retry_after=fault.length)),
            "no more answers": lambda: Trip(delay=inf, lost=_lost(fault.more), gives_up_after=self.deadline),
        }[fault.kind]()
        self._trips[fault.more].append(trip)

    def _nonsense(self, fault: Fault, _process: Process) -> None:
        self._trips["sis"] += [Trip(refused=ANSWERS[fault.more])]

    def _outage(self, fault: Fault, _process: Process) -> None:
        self._down[fault.more] = self.baton.now + fault.length

    def _clock(self, fault: Fault, process: Process) -> None:
        ahead = timedelta(seconds=-fault.length if fault.more == "behind" else fault.length)
        self.hosts.set_clock(process.machine, ahead)
        if fault.more == "ahead and dead":
            self.baton.at(self.baton.now + 45, lambda: self.hosts.kill(process, None))

    def _away(self, fault: Fault, _process: Process) -> None:
        self.database.away(fault.length)

    def _locked(self, fault: Fault, _process: Process) -> None:
        self.database.lock(fault.length)

    def _unanswered(self, _fault: Fault, _process: Process) -> None:
        self.database.unanswered += 1

    def _restored(self, fault: Fault, _process: Process) -> None:
        self.baton.at(self.baton.now, lambda: self.restore(fault.more))

    def _person(self, fault: Fault, _process: Process) -> None:
        self.baton.at(self.baton.now, lambda: self.people_do(fault.kind))


_DO: dict[str, Callable[[Faults, Fault, Process], None]] = {
    "kill": Faults._kill,
    "kill both": Faults._kill_both,
    "freeze": Faults._freeze,
    "poison": Faults._poisoned,
    **dict.fromkeys(
        ("lost answer", "late delivery", "refused connection", "slow down", "no more answers"), Faults._trip
    ),
    "nonsense": Faults._nonsense,
    "outage": Faults._outage,
    "clock": Faults._clock,
    "database away": Faults._away,
    "database locked": Faults._locked,
    "commit unanswered": Faults._unanswered,
    "restored": Faults._restored,
    "canceled": Faults._person,
    "one record": Faults._person,
}


def _lost(system: str) -> OutsideError:
    if system == "sis":
        return SisUnavailable("no answer in time")
    return Transient("no answer in time", maybe_done=True)


def _unreachable(system: str) -> OutsideError:
    if system == "sis":
        return SisUnavailable("the connection was refused")
    return Transient("the connection was refused")
