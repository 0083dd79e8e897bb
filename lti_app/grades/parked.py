"""Jobs of teachers that wait for an administrator, after Schoology or the SIS has refused the app.

Such a job stays in the queue with the moment since which it waits. It goes on once nothing refuses the app
anymore, it can be canceled like any other, and it ends after 14 days.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.grades.context import LANE
from lti_app.jobs.runner import Result
from lti_app.lti import acting
from lti_app.models import Installation, Job, JobState, SisConnection
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reasons import NO_REASON, Reason, because, several
from lti_app.store.district import District

LONGEST = timedelta(days=14)
"""So long a job waits for an administrator."""


def is_refused(district: District) -> bool:
    """Whether the rows say that an administrator has to renew the access of the app."""
    connection = district.session.get(SisConnection, district.id)
    acting_user = acting.acting_user(district)
    if connection is None or connection.problem or connection.gradebook_problem:
        return True
    return acting_user is None or bool(acting_user.problem)


def may_park(job: Job) -> bool:
    """Whether a person is behind the job: live sync owes its courses a comparison instead."""
    return job.kind == LANE


def park(job: Job, reason: Reason) -> Result:
    """Let a refused job wait, or end it with a line when it has waited for 14 days. The caller commits."""
    since = job.parked_at or clock.now()
    until = since + LONGEST
    if clock.now() >= until:
        return Result(JobState.FAILED, several(reason, because(EndingCode.WAITED_FOR_ACCESS)))
    job.parked_at = since
    return Result(
        JobState.QUEUED, several(reason, because(EndingCode.CONTINUES_WITH_ACCESS)), resume_at=until
    )


def resume(district: District) -> list[int]:
    """Let the jobs of a district go on that waited, unless something still refuses; these jobs. Commits."""
    waiting = district.session.scalars(district.select(Job).where(*_parked()).order_by(Job.id)).all()
    if not waiting or _stands_still(district):
        return []
    for each in waiting:
        each.parked_at, each.resume_at, each.message = None, None, NO_REASON
        each.pauses = 0  # the wait was no outage
    ids = [each.id for each in waiting]
    district.session.commit()
    return ids


def resume_all(session: Session) -> list[int]:
    """The same for every district."""
    districts = session.scalars(select(Job.installation_id).where(*_parked()).distinct()).all()
    return [job_id for each in sorted(districts) for job_id in resume(District(session, each))]


def _parked() -> tuple[ColumnElement[bool], ...]:
    return (Job.parked_at.is_not(None), Job.state == JobState.QUEUED)


def _stands_still(district: District) -> bool:
    """Whether a job would be stopped again before it has begun."""
    connection = district.session.get(SisConnection, district.id)
    paused = district.session.get_one(Installation, district.id).paused_reason
    return bool(paused) or is_refused(district) or connection is None or bool(connection.move)
