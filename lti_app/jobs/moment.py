"""The moment by the one clock that all processes of a database share.

Leases and heartbeats of one machine are read by others. Their clocks may differ, so PostgreSQL writes and
compares these moments by its own. SQLite has one machine, whose clock may still be set back or forward:
whoever reads a moment that lies further ahead than anybody could have written it takes no notice of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, DateTime, func, literal
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models.base import UtcDateTime


def now(session: Session, later: timedelta = timedelta()) -> ColumnElement[datetime]:
    """The present moment, or one that is `later`, as part of a statement."""
    if is_by_server(session):
        return by_server() + later
    return literal(clock.now() + later, UtcDateTime())


def is_by_server(session: Session) -> bool:
    """Whether the database has a clock of its own."""
    return session.get_bind().dialect.name == "postgresql"


def by_server() -> ColumnElement[datetime]:
    """The present moment by the clock of PostgreSQL."""
    return func.clock_timestamp(type_=DateTime(timezone=True))
