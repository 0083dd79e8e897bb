"""When the database does not answer for a moment: the job goes back to the queue and is not lost."""

from __future__ import annotations

import logging
from datetime import timedelta

import psycopg
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from lti_app import clock
from lti_app.jobs.runner import Result
from lti_app.models import Job, JobState

OF_THE_DATABASE = (OperationalError, InterfaceError, PoolTimeout, psycopg.OperationalError)
"""A server that restarts, a full pool, a lock that took too long; also of the pace's own connections."""
PAUSES = 6
"""So often a job is put back before it is said to have failed."""
PAUSE = timedelta(minutes=1)
log = logging.getLogger(__name__)


def put_back(job: Job, error: Exception) -> Result:
    """Try the job again in a minute; after many tries say so."""
    log.warning("job %s: the database did not answer (%s)", job.id, type(error).__name__)
    if job.pauses >= PAUSES:
        return Result(
            JobState.FAILED,
            "The app's database did not answer again and again. Nothing was lost: the next sync goes on from "
            "here. Tell the people who host the app.",
        )
    return Result(
        JobState.QUEUED,
        "The app's database did not answer for a moment. Paused: it goes on by itself in a minute.",
        resume_at=clock.now() + PAUSE,
    )
