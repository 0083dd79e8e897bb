"""When the database doesn't answer for a moment, the job goes back to the queue and isn't lost."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
from psycopg.errors import UndefinedTable
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs.runner import Result
from lti_app.models import Job, JobState
from lti_app.outbound.pauses import Pauses
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reasons import because

OF_THE_DATABASE = (OperationalError, InterfaceError, PoolTimeout, psycopg.OperationalError)
"""A restarting server, a full pool, or a lock that took too long; also on the pace's own connections."""
PAUSES = Pauses(6, first=1, growth=1)
"""How often, and for how many minutes, a job is put back before it counts as failed."""
log = logging.getLogger(__name__)


def requeue(job: Job, error: Exception) -> Result:
    """Retry the job in a minute; after many tries, let it fail."""
    log.warning("job %s: the database did not answer (%s)", job.id, type(error).__name__)
    if job.pauses >= PAUSES.attempts:
        return Result(JobState.FAILED, because(EndingCode.DATABASE_DOWN))
    return Result(
        JobState.QUEUED,
        because(EndingCode.DATABASE_PAUSE),
        resume_at=clock.now() + timedelta(minutes=PAUSES.length(job.pauses)),
    )


def broke(job_id: int) -> Result:
    """Called while an exception is handled: the job's message, with the reference number of the log."""
    reference = uuid.uuid4().hex[:8]
    log.exception("job %s failed, reference %s", job_id, reference)
    return Result(JobState.FAILED, because(EndingCode.JOB_BROKE, reference=reference))


REMEDY = "it is tried again; a new database is made ready by 'flask --app wsgi db upgrade'"


@contextmanager
def log_and_continue(session: Session | None, what: str) -> Iterator[None]:
    """Run one of many steps. A failure is rolled back and logged, and the next step runs."""
    try:
        yield
    except Exception as error:
        if session is not None:
            session.rollback()
        if _no_database(error):
            log.error("%s waits for the database (%s): %s", what, type(error).__name__, REMEDY)
            return
        log.exception("%s failed, reference %s; it is tried again", what, uuid.uuid4().hex[:8])


def _no_database(error: Exception) -> bool:
    """Whether the database doesn't answer or has no tables yet; the traceback would add nothing."""
    return isinstance(error, OF_THE_DATABASE) or (
        isinstance(error, DBAPIError) and isinstance(error.orig, UndefinedTable)
    )
