"""Syncs of whole districts take turns in the places that there are, and one that a person has just asked for
begins at once.

In a usual place, a job that works for long makes room when others wait: only between two batches that it
sends or two feeds that it reads, so that what was done is kept, and it goes on from there when its turn comes
again. While all usual places are taken, a person's job begins in a place for first turns. It may be broken
off anywhere there, also in the middle of a feed, once it has had its time and another person's job waits to
begin; then it goes on in a usual place. So no job holds such a place for long, however slow its systems are.
"""

from __future__ import annotations

import time

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from lti_app.jobs import queue
from lti_app.models import Job, JobState
from lti_app.models.base import alias

TURN = 300.0
"""Seconds that a job may work before it makes room for any other."""
TURN_BEFORE_PERSON = 60.0
"""Seconds that a job may work before it makes room for one that a person waits for."""
FIRST_TURN = 15.0
"""Seconds after which a job in a place for first turns makes room for another person's."""
LOOK_AGAIN = 10.0
"""Seconds between two looks at who waits."""
LOOK_OFTEN = 5.0
"""The same for jobs in places for first turns."""


class Turn:
    """The time of one job since a worker claimed it."""

    def __init__(self, session: Session, job: Job) -> None:
        self._session = session
        self._installation_id = job.installation_id
        self._shares = queue.is_long(job)
        self._began = time.monotonic()
        self._look_at = self._began + TURN_BEFORE_PERSON

    def is_over(self) -> bool:
        """Whether the job has had its time, and another district waits for a place."""
        now = time.monotonic()
        if not self._shares or now < self._look_at:
            return False
        self._look_at = now + LOOK_AGAIN
        only_people = now < self._began + TURN
        return others_wait(self._session, self._installation_id, only_people=only_people)


def others_wait(session: Session, installation_id: int, *, only_people: bool = False) -> bool:
    """Whether a job of another whole district could run if there were a place."""
    other = alias(Job, "writing_there")
    busy = exists().where(
        other.installation_id == Job.installation_id,
        other.state == JobState.RUNNING,
        other.lane.in_(queue.WRITERS),
    )
    waiting = select(Job.id).where(
        Job.installation_id != installation_id,
        Job.state == JobState.QUEUED,
        queue.takes_long(),
        queue.may_run(),
        ~busy,
    )
    if only_people:
        waiting = waiting.where(queue.asked_by_person())
    return session.scalars(waiting.limit(1)).first() is not None
