"""How a job of either sync ends that cannot go on: one ladder, and each sync says its own words.

What failed outside says what to do about it: the job waits and goes on by itself, or it ends and the
administrators are told, or it ends with what was refused. Whichever it is, the run that was begun is closed
with the job, unless the job comes back to it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import timedelta
from math import ceil
from typing import ClassVar

from lti_app import clock
from lti_app.jobs.runner import JobCanceled, Result, Task
from lti_app.models import Job, JobState, RunState
from lti_app.outbound.errors import OutsideError, ToDo
from lti_app.outbound.pauses import Pauses
from lti_app.runs.permit import HANDED_OVER, ActingUserChanged, ActingUserGone
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reasons import Reason, because, several
from lti_app.setup import connection
from lti_app.sis.errors import SisError
from lti_app.vault import VaultError

LONGEST_PAUSE = 24 * 60
"""Minutes: a server that asks to wait longer is asked again after a day."""


class Ending(ABC):
    """The end of one job. What a sync says and does of its own stands in its class."""

    pauses: Pauses
    """In minutes: how long an outage may pause a job before it gives up."""
    while_paused: ClassVar[EndingCode]
    """Said before when a paused job goes on."""
    canceled: ClassVar[EndingCode]
    """Said of a run that someone ended by hand."""
    stops: ClassVar[tuple[type[Exception], ...]] = (ActingUserGone, VaultError)
    """What ends a job beside failures of the outside."""

    def __init__(self, task: Task) -> None:
        self.task = task

    @property
    @abstractmethod
    def gave_up(self) -> Reason:
        """Said once an outage has paused the job often enough."""

    @abstractmethod
    def words(self, error: Exception) -> Reason:
        """Why the job cannot go on."""

    @abstractmethod
    def close(self, state: RunState, reason: Reason) -> None:
        """Close the run that the job has begun, if there is one. Commits."""

    @abstractmethod
    def refused_by_schoology(self, error: OutsideError) -> Result:
        """The permission of the Acting User does not do; what the administrators must know is noted."""

    def guard(self, work: Callable[[], Result]) -> Result:
        """Do the work; every way in which it can be stopped becomes the end of the job, or its pause."""
        try:
            return self._asking(work)
        except JobCanceled:
            self.close(RunState.CANCELED, because(self.canceled))
            raise
        except ActingUserChanged:
            return HANDED_OVER
        except self.stops as error:
            return self.stopped(error)

    def _asking(self, work: Callable[[], Result]) -> Result:
        """Ask what failed outside what to do about it."""
        try:
            return work()
        except OutsideError as error:
            if error.to_do is ToDo.WAIT:
                return self.pause(self.words(error), error.retry_after)
            if error.to_do is ToDo.GIVE_UP:
                return self._outage_first(error)
            return self._ask_administrator(error)

    def pause(self, reason: Reason, retry_after: float | None = None) -> Result:
        """An outage: the job waits and goes on where it stood, a few times, before it gives up.

        A server that asks for a longer wait gets it, up to a day.
        """
        self.task.session.rollback()
        job = self.task.session.get_one(Job, self.task.job_id)
        if job.pauses >= self.pauses.attempts:
            return self.fail(several(reason, self.gave_up))
        asked = min(ceil((retry_after or 0.0) / 60), LONGEST_PAUSE)
        minutes = max(round(self.pauses.length(job.pauses)), asked)
        return Result(
            JobState.QUEUED,
            several(reason, because(self.while_paused, minutes=minutes)),
            resume_at=clock.now() + timedelta(minutes=minutes),
        )

    def _outage_first(self, error: OutsideError) -> Result:
        """Every job begins with a connection that worked before. One that answers otherwise now is tried as
        often as one that is silent, and only then called wrong."""
        job = self.task.session.get(Job, self.task.job_id)
        if not error.outage_first or job is None or job.pauses >= self.pauses.attempts:
            return self.fail(self.words(error))
        return self.pause(self.words(error))

    def fail(self, reason: Reason) -> Result:
        """It cannot go on: the run that this attempt, or one before it, left open is closed."""
        self.close(RunState.FAILED, reason)
        return Result(JobState.FAILED, reason)

    def stopped(self, error: Exception) -> Result:
        """Someone of the district stopped it, or no one is there whose permission it has."""
        return self.fail(self.words(error))

    def _ask_administrator(self, error: OutsideError) -> Result:
        if not isinstance(error, SisError):
            return self.refused_by_schoology(error)
        self.task.session.rollback()
        connection.note_refusal(self.task.district, error)
        self.task.session.commit()
        return self.fail(self.words(error))
