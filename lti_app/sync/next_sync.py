"""When the next scheduled sync will be queued, and why then, in words; also while something is in its way."""

from __future__ import annotations

from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs import timing
from lti_app.models import Installation, SyncOptions
from lti_app.sync.due import WAITS
from lti_app.sync.readiness import NotReady, raise_if_not_ready
from lti_app.sync.schedule import SCHEDULED


def sentence(session: Session, installation_id: int) -> str:
    """What the page says; empty when nothing is scheduled."""
    options = session.get(SyncOptions, installation_id)
    if options is None or options.mode != SCHEDULED or options.next_due_at is None:
        return ""
    zone = session.get_one(Installation, installation_id).time_zone
    moment, now = timing.moment_words(options.next_due_at, zone), clock.now()
    times = f"Times are those of {zone.replace('_', ' ')} ({timing.abbreviation(options.next_due_at, zone)})."
    if options.next_due_at > now:
        return (
            f"The next sync will be queued {moment}: {options.next_due_why}. "
            f"{_hindrance(session, installation_id)}{times}"
        )
    until = timing.following(now, options.window, zone) - timing.TOO_CLOSE
    waits = options.next_due_why if options.next_due_why.startswith(WAITS) else ""
    return (
        f"The sync of {moment} is due. {waits or 'It is queued in a moment.'} "
        f"It is tried until {timing.moment_words(until, zone)}. {times}"
    )


def _hindrance(session: Session, installation_id: int) -> str:
    """What would keep it from starting if its moment were now."""
    try:
        raise_if_not_ready(session, installation_id, "all")
    except NotReady as error:
        return f"As things are it could not start: {error} "
    return ""
