"""Fifty districts in one installation of the app, of which ten are as bad as can be, and people who press
*Sync now* in the others: how many seconds their syncs wait to begin."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job as Word
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs import in_process, queue
from lti_app.jobs.distributed import LISTEN_AGAIN, DistributedRunner, places_of
from lti_app.jobs.in_process import InProcessRunner
from lti_app.jobs.runner import Result, Task
from lti_app.models import JobState
from lti_app.outbound.transport import CALL
from lti_app.school.reasons import NO_REASON
from lti_app.store.district import District
from lti_app.vault import Vault
from tests.factories import add_installation
from tests.simulation.baton import Baton, Process
from tests.simulation.database import Database, Limits, empty_template, folder
from tests.simulation.district import KEY
from tests.simulation.hosts import Hosts, UnderWay, told

WORKER = "worker"
"""The machine that runs jobs where workers are processes of their own; "north" serves the pages."""
PAUSE = timedelta(minutes=5)
DONE = Result(JobState.DONE, NO_REASON)


@dataclass(frozen=True)
class Kind:
    """What a sync of a district is like: seconds of each answer, pages of a feed, batches to send."""

    page: float = 5.0
    pages: int = 2
    batch: float = 5.0
    batches: int = 4
    gives_up: bool = False
    """Whether a request has no answer by its deadline, so that the job pauses."""
    dies: bool = False
    """Whether it ends its process."""
    cancels: bool = False
    """Whether its people cancel and press again, over and over."""


FINE = Kind()
DRIPS, SLOW = Kind(page=CALL, gives_up=True), Kind(page=60.0)
HUGE = Kind(page=20.0, pages=30, batch=10.0, batches=2000)
POISON, FLOOD = Kind(dies=True), Kind(cancels=True)
BAD = (DRIPS, DRIPS, DRIPS, SLOW, HUGE, HUGE, HUGE, POISON, FLOOD, FLOOD)
FEEDS = ("schools", "people", "sections", "seats")


@dataclass
class Work:
    """How far a job of a district is, whoever runs it."""

    read: set[str] = field(default_factory=set)
    sent: int = 0


class Words:
    """What the task engine was told, as far as the app uses it: its manager of jobs."""

    def __init__(self) -> None:
        self._todo: list[Word] = []

    def list_jobs(self, **_which: Any) -> list[Word]:
        return list(self._todo)

    def batch_defer_jobs(self, words: Sequence[Word]) -> None:
        if {each.queueing_lock for each in words} & {each.queueing_lock for each in self._todo}:
            raise AlreadyEnqueued
        self._todo += words

    def defer_job(self, word: Word) -> None:
        self.batch_defer_jobs([word])

    def take(self, room: str) -> Word | None:
        """The next word of a queue of the engine."""
        mine = [each for each in self._todo if each.queue == room]
        first = max(mine, key=lambda each: each.priority, default=None)
        if first is not None:
            self._todo.remove(first)
        return first


class Connections:
    """Of one job: the requests that it has under way."""

    def __init__(self, under_way: UnderWay) -> None:
        self.under_way = under_way

    @staticmethod
    def for_job(under_way: UnderWay) -> Connections:
        return Connections(under_way)


class Machines(Hosts):
    """One machine for everything, or one that serves pages and one that runs jobs."""

    def __init__(
        self, baton: Baton, database: Database, run: Callable[[Task], Result], workers: bool
    ) -> None:
        nothing: Any = None
        machines = ("north", WORKER) if workers else ("north",)
        super().__init__(baton, database, nothing, Vault([KEY]), {"provision": run}, (), machines)
        self._workers, self._words = workers, Words()
        self._runners: dict[str, InProcessRunner] = {}

    def submit(self, job_id: int) -> None:
        """What the page does after it queued a job; nothing while its process is down."""
        process = self.machines["north"]
        if process is not None and "north" in self._runners:
            runner = self._runners["north"]
            self._baton.spawn(process, "page", lambda: runner.submit(job_id))

    def _main(self, process: Process) -> None:
        connections: Any = Connections
        database = SimpleNamespace(engine=self._database.engine(process))
        made: InProcessRunner
        if self._workers:
            made = DistributedRunner(nullcontext, database, connections, self._tasks, conninfo="")
            made._open = lambda: SimpleNamespace(job_manager=self._words)  # type: ignore[method-assign,assignment,return-value]
        else:
            made = InProcessRunner(nullcontext, database, connections, self._tasks)
        self.owner_of[process], self._runners[process.machine] = made.owner, made
        made.start()
        if process.machine == WORKER:
            for room, number in places_of(4).items():
                for _ in range(number):
                    self._baton.spawn(process, room, partial(self._serve, made, room))

    def _serve(self, runner: Any, room: str) -> None:
        """One place of a worker for a queue of the engine, as if each notification were lost."""
        while True:
            word = self._words.take(room)
            if word is None:
                self._baton.pause(LISTEN_AGAIN)
            else:
                runner._run_for_engine(**word.task_kwargs)


class Crowd:
    """All districts of one story."""

    def __init__(self, seed: int, districts: int, *, workers: bool) -> None:
        self.dice, self.baton = random.Random(seed), Baton(random.Random(seed + 1))
        numbers = range(1, districts + 1)
        self.kinds = dict(zip(numbers, (*BAD, *[FINE] * (districts - len(BAD))), strict=True))
        self.work: defaultdict[int, Work] = defaultdict(Work)
        where = folder()
        template = empty_template(where, lambda session: _districts(session, numbers))
        self.database = Database(self.baton, template, where, Limits())
        self.machines = Machines(self.baton, self.database, self.run, workers=workers)
        self._desk = Process("desk", 1)
        self._engine = self.database.engine(self._desk)
        self.pressed: dict[int, float] = {}
        """When people pressed in districts that are fine, by the job that it made."""
        self.waited: dict[int, float] = {}
        self.ended: Counter[Kind] = Counter()

    def tell(self, seconds: float, every: float) -> None:
        """A night in which each district's sync is due, and people press, each so many seconds."""
        with self._told():
            for machine in self.machines.machines:
                self.machines.start(machine)
            for number in self.kinds:
                self.ask(number, trigger="scheduled")
            for number, kind in self.kinds.items():
                if kind != FINE:
                    self.baton.spawn(self._desk, "bad", partial(self._keep_pressing, number, kind))
            self.baton.spawn(self._desk, "good", partial(self._press_anywhere, every))
            self.baton.run(lambda: False, seconds)
            for job_id, at in self.pressed.items():
                self.waited.setdefault(job_id, self.baton.now - at)
            for process in [*filter(None, self.machines.machines.values()), self._desk]:
                self.baton.kill(process)
        self.database.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        with told(self.baton, self.database, self.machines), pytest.MonkeyPatch.context() as patch:
            patch.setattr(in_process, "beating", self._beating)
            yield

    @contextmanager
    def _beating(self, beat: Callable[[], None], every: float) -> Iterator[None]:
        process, over = self.baton.process(), False
        assert process is not None

        def go_on() -> None:
            while not over:
                self.baton.pause(every)
                if not over:
                    beat()

        self.baton.spawn(process, "beat", go_on)
        try:
            yield
        finally:
            over = True

    # What people do

    def ask(self, number: int, trigger: str = "manual") -> int:
        """Press *Sync now*, or have the schedule do it; the new job, or 0 when one is there already."""
        with Session(self._engine) as session:
            for lane in (queue.PROVISION, queue.FOLLOWING):
                district = District(session, number)
                asked = queue.enqueue(
                    district, "provision", params={"what": "all"}, trigger=trigger, asked_by="", lane=lane
                )
                job_id, running = asked.job.id, asked.job.state == JobState.RUNNING
                session.commit()
                if not asked.joined:
                    self.machines.submit(job_id)
                    return 0 if running else job_id
        return 0

    def _press_anywhere(self, every: float) -> None:
        """In a district that is fine and in which nothing runs."""
        while True:
            self.baton.pause(self.dice.uniform(0.5, 1.5) * every)
            busy = self.database.ask("SELECT installation_id FROM job WHERE state = 'running'")
            fine = [each for each, kind in self.kinds.items() if kind == FINE and (each,) not in busy]
            job_id = self.ask(self.dice.choice(fine))
            if job_id:
                self.pressed[job_id] = self.baton.now

    def _keep_pressing(self, number: int, kind: Kind) -> None:
        while True:
            self.ask(number)
            self.baton.pause(15.0 if kind.cancels else self.dice.uniform(30.0, 600.0))
            if kind.cancels:
                with Session(self._engine) as session:
                    active = "SELECT id FROM job WHERE installation_id = ? AND state IN ('queued', 'running')"
                    for (job_id,) in self.database.ask(active, number):
                        queue.request_cancel(District(session, number), job_id)
                    session.commit()

    # What a sync does

    def run(self, task: Task) -> Result:
        """A sync whose requests take as long as is usual in its district."""
        if task.job_id in self.pressed:
            self.waited.setdefault(task.job_id, self.baton.now - self.pressed[task.job_id])
        kind, work = self.kinds[task.installation_id], self.work[task.job_id]
        if kind.dies:
            self.baton.pause(3.0)
            process = self.baton.process()
            assert process is not None
            self.machines.kill(process, 3.0)
        for feed in [each for each in FEEDS if each not in work.read]:
            task.progress.report(f"reading_{feed}", 0, 0)
            for number in range(kind.pages):
                self._call(task, "sis", kind.page)
                if kind.gives_up:
                    return Result(JobState.QUEUED, NO_REASON, clock.now() + PAUSE)
                task.progress.report(f"reading_{feed}", number + 1, 0)
            work.read.add(feed)
        while work.sent < kind.batches:
            self._call(task, "schoology", kind.batch)
            work.sent += 1
            task.progress.report("sending_user", work.sent, kind.batches)
        self.ended[kind] += 1
        return DONE

    def _call(self, task: Task, system: str, seconds: float) -> None:
        """A request; when it is given up, it is tried again."""
        until, connections = self.baton.now + seconds, task.wiring
        assert isinstance(connections, Connections)
        with connections.under_way(system) as given_up:
            while self.baton.now < until and not given_up():
                self.baton.pause(min(5.0, until - self.baton.now))
        if self.baton.now < until:
            self._call(task, system, seconds)


def _districts(session: Session, numbers: Sequence[int]) -> None:
    for number in numbers:
        add_installation(session, f"d-{number}", id=number)
