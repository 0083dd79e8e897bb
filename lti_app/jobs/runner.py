"""What a task receives, how it ends, and how it reports progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs import reports
from lti_app.jobs.ownership import JobLost, Ownership
from lti_app.models import ActingUser, Installation, JobState, SisConnection
from lti_app.outbound.mail import Post
from lti_app.school.job_request import JobRequest
from lti_app.school.reasons import Reason
from lti_app.schoology.port import Schoology
from lti_app.sis.capabilities import Capabilities
from lti_app.sis.port import Sis
from lti_app.store.district import District
from lti_app.vault import Vault

SENDING = "sending_"
"""How the phases begin whose end is estimated."""
READING = "reading_"
"""How the phases begin that read a feed, which is read from its start after a break."""
ENOUGH = 0.05
"""The share of the work that has to be done before its pace says anything."""
LONGEST_PART = 5.0
"""Seconds of a pause after which a task checks for requests and signals."""


class JobCanceled(Exception):
    """Someone canceled the job: stop between two batches."""


class JobStopped(Exception):
    """This process is shutting down: the job goes back to the queue, and its run continues elsewhere."""


class JobMakesRoom(JobStopped):
    """Another district waits, and this job has had its time: it goes back to the queue."""


@dataclass(frozen=True)
class Result:
    """How a task ended, and why. QUEUED with `resume_at` pauses the job until then."""

    state: JobState
    message: Reason
    resume_at: datetime | None = None


@dataclass
class Pace:
    """How fast a number of things gets done, from the first report on."""

    total: int
    before: int
    since: datetime
    ends_at: datetime | None = None

    def end(self, done: int) -> datetime | None:
        """The moment at which all would be done, or an earlier one that was told before; None while too
        little is done to tell."""
        new, now = done - self.before, clock.now()
        if new > 0 and new >= ENOUGH * (self.total - self.before):
            found = now + (now - self.since) / new * (self.total - done)
            self.ends_at = min(found, self.ends_at) if self.ends_at else found
        return self.ends_at


class Progress:
    """Reports a task's progress, tells it when to stop, and runs requests for one record in between.

    `stopping` says whether the process of the worker is going down. `take` runs such a request in this
    thread to its end, with a session of its own; without it none are taken. `turn_is_over` says whether to
    make room for another job, given whether nothing that was read or sent is lost by it now.
    """

    def __init__(
        self,
        session: Session,
        job_id: int,
        owner: str,
        stopping: Callable[[], bool] = lambda: False,
        *,
        take: Callable[[int], bool] | None = None,
        ownership: Ownership | None = None,
        turn_is_over: Callable[[bool], bool] = lambda _between: False,
    ) -> None:
        self._session = session
        self._job_id = job_id
        self._owner = owner
        self._stopping = stopping
        self._take = take
        self._turn_is_over = turn_is_over
        self.ownership = ownership or Ownership()
        self._waiting: list[int] = []
        self.taken = 0
        """Number of requests run in between so far."""
        self._pace: Pace | None = None

    def report(self, phase: str, done: int, total: int) -> None:
        """Commit the task's work so far together with its progress, and run the waiting requests.

        Raises JobCanceled when someone asked to stop, JobStopped when this process goes down, and JobLost
        when another worker took over; in the last case the work so far is rolled back.
        """
        if self.note(phase=phase, done=done, total=total):
            self.take_waiting()

    def note(self, **values: Any) -> bool:
        """The same, but only return whether a request is waiting: for a task with requests under way."""
        phase = str(values.get("phase", ""))
        sends = phase.startswith(SENDING)
        begins_feed = phase.startswith(READING) and not values.get("done")
        if sends:
            values["ends_at"] = self._estimate(values["done"], values["total"])
        canceled = self._mine(**values, heartbeat_at=clock.now())
        self._waiting = reports.requests_waiting(self._session, self._job_id) if self._take else []
        self._session.commit()
        if canceled:
            raise JobCanceled
        if self._stopping():
            raise JobStopped
        if self._turn_is_over(sends or begins_feed):
            raise JobMakesRoom
        return bool(self._waiting)

    def _estimate(self, done: int, total: int) -> datetime | None:
        """When the sending ends if it keeps its pace; a later moment than before is never told."""
        if self._pace is None or self._pace.total != total:
            self._pace = Pace(total, done, clock.now())
        return self._pace.end(done)

    def take_waiting(self) -> None:
        """Run the waiting requests. Afterward the task's session reads its rows again."""
        if self._take is None:
            return
        for each in self._waiting:
            self.taken += self._take(each)
        self._waiting = []
        self._session.expire_all()

    def pause(self, seconds: float, wait: Callable[[float], None]) -> None:
        """Wait between two attempts, checking regularly, so that no request waits for a long pause."""
        while seconds > 0:
            if self.note():
                self.take_waiting()
            wait(min(seconds, LONGEST_PART))
            seconds -= LONGEST_PART

    def hold(self) -> None:
        """Make the open transaction depend on this worker still owning the job; the caller commits.

        Raises JobLost when another worker took over, and then the work so far is rolled back.
        """
        self._mine(owner=self._owner)

    def _mine(self, **values: Any) -> bool:
        """Write to the job's row, if it still is ours; whether someone asked to stop."""
        asked_at = time.monotonic()
        row = reports.write_to_own_row(self._session, self._job_id, self._owner, values)
        if row is None:
            self._session.rollback()
            raise JobLost
        self.ownership.confirm(asked_at)
        return bool(row.cancel_requested)


class Connections(Protocol):
    """How background work reaches systems outside the app, and at which pace."""

    @property
    def vault(self) -> Vault:
        """Opens and seals stored secrets."""

    @property
    def mailer(self) -> Post:
        """Sends emails."""

    @property
    def sleep(self) -> Callable[[float], None]:
        """Waits a number of seconds before a retry."""

    def for_job(self, under_way: Callable[[str], AbstractContextManager[Callable[[], bool]]]) -> Connections:
        """The same for one job, whose every request is noted by the system that is asked ("schoology",
        "sis"). What entering `under_way` raises reaches the task; it gives the question whether to give the
        request up."""

    @property
    def public_url(self) -> str:
        """The app's public address."""

    @property
    def in_flight(self) -> int:
        """How many requests a run has under way at the same time."""

    def slowness(self, installation: Installation) -> Callable[[], float]:
        """By how many times the current pace to its Schoology is slower than configured."""

    def capabilities(self, connection: SisConnection | None) -> Capabilities:
        """What the SIS of an installation can do, without a call."""

    def sis(self, connection: SisConnection) -> Sis:
        """The SIS of an installation."""

    def schoology(
        self, installation: Installation, acting_user: ActingUser, *, patient: bool = False
    ) -> Schoology:
        """Schoology as the Acting User sees it; `patient` for runs that let others go first."""


@dataclass(frozen=True)
class Task:
    """What a task gets: its own session, the row's facts, the wiring, and its progress."""

    session: Session
    job_id: int
    installation_id: int
    request: JobRequest
    wiring: Connections
    progress: Progress

    @property
    def district(self) -> District:
        """Whose rows these are."""
        return District(self.session, self.installation_id)


TaskIndex = Mapping[str, Callable[[Task], Result]]
