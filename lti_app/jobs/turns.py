"""A sync of a whole district that works for long makes room when other districts wait.

Only between two batches that it sends or two feeds that it reads: what was done is kept, and the job goes on
from there when its turn comes again.
"""

from __future__ import annotations

import time

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from lti_app.jobs import queue
from lti_app.models import Job, JobState
from lti_app.models.base import alias

TURN = 300.0
"""Seconds that a job may work before it makes room."""
LOOK_AGAIN = 10.0
"""Seconds between two looks at who waits."""


class Turn:
    """The time of one job since a worker claimed it."""

    def __init__(self, session: Session, job: Job) -> None:
        self._session = session
        self._installation_id = job.installation_id
        self._shares = queue.is_long(job)
        self._until = time.monotonic() + TURN

    def is_over(self) -> bool:
        """Whether the job has had its time, and another district waits for a slot."""
        if not self._shares or time.monotonic() < self._until:
            return False
        self._until = time.monotonic() + LOOK_AGAIN
        return others_wait(self._session, self._installation_id)


def others_wait(session: Session, installation_id: int) -> bool:
    """Whether a job of another whole district could run if there were a slot."""
    other = alias(Job, "writing_there")
    busy = exists().where(
        other.installation_id == Job.installation_id,
        other.state == JobState.RUNNING,
        other.lane.in_(queue.WRITERS),
    )
    waiting = select(Job.id).where(
        Job.installation_id != installation_id,
        Job.state == JobState.QUEUED,
        Job.section_id == "",
        Job.lane.not_in(queue.SHORT),
        queue.may_run(),
        ~busy,
    )
    return session.scalars(waiting.limit(1)).first() is not None
