"""Heartbeats of running jobs, and the jobs of workers that stopped sending them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs import moment
from lti_app.models import Job, JobState
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because

SILENT_AFTER = timedelta(seconds=90)
"""A running job without a heartbeat for this long (three of 30 seconds) has lost its worker."""
MOST_TAKE_OVERS = 3
"""A job whose worker was lost so often at the same place fails: it may be what ends the process."""
BACK_OFF = timedelta(minutes=5)
"""How long such a job waits from the second time on, so that other jobs go on meanwhile."""


def beat(session: Session, owner: str, job_ids: set[int]) -> set[int]:
    """Write a heartbeat for the jobs of this worker. Returns those that still are its own."""
    mine = session.scalars(
        update(Job)
        .where(Job.id.in_(job_ids), Job.owner == owner, Job.state == JobState.RUNNING)
        .values(heartbeat_at=moment.now(session))
        .returning(Job.id)
    )
    found = set(mine)
    session.commit()
    return found


def requeue_silent(session: Session, dead_owners: set[str]) -> int:
    """Put back the jobs of workers that are silent or known to be dead. Returns how many.

    Rows that somebody else holds are left to the next look: a frozen session must not stop this one. A
    heartbeat that lies further ahead than it may be old comes from a wrong clock, and counts as none.
    """
    lost = or_(
        Job.heartbeat_at < moment.now(session, -SILENT_AFTER),
        Job.heartbeat_at > moment.now(session, SILENT_AFTER),
        Job.owner.in_(dead_owners),
    )
    found = select(Job).where(Job.state == JobState.RUNNING, lost).order_by(Job.id)
    there = found.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    number = sum(_put_back(session, job) for job in session.scalars(there))
    session.commit()
    return number


def _put_back(session: Session, job: Job) -> int:
    """Queue it again, later if it got no further than last time, or let it fail. 0 if it isn't lost now."""
    place = f"{job.phase}:{job.done}"
    times = job.take_overs + 1 if job.lost_at == place else 1
    values: dict[str, Any] = {"state": JobState.QUEUED}
    if times > 1:
        values["resume_at"] = clock.now() + BACK_OFF
    if times >= MOST_TAKE_OVERS:
        message = because(Code.JOB_ENDS_PROCESS, count=times)
        values = {"state": JobState.FAILED, "message": message, "finished_at": clock.now()}
    lost: Any = session.execute(
        update(Job)
        .where(Job.id == job.id, Job.owner == job.owner, Job.state == JobState.RUNNING)
        .where(Job.heartbeat_at == job.heartbeat_at)
        .values(owner="", take_overs=times, lost_at=place, **values)
    )
    assert isinstance(lost, CursorResult)
    return lost.rowcount


def owners(session: Session) -> set[str]:
    """The workers that currently own running jobs."""
    return set(session.scalars(select(Job.owner).where(Job.state == JobState.RUNNING)))
