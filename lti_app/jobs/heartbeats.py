"""Heartbeats of running jobs, and the jobs of workers that stopped sending them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, case, or_, select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs import moment
from lti_app.models import Job, JobState
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reasons import because

SILENT_AFTER = timedelta(seconds=90)
"""A running job without a heartbeat for this long (three of 30 seconds) has lost its worker."""
MOST_TAKE_OVERS = 3
"""A job whose worker was lost so often at the same place fails: it may be what ends the process."""
BACK_OFF = timedelta(minutes=5)
"""How long such a job waits from the second time on, so that other jobs go on in the meantime."""


@dataclass(frozen=True)
class Wait:
    """A request without an answer: which system was asked ("schoology", "sis"), and for how many seconds."""

    system: str
    seconds: float


def beat(
    session: Session, owner: str, job_ids: Collection[int], waits: Mapping[int, Wait] | None = None
) -> dict[int, bool]:
    """Write a heartbeat for the jobs of this worker, with how long they have waited for an answer. Returns
    those that still are its own, and whether someone canceled them."""
    unanswered: dict[str, Any] = {"unanswered_since": None, "unanswered_by": ""}
    if waits:
        since = {each: moment.now(session, -timedelta(seconds=wait.seconds)) for each, wait in waits.items()}
        unanswered["unanswered_since"] = case(since, value=Job.id, else_=None)
        unanswered["unanswered_by"] = case(
            {each: wait.system for each, wait in waits.items()}, value=Job.id, else_=""
        )
    mine = session.execute(
        update(Job)
        .where(Job.id.in_(job_ids), Job.owner == owner, Job.state == JobState.RUNNING)
        .values(heartbeat_at=moment.now(session), **unanswered)
        .returning(Job.id, Job.cancel_requested)
    )
    found = {job_id: bool(canceled) for job_id, canceled in mine}
    session.commit()
    return found


def requeue_orphans(session: Session, owner: str, job_ids: Collection[int]) -> int:
    """Put back the jobs that this worker owns and doesn't run: the connection broke while a claim or an end
    was committed, so that no one here knows of it. Returns how many."""
    mine = (Job.owner == owner, Job.state == JobState.RUNNING, Job.id.not_in(job_ids))
    found = session.scalars(select(Job).where(*mine).order_by(Job.id)).all()
    number = sum(_put_back(session, job) for job in found)
    session.commit()
    return number


def requeue_silent(session: Session, dead_owners: set[str]) -> int:
    """Put back the jobs of workers that are silent or known to be dead. Returns how many.

    Rows that someone else holds are left to the next look: a frozen session must not stop this one. A
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
        message = because(EndingCode.JOB_ENDS_PROCESS, count=times)
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
