"""One failure stops nobody else: a guard for what is done in turn for many."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from psycopg.errors import UndefinedTable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from lti_app.jobs.hiccups import OF_THE_DATABASE

REMEDY = "it is tried again; a new database is made ready by 'flask --app wsgi db upgrade'"
log = logging.getLogger(__name__)


@contextmanager
def alone(session: Session | None, what: str) -> Iterator[None]:
    """Do one of many things. When it fails it is rolled back and logged, and the next one goes on."""
    try:
        yield
    except Exception as error:
        if session is not None:
            session.rollback()
        if _no_database(error):
            log.error("%s waits for the database (%s): %s", what, type(error).__name__, REMEDY)
            return
        log.exception("%s failed, reference %s; it is tried again", what, uuid.uuid4().hex[:8])


def calmly(work: Callable[[], None], what: str) -> None:
    """Do what a clock asks for again and again."""
    with alone(None, what):
        work()


def _no_database(error: Exception) -> bool:
    """It does not answer, or nobody has made its tables yet: where that happened says nothing."""
    return isinstance(error, OF_THE_DATABASE) or (
        isinstance(error, DBAPIError) and isinstance(error.orig, UndefinedTable)
    )
