"""Whether the Acting User may write: asked before a job, and again and again during a long one.

A job works with the token that it began with. When someone else becomes the Acting User, it stops
before its next change and goes on from the queue, with the permission of the one who is it now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from lti_app import clock
from lti_app.jobs.runner import Result, Task
from lti_app.lti import acting
from lti_app.models import ActingUser, Installation, JobState
from lti_app.outbound.errors import Refused
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, Told, because
from lti_app.schoology.port import Schoology

CONFIRM_EVERY = timedelta(seconds=60)
"""So often a job asks whether the Acting User may still write."""
NOBODY = because(Code.NO_ACTING_USER)


class ActingUserGone(Told):
    """There is no Acting User who may write; the reason says why, who it was, and what to do."""


class ActingUserChanged(Exception):
    """Someone else is the Acting User by now, or the same person gave a new permission."""


class Paused(Told):
    """Syncing was paused for the district while the job was under way; the reason says why."""


HANDED_OVER = Result(JobState.QUEUED, because(EndingCode.ACTING_USER_CHANGED))


@dataclass(frozen=True)
class Permit:
    """The Acting User as a job found them."""

    task: Task
    uid: str
    since: datetime

    @classmethod
    def of(cls, task: Task, acting_user: ActingUser) -> Permit:
        """For a job that takes this person's token."""
        return cls(task, acting_user.uid, acting_user.since)

    def confirm(self, schoology: Schoology) -> None:
        """Ask Schoology. Raises ActingUserGone or ActingUserChanged when the job must not go on."""
        self._still_the_same()
        problem = Code.ROLE_LOST
        try:
            me = schoology.me()
            if me.is_system_admin:
                found = self._still_the_same()
                found.checked_at = clock.now()
                acting.note_zone(self.task.district, found, me.time_zone)
                self.task.session.commit()
                return
        except Refused:
            problem = Code.PERMISSION_VOID
        raise ActingUserGone(self.note(problem))

    def note(self, problem: Code) -> Reason:
        """Keep who it was and since when it is known, for the banner and the log. Commits."""
        district = self.task.district
        district.session.rollback()
        found = acting.problem_of(district, self._still_the_same(), problem)
        acting.note_problem(district, found)
        district.session.commit()
        return found

    def _still_the_same(self) -> ActingUser:
        """The row as it stands now, whatever this session has read before."""
        found = self.task.session.get(ActingUser, self.task.installation_id, populate_existing=True)
        if found is None:
            raise ActingUserGone(NOBODY)
        if (found.uid, found.since) != (self.uid, self.since):
            raise ActingUserChanged
        return found


class Confirming:
    """Sees each time whether the district was paused, and at most once in CONFIRM_EVERY whether the Acting
    User may still write."""

    def __init__(self, permit: Permit, schoology: Schoology) -> None:
        self._permit, self.schoology = permit, schoology
        self._asked_at = clock.now()

    def __call__(self) -> None:
        """Raises Paused, ActingUserGone or ActingUserChanged."""
        task = self._permit.task
        query = select(Installation.paused_reason).where(Installation.id == task.installation_id)
        if reason := task.session.scalar(query):
            raise Paused(reason)
        if clock.now() - self._asked_at >= CONFIRM_EVERY:
            self._asked_at = clock.now()
            self._permit.confirm(self.schoology)
