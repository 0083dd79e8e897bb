"""Procrastinate in front of the same rows: any number of web processes, any number of workers.

The engine only says "look at this job"; whoever comes first claims the row, so a double word does no harm
and a lost one is sent again at the next tick. It keeps no lock of its own: the row's claim is the lock, and
unlike the engine's it is freed with the worker's heartbeat (see docs/decisions/0012).
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from procrastinate import App, PsycopgConnector, SyncPsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job as EngineJob
from procrastinate.jobs import Status
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.jobs import lease, queue
from lti_app.jobs.failures import log_and_continue
from lti_app.jobs.in_process import LEASE, InProcessRunner
from lti_app.jobs.places import WORKERS, Place
from lti_app.models import Job

TASK = "run_job"
NIGHT, DAY, FIRST = "provisioning", "sections", "first-turns"
"""The engine's queues: runs of a whole district, the short jobs of one section's gradebook, and runs that a
person has just asked for, which are told to two queues and taken by whichever has a place."""
PLACES = {NIGHT: Place.DISTRICT, DAY: Place.SHORT, FIRST: Place.FIRST_TURN}
URGENT, USUAL = 10, 0
WORKER = "worker"
"""Name of the lease that says when a worker was last heard of, and which one."""
LISTEN_AGAIN = 5.0
"""Seconds after which a worker looks for jobs whose notification was lost."""
STALLED_AFTER = 90.0
"""Seconds without a heartbeat; the engine's workers beat every ten."""


class WorkerEnded(Exception):
    """One of the two queues stopped unexpectedly: end the process, so that the host restarts it."""


class DistributedRunner(InProcessRunner):
    """Ticks like the in-process runner, and hands jobs to whichever worker is free."""

    def __init__(self, *args: Any, conninfo: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._conninfo = conninfo
        self._engine = App(connector=SyncPsycopgConnector(conninfo=conninfo))
        self._engine.task(name=TASK)(self._run_for_engine)
        self._opened = False
        self._opening = threading.Lock()
        self._works = False

    def _hand_out(self, job_ids: Sequence[int]) -> None:
        """Say to the workers that jobs wait, in one statement for all that they haven't been told of; once is
        enough until one of them has heard it."""
        manager = self._open().job_manager
        told = {each.queueing_lock for each in manager.list_jobs(task=TASK, status=Status.TODO.value)}
        with self._app_context(), Session(self._db.engine) as session:
            jobs = session.scalars(select(Job).where(Job.id.in_(job_ids)).order_by(Job.id)).all()
            every = [self._word(job, room) for job in jobs for room in _rooms(job)]
        words = [each for each in every if each.queueing_lock not in told]
        if not words:
            return
        try:
            manager.batch_defer_jobs(words)
        except AlreadyEnqueued:  # another process was faster with one of them
            for each in words:
                with suppress(AlreadyEnqueued):
                    manager.defer_job(each)

    def _word(self, job: Job, room: str) -> EngineJob:
        """What the engine is told of a job in one of its queues."""
        priority = USUAL if job.trigger == "scheduled" else URGENT
        lock = f"first-{job.id}" if room == FIRST else f"job-{job.id}"
        about = self._engine.configure_task(TASK, queue=room, queueing_lock=lock, priority=priority)
        return about.make_new_job(job_id=job.id, room=room)

    def prepare(self) -> bool:
        """Make the engine's tables in PostgreSQL; False when they are there."""
        if self.has_tables():
            return False
        self._open().schema_manager.apply_schema()
        return True

    def stop(self) -> None:
        """Stop ticking and close the connections."""
        super().stop()
        with self._opening:
            if self._opened:
                self._engine.close()
                self._opened = False

    def work(self, concurrency: int = WORKERS) -> None:
        """Run jobs in this process until SIGTERM or SIGINT; what is under way goes back to the queue."""
        self._works, self._slots = True, concurrency
        self.start()
        try:
            asyncio.run(self._work(concurrency))
        finally:
            self.stop()

    async def _work(self, concurrency: int) -> None:
        """Each queue has places of its own, so that a grade does not wait for the night's syncs."""
        rooms = places_of(concurrency)
        threads = ThreadPoolExecutor(sum(rooms.values()))
        asyncio.get_running_loop().set_default_executor(threads)
        engine = self._engine.with_connector(PsycopgConnector(conninfo=self._conninfo))
        async with engine.open_async():
            servers = [asyncio.create_task(_serve(engine, *each)) for each in rooms.items()]
            sweeper = asyncio.create_task(self._forget_stalled(engine))
            for each in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(each, self._leave, servers)
            await asyncio.wait(servers, return_when=asyncio.FIRST_COMPLETED)
            asked_to = self._stopping.is_set()
            if not asked_to:  # a second word to leave would break off what is being put back
                self._leave(servers)
            ended = await asyncio.gather(*servers, return_exceptions=True)
            sweeper.cancel()
        if not asked_to:
            failures = [each for each in ended if isinstance(each, Exception)]
            raise WorkerEnded from (failures[0] if failures else None)

    def _leave(self, servers: list[asyncio.Task[None]]) -> None:
        self._stopping.set()
        for each in servers:
            each.cancel()

    async def _forget_stalled(self, engine: App) -> None:
        """Remove what killed workers left in the engine; the tick has already put their rows back."""
        while True:
            with log_and_continue(None, "forgetting stalled jobs"):
                for job in await engine.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
                    await engine.job_manager.finish_job(job, Status.FAILED, delete_job=True)
            await asyncio.sleep(self._tick_seconds)

    def _beat(self, session: Session) -> None:
        """Web processes tick too, and run no jobs: only workers are noted as heard of."""
        super()._beat(session)
        if self._works and self._may_work(session):
            lease.note(session, WORKER, self.owner, LEASE)

    def _run_for_engine(self, job_id: int, room: str = "") -> None:
        """One word, one job: whichever of its queue is first by now, so that no district starves another.
        Words of a release of before do not name the room."""
        if not self._stopping.is_set():
            self._run_one_of(PLACES[room] if room else self._place_of(job_id))

    def _place_of(self, job_id: int) -> Place:
        with self._app_context(), Session(self._db.engine) as session:
            job = session.get(Job, job_id)
            return Place.DISTRICT if job is None or queue.is_long(job) else Place.SHORT

    def _open(self) -> App:
        with self._opening:
            if not self._opened:
                self._engine.open()
                self._opened = True
        return self._engine

    def has_tables(self) -> bool:
        """Whether the engine's tables are there."""
        try:
            return self._open().check_connection()
        except ConnectorException:
            return False


def _rooms(job: Job) -> tuple[str, ...]:
    """The queues in which a job is told."""
    if not queue.is_long(job):
        return (DAY,)
    begins = job.started_at is None and job.trigger not in queue.UNATTENDED
    return (NIGHT, FIRST) if begins else (NIGHT,)


def places_of(concurrency: int) -> dict[str, int]:
    """How many jobs of each of the engine's queues a worker runs at a time."""
    return dict.fromkeys(PLACES, concurrency)


async def _serve(engine: App, room: str, concurrency: int) -> None:
    await engine.run_worker_async(
        queues=[room],
        concurrency=concurrency,
        delete_jobs="always",
        fetch_job_polling_interval=LISTEN_AGAIN,
        install_signal_handlers=False,
    )
