"""Heartbeats of running jobs, and the jobs of workers that stopped sending them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import Job, JobState

SILENT_AFTER = timedelta(seconds=90)
"""A running job without a heartbeat for this long (three of 30 seconds) has lost its worker."""


def beat(session: Session, owner: str, job_ids: set[int]) -> None:
    """Write a heartbeat for the jobs of this worker."""
    session.execute(
        update(Job)
        .where(Job.id.in_(job_ids), Job.owner == owner, Job.state == JobState.RUNNING)
        .values(heartbeat_at=clock.now())
    )
    session.commit()


def requeue_silent(session: Session, dead_owners: set[str]) -> int:
    """Put back the jobs of workers that are silent or known to be dead. Returns how many."""
    silent = Job.heartbeat_at < clock.now() - SILENT_AFTER
    lost = session.execute(
        update(Job)
        .where(Job.state == JobState.RUNNING, silent | Job.owner.in_(dead_owners))
        .values(state=JobState.QUEUED, owner="")
    )
    session.commit()
    assert isinstance(lost, CursorResult)
    return lost.rowcount


def owners(session: Session) -> set[str]:
    """The workers that currently own running jobs."""
    return set(session.scalars(select(Job.owner).where(Job.state == JobState.RUNNING)))
