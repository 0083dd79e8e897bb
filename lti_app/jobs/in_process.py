"""APScheduler inside the web process: a tick every 30 seconds and a pool of threads for tasks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.orm import Session

from lti_app import clock, release
from lti_app.jobs import heartbeats, lease, order, queue, turns
from lti_app.jobs.calls import Calls
from lti_app.jobs.execute import Worker
from lti_app.jobs.failures import log_and_continue
from lti_app.jobs.ownership import Ownership
from lti_app.jobs.places import WORKERS, Place, Places
from lti_app.jobs.runner import Connections, TaskIndex
from lti_app.jobs.running import Running
from lti_app.jobs.shutdown import at_exit
from lti_app.jobs.threads import beating
from lti_app.jobs.worker_id import dead_owners_here, new_owner
from lti_app.logs import say
from lti_app.models import Job

Periodic = Callable[[Session, Connections], None]
"""Called in every tick by the process that holds the lease; it decides whether it is due.
Gets a session and the connections to other systems."""
MayWork = Callable[[Session], bool]
"""Whether this process may take jobs: its keys and its release fit the database."""
After = Callable[[Session, Job], Sequence[int]]
"""Called when a job is over; returns the IDs of jobs that can run because of it."""
TICK_SECONDS = 30.0
LEASE = timedelta(seconds=3 * TICK_SECONDS)
LONGEST_TICK = timedelta(minutes=10)
"""A tick that takes longer loses the lease, so another process can do what is due."""
log = logging.getLogger(__name__)


class InProcessRunner:
    """Claims queued rows and runs their tasks, each in an app context and a session of its own."""

    def __init__(  # noqa: PLR0913 - what the factory wires together, all named
        self,
        app_context: Callable[[], AbstractContextManager[Any]],
        db: Any,
        wiring: Connections,
        tasks: TaskIndex,
        *,
        periodic: Sequence[Periodic] = (),
        after: After | None = None,
        may_work: MayWork = lambda _session: True,
        tick_seconds: float = TICK_SECONDS,
    ) -> None:
        self._periodic = periodic
        self._after = after
        self._may_work = may_work
        self._tick_seconds = tick_seconds
        self.owner = new_owner()
        self._app_context = app_context
        self._db = db
        self._wiring = wiring
        self._stopping = threading.Event()
        self._tasks = tasks
        self._running = Running(self.owner)
        self._ticking_since: datetime | None = None
        self._places = Places()
        self._slots = WORKERS
        self._scheduler: BackgroundScheduler | None = None
        self.started = False
        """Whether this process ever selected."""

    def start(self) -> None:
        """Start ticking. Called once in a process that serves pages."""
        self.started = True
        say(log, "started", owner=self.owner, version=release.version(), commit=release.commit() or "-")
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={"default": ThreadPoolExecutor(2), "tasks": ThreadPoolExecutor(Places.number())},
            job_defaults={"coalesce": True, "misfire_grace_time": None},
        )
        often: dict[str, Any] = {"trigger": "interval", "seconds": self._tick_seconds}
        first = clock.now()
        tick = log_and_continue(None, "the scheduler’s round")(self.tick)
        beat = log_and_continue(None, "the heartbeat")(self.beat)
        self._scheduler.add_job(tick, id="tick", next_run_time=first, **often)
        self._scheduler.add_job(beat, id="beat", **often)
        self._scheduler.start()
        at_exit(self._begin_no_more)

    def _begin_no_more(self) -> None:
        """Begin nothing new: at the end of a process its pools take no more work."""
        self._stopping.set()
        if self._scheduler is not None and self._scheduler.running:
            self._scheduler.pause()

    def stop(self) -> None:
        """Stop ticking; running tasks stop at their next report and go back to the queue."""
        self._begin_no_more()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=True)
            self._scheduler = None

    def submit(self, job_id: int) -> None:
        """Ask for the job to run soon; if the engine doesn't respond, the row waits for the next tick."""
        with log_and_continue(None, f"handing out job {job_id}"):
            self._hand_out([job_id])

    def _hand_out(self, job_ids: Sequence[int]) -> None:
        """Wake threads of the pool, no more than there are; without a scheduler (a command, a test) the rows
        simply wait."""
        if self._scheduler is None:
            return
        for job_id in job_ids[: Places.number()]:
            self._scheduler.add_job(
                self.run_next, id=f"job-{job_id}", executor="tasks", replace_existing=True, max_instances=2
            )

    def run_next(self) -> None:
        """Run waiting jobs in their current order: a later job may have moved ahead."""
        while not self._stopping.is_set() and self._run_first():
            pass

    def _run_first(self) -> bool:
        """Whole districts first: short jobs, which may never end, have places of their own."""
        return any(self._run_in(place) for place in Place)

    def _run_in(self, place: Place) -> bool:
        with self._places.take(place) as taken:
            return taken and self._run_one_of(place)

    def _run_one_of(self, place: Place) -> bool:
        """Run the first waiting job that may take such a place."""
        with self._app_context(), Session(self._db.engine) as session:
            if not self._may_work(session):
                return False
            waiting = place.waiting(session)
        return any(self.run_now(job_id, first_turn=place is Place.FIRST_TURN) for job_id in waiting)

    def tick(self) -> None:
        """Send heartbeats for our jobs, free the jobs of dead workers, and hand out waiting jobs.

        A process that may not work leaves the lease to another one.
        """
        self._ticking_since = clock.now()
        try:
            with self._app_context(), Session(self._db.engine) as session:
                self._beat(session)
                self._running.put_back_orphans(session)
                if self._may_work(session) and self._may_tick(session):
                    self._look_around(session)
        finally:
            self._ticking_since = None

    def _look_around(self, session: Session) -> None:
        told: set[int] = set()
        heartbeats.requeue_silent(session, dead_owners_here(heartbeats.owners(session)))
        self._hand_out_waiting(session, told)
        for each in self._periodic:
            with log_and_continue(session, each.__name__):
                each(session, self._wiring)
            self._hand_out_waiting(session, told)

    def _hand_out_waiting(self, session: Session, told: set[int]) -> None:
        """Hand out each waiting job once in a round, those too that a periodic has just queued."""
        with log_and_continue(session, "handing out what waits"):
            waiting = [each for each in order.queued_ids(session) if each not in told]
            session.rollback()
            if waiting:
                self._hand_out(waiting)
            told.update(waiting)

    def beat(self) -> None:
        """Send heartbeats for our jobs, and keep the lease while a slow tick is running."""
        with self._app_context(), Session(self._db.engine) as session:
            self._beat(session)
            since = self._ticking_since
            if since is not None and clock.now() - since < LONGEST_TICK:
                lease.renew(session, "scheduler", self.owner, LEASE)

    def _beat(self, session: Session) -> None:
        self._running.beat(session)

    def _may_tick(self, session: Session) -> bool:
        """Hold the lease; takes over immediately from a dead process on this machine."""
        if lease.hold(session, "scheduler", self.owner, LEASE):
            return True
        dead = dead_owners_here({lease.holder_of(session, "scheduler")})
        return any(lease.take_from(session, "scheduler", each, self.owner, length=LEASE) for each in dead)

    def run_now(self, job_id: int, *, inside: int = 0, first_turn: bool = False) -> bool:
        """Claim and run one job in this thread; in a command, where nothing ticks, with a heartbeat thread.

        `inside` is the job of this thread that takes a request in between: both live by the same heart.
        `first_turn` says that it runs in a place for those, which it leaves when it has had its time.
        """
        beats = self._scheduler is None and not inside
        calls = Calls(Ownership(), self._stopping.is_set, first_turn=first_turn)
        if not self._running.begin(job_id, calls):
            return False
        with self._app_context(), Session(self._db.engine, expire_on_commit=False) as session:
            try:
                if not queue.claim(session, job_id, self.owner, inside=inside, slots=self._slots):
                    return False
                worker = Worker(self.owner, self._tasks, self._wiring, self._stopping.is_set)
                take = partial(self.run_now, inside=job_id)
                looks = beating(self._make_room, turns.LOOK_OFTEN) if first_turn else nullcontext()
                with looks, beating(self.beat, TICK_SECONDS) if beats else nullcontext():
                    worker.run(session, job_id, calls, take)
            finally:
                self._running.end(job_id)
            self._follow_up(session, job_id)
        return True

    def _make_room(self) -> None:
        with self._app_context(), Session(self._db.engine) as session:
            self._running.make_room(session)

    def _follow_up(self, session: Session, job_id: int) -> None:
        """Hand out what arrived for a section while its job ran, or had to wait until it ended."""
        job = session.get(Job, job_id)
        if job is None or self._stopping.is_set():
            return
        following = list(self._after(session, job)) if self._after else []
        for each in (*following, *order.waiting_after(session, job)):
            self.submit(each)
