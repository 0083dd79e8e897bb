"""What a task gets in its hands, how it ends, and how it tells of its progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import Job, JobState


class JobCancelled(Exception):
    """Someone pressed Cancel: stop between two batches."""


class JobLost(Exception):
    """The job belongs to another worker by now: stop without writing anything more."""


class JobStopped(Exception):
    """This process is going down: the job goes back to the queue, and its run goes on elsewhere."""


@dataclass(frozen=True)
class Result:
    """How a task ended, in words for people. QUEUED with `resume_at` pauses the job until then."""

    state: JobState
    message: str
    resume_at: datetime | None = None


class Progress:
    """Lets a task say how far it is, and tells it when to stop.

    `stopping` says whether the process of the worker is going down.
    """

    def __init__(
        self, session: Session, job_id: int, owner: str, stopping: Callable[[], bool] = lambda: False
    ) -> None:
        self._session = session
        self._job_id = job_id
        self._owner = owner
        self._stopping = stopping

    def report(self, phase: str, done: int, total: int) -> None:
        """Commit the task's work so far together with its progress.

        Raises JobCancelled when someone asked to stop, JobStopped when this process goes down, and JobLost
        when another worker took over; in the last case the work so far is rolled back.
        """
        cancelled = self._mine(phase=phase, done=done, total=total, heartbeat_at=clock.now())
        self._session.commit()
        if cancelled:
            raise JobCancelled
        if self._stopping():
            raise JobStopped

    def hold(self) -> None:
        """Make the transaction under way hold only while the job is this worker's; the caller commits.

        Raises JobLost when another worker took over, and then the work so far is rolled back.
        """
        self._mine(owner=self._owner)

    def _mine(self, **values: Any) -> bool:
        """Write to the job's row, if it still is ours; whether someone asked to stop."""
        row = self._session.execute(
            update(Job)
            .where(Job.id == self._job_id, Job.owner == self._owner, Job.state == JobState.RUNNING)
            .values(**values)
            .returning(Job.cancel_requested)
        ).first()
        if row is None:
            self._session.rollback()
            raise JobLost
        return bool(row.cancel_requested)


@dataclass(frozen=True)
class Task:
    """What a task gets: its own session, the row's facts, the wiring, and its progress."""

    session: Session
    job_id: int
    installation_id: int
    params: Mapping[str, Any]
    wiring: Any
    progress: Progress


TaskIndex = Mapping[str, Callable[[Task], Result]]
