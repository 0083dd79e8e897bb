"""The app's processes on their machines: the real runner over simulated threads, pools and clocks."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta
from math import inf
from types import SimpleNamespace
from typing import Any

import pytest

from lti_app import clock, release
from lti_app.jobs import in_process
from lti_app.jobs.in_process import InProcessRunner, Periodic
from lti_app.jobs.runner import TaskIndex
from lti_app.operations.service import Service, may_work
from lti_app.sis.capabilities import Capabilities
from lti_app.sync.apply import batches, in_flight, lost_answers, send
from lti_app.vault import Vault
from tests.simulation.baton import Baton, Process, Strand
from tests.simulation.database import Database, tell_in
from tests.simulation.outside import Outside, Schoology, Sis

STARTS = 3.0
"""Seconds that a process takes to start."""
BATCH = 2
"""Items of a bulk call, so that a small district has several."""
_NOW: list[Baton] = []
"""The baton of the story that is being told."""


UnderWay = Callable[[str], AbstractContextManager[Callable[[], bool]]]


class AskingOutside:
    """Both systems for one job, whose every call asks first and is known to be under way."""

    def __init__(self, outside: Any, under_way: UnderWay) -> None:
        self._outside, self._under_way = outside, under_way

    def __getattr__(self, name: str) -> Any:
        return getattr(self._outside, name)

    def carry(self, system: str, name: str, really: Callable[[], Any]) -> Any:
        with self._under_way(system) as given_up:
            return self._outside.carry(system, name, really, given_up)


@dataclass
class Connections:
    """How the tasks of one process reach both systems, as lti_app.wiring makes it."""

    baton: Baton
    vault: Vault
    outside: Outside
    mailer: Any = field(default_factory=lambda: SimpleNamespace(configured=False, send=lambda *_: []))
    public_url: str = "https://app.example"
    in_flight: int = 2

    def for_job(self, under_way: UnderWay) -> Connections:
        asking: Any = AskingOutside(self.outside, under_way)
        return replace(self, outside=asking)

    def sleep(self, seconds: float) -> None:
        self.baton.pause(seconds)

    def slowness(self, _installation: Any) -> Callable[[], float]:
        return lambda: 1.0

    def capabilities(self, _connection: Any) -> Capabilities:
        return Capabilities(product="the SIS", narrow=True)

    def sis(self, _connection: Any) -> Any:
        return Sis(self.outside)

    def schoology(self, _installation: Any, _acting_user: Any, *, patient: bool = False) -> Any:
        return Schoology(self.outside)


class Scheduler:
    """What APScheduler does for a process, over simulated threads."""

    def __init__(self, **_how: Any) -> None:
        self._baton = _NOW[0]
        process = self._baton.process()
        assert process is not None
        self._process = process
        self.running = False
        self._paused = False
        self._busy: dict[str, int] = {}

    def add_job(self, work: Callable[[], Any], trigger: str = "", **how: Any) -> None:
        name = str(how.get("id", work))
        if trigger == "interval":
            self._baton.spawn(self._process, name, lambda: self._often(work, float(how["seconds"])))
        elif self._busy.get(name, 0) < int(how.get("max_instances", 1)):
            self._busy[name] = self._busy.get(name, 0) + 1
            self._baton.spawn(self._process, name, lambda: self._once(name, work))

    def _often(self, work: Callable[[], Any], seconds: float) -> None:
        while True:
            if self.running and not self._paused:
                work()
            self._baton.pause(seconds)

    def _once(self, name: str, work: Callable[[], Any]) -> None:
        """An exception is logged, and the thread has its next work."""
        try:
            work()
        except Exception as error:
            self._baton.logged.append(f"{type(error).__name__}: {error}")
        finally:
            self._busy[name] -= 1

    def start(self) -> None:
        self.running = True

    def pause(self) -> None:
        self._paused = True

    def shutdown(self, *, wait: bool = True) -> None:
        self.running = False


class Pool:
    """What ThreadPoolExecutor does, over simulated threads."""

    def __init__(self, size: int, **_how: Any) -> None:
        self._baton, self._room = _NOW[0], size
        self._process = self._baton.process()
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._under_way: list[Future[Any]] = []

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_error: object) -> None:
        self.shutdown()

    def submit(self, work: Callable[..., Any], *values: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._waiting.append((future, lambda: work(*values)))
        self._fill()
        return future

    def _fill(self) -> None:
        assert self._process is not None
        while self._waiting and len(self._under_way) < self._room:
            future, work = self._waiting.popleft()
            if future.set_running_or_notify_cancel():
                self._under_way.append(future)
                self._baton.spawn(self._process, "send", lambda f=future, w=work: self._carry_out(f, w))

    def _carry_out(self, future: Future[Any], work: Callable[[], Any]) -> None:
        try:
            result = work()
        except Exception as error:
            future.set_exception(error)
        else:
            future.set_result(result)
        self._under_way.remove(future)
        self._fill()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        if cancel_futures:
            while self._waiting:
                self._waiting.popleft()[0].cancel()
        if wait:
            left = [*self._under_way, *(future for future, _ in self._waiting)]
            wait_for(left, return_when="ALL_COMPLETED")


def wait_for(futures: Iterable[Future[Any]], timeout: float | None = None, return_when: str = "") -> Any:
    """What concurrent.futures.wait does."""
    baton, every = _NOW[0], list(futures)
    mine: Strand | None = baton.running
    end = inf if timeout is None else baton.now + timeout
    enough = any if return_when == FIRST_COMPLETED else all
    for each in every:
        each.add_done_callback(lambda _: baton.wake(mine))
    while every and not enough(each.done() for each in every) and baton.now < end:
        baton.pause(end - baton.now)
    done = {each for each in every if each.done()}
    return SimpleNamespace(done=done, not_done=set(every) - done)


class Hosts:
    """Two machines, each with one process of the app, which the operating system starts again."""

    def __init__(  # noqa: PLR0913 - what a process is made of
        self,
        baton: Baton,
        database: Database,
        outside: Outside,
        vault: Vault,
        tasks: TaskIndex,
        periodic: tuple[Periodic, ...],
        machines: Iterable[str] = ("north", "south"),
    ) -> None:
        self._baton, self._database, self._outside, self._vault = baton, database, outside, vault
        self._tasks, self._periodic = tasks, periodic
        self.machines: dict[str, Process | None] = dict.fromkeys(machines)
        self.ahead: dict[str, timedelta] = {each: timedelta() for each in self.machines}
        self.owner_of: dict[Process, str] = {}
        self.lost: set[str] = set()
        """Machines on which nothing is ever started again."""
        self.deaths = 0
        self._pids = itertools.count(100)

    def start(self, machine: str) -> Process:
        """Start the app on a machine where it does not run."""
        process = Process(machine, next(self._pids), self.ahead[machine])
        process.booted = self._baton.dice.random() * 1e6
        self.machines[machine] = process
        self._baton.spawn(process, "main", lambda: self._main(process), STARTS)
        return process

    def _main(self, process: Process) -> None:
        connections = Connections(self._baton, self._vault, self._outside)
        database = SimpleNamespace(engine=self._database.engine(process))
        fit = Service(self._vault, str(release.folder("migrations")), distributed=False)
        runner = InProcessRunner(
            nullcontext,
            database,
            connections,
            self._tasks,
            periodic=self._periodic,
            may_work=may_work(lambda: fit),
            tick_seconds=30.0,
        )
        self.owner_of[process] = runner.owner
        runner.start()

    def kill(self, process: Process, again_after: float | None) -> None:
        """The process dies; its machine starts another one after so many seconds, or is lost. One machine is
        never lost."""
        if process.dead:
            return
        self.deaths += 1
        if self.machines[process.machine] is process:
            self.machines[process.machine] = None
        if again_after is None and len(self.lost) + 1 < len(self.machines):
            self.lost.add(process.machine)
        else:
            again_after = again_after or STARTS
            self._baton.at(self._baton.now + again_after, lambda: self._again(process.machine))
        self._baton.kill(process)

    def _again(self, machine: str) -> None:
        if machine not in self.lost and self.machines[machine] is None:
            self.start(machine)

    def set_clock(self, machine: str, ahead: timedelta) -> None:
        """The machine's clock is wrong by so much from now on."""
        self.ahead[machine] = ahead
        process = self.machines[machine]
        if process is not None:
            process.ahead = ahead

    def new_owner(self) -> str:
        """A name as lti_app.jobs.worker_id makes it."""
        process = self._baton.process()
        assert process is not None
        return f"{process.machine}:{process.pid}:a"

    def dead_owners_here(self, owners: set[str]) -> set[str]:
        """What the operating system of whoever asks knows of the processes of its machine."""
        process = self._baton.process()
        assert process is not None
        here = self.machines[process.machine]
        alive = self.owner_of.get(here, "") if here else ""
        return {each for each in owners if each.startswith(f"{process.machine}:") and each != alive}


@contextmanager
def told(baton: Baton, database: Database, hosts: Hosts) -> Iterator[None]:
    """Inside, the app's threads, pools, names and clocks are those of this story."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", baton.wall)
        patch.setattr(time, "monotonic", baton.monotonic)
        patch.setattr(in_process, "BackgroundScheduler", Scheduler)
        patch.setattr(in_process, "at_exit", lambda leave: None)
        patch.setattr(in_process, "new_owner", hosts.new_owner)
        patch.setattr(in_process, "dead_owners_here", hosts.dead_owners_here)
        for module in (send, in_flight):
            patch.setattr(module, "ThreadPoolExecutor", Pool)
        patch.setattr(in_flight, "wait", wait_for)
        for module in (batches, in_flight, lost_answers):
            patch.setattr(module, "BULK", BATCH)
        _NOW[:] = [baton]
        tell_in(database)
        try:
            yield
        finally:
            tell_in(None)
            _NOW.clear()
