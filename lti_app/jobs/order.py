"""In which order waiting jobs run: installations take turns, in every queue and lane.

First comes the first job of each installation, then the second of each, and so on; what runs of it counts.
Among these, a person's jobs come before those of live sync, and these before those of the schedule. Whose
installation was last worked for the longest time ago comes first of all that are alike: by the age of the job
alone, one that asked for a thousand jobs yesterday would have all of them done before anybody who asks today.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from lti_app.jobs.queue import (
    BRIEF,
    FOLLOWING,
    ONE_RECORD,
    PROVISION,
    UNATTENDED,
    WRITERS,
    may_have_first_turn,
    may_run,
    takes_long,
)
from lti_app.models import Job, JobState
from lti_app.models.base import alias

RANKS = {trigger: rank for rank, trigger in enumerate(UNATTENDED, start=1)}
"""Triggers that come after all others, in this order."""


def place(session: Session, job: Job) -> int:
    """1 for the next job to run, over all installations; 0 for a job that isn't waiting."""
    if job.state != JobState.QUEUED:
        return 0
    ahead = queued_ids(session)
    return ahead.index(job.id) + 1 if job.id in ahead else 0


def first_turn_ids(session: Session) -> list[int]:
    """Waiting jobs that may begin in a place for first turns, in the order in which they should run."""
    return _in_order(session, may_have_first_turn())


def number_for_first_turn(session: Session) -> int:
    """How many jobs these are."""
    waiting = (Job.state == JobState.QUEUED, may_run(), may_have_first_turn())
    return session.scalars(select(func.count()).select_from(Job).where(*waiting)).one()


def queued_ids(session: Session, *, long: bool | None = None) -> list[int]:
    """Waiting jobs in the order in which they should run; only long or only short ones, if given.

    A job that was worked on and made room waits like one that was asked for when it stopped.
    """
    return _in_order(session, literal(long is None) | (takes_long() == literal(bool(long))))


def _in_order(session: Session, which: ColumnElement[bool]) -> list[int]:
    brief = (Job.lane.in_(BRIEF), RANKS["live"])
    rank = case(brief, *((Job.trigger == trigger, rank) for trigger, rank in RANKS.items()), else_=0)
    other = alias(Job, "of_the_district")
    theirs = select(other).where(other.installation_id == Job.installation_id)
    running = theirs.where(other.state == JobState.RUNNING).with_only_columns(func.count()).scalar_subquery()
    worked = (
        theirs.where((other.section_id == "") == (Job.section_id == ""))
        .with_only_columns(func.max(other.heartbeat_at))
        .scalar_subquery()
    )
    place = func.row_number().over(partition_by=Job.installation_id, order_by=(rank, Job.id))
    rows = (
        select(Job.id)
        .where(Job.state == JobState.QUEUED, may_run(), which)
        .order_by(
            running + place,
            rank,
            worked.nulls_first(),
            func.coalesce(Job.heartbeat_at, Job.created_at),
            Job.id,
        )
    )
    return list(session.scalars(rows))


def waiting_after(session: Session, job: Job) -> list[int]:
    """Jobs that can run because this one is over: runs of its district, and requests that found no slot."""
    if job.lane not in WRITERS:
        return []
    runs = Job.lane.in_((PROVISION, FOLLOWING))
    next_in_district = and_(Job.installation_id == job.installation_id, runs)
    waiting = (Job.state == JobState.QUEUED, may_run(), or_(Job.lane == ONE_RECORD, next_in_district))
    return list(session.scalars(select(Job.id).where(*waiting).order_by(Job.id)))
