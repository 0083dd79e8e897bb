"""The daily sync of a district: when it is due, why then, and queueing it once."""

from __future__ import annotations

import logging
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs import queue, timing
from lti_app.models import Installation, SyncOptions
from lti_app.sync.readiness import NotReady, raise_if_not_ready

SCHEDULED, MANUAL = "scheduled", "manual"
RESETTING = frozenset(("all", "users", "courses", "sections"))
"""What of manual syncs resets the wait; previews, single records, undo and checks do not."""
log = logging.getLogger(__name__)


def resets(what: str, *, plan_only: bool) -> bool:
    """Whether asking for such a sync begins the wait of 24 hours anew."""
    return what in RESETTING and not plan_only


def reset(session: Session, installation_id: int, because: str) -> None:
    """Begin the wait anew, at this moment. `because` is what happened, such as "the manual sync".

    The caller commits.
    """
    options = session.get(SyncOptions, installation_id)
    if options is None or options.mode != SCHEDULED:
        return
    zone = session.get_one(Installation, installation_id).time_zone
    now = clock.now()
    options.next_due_at = timing.after_reset(now, options.window, zone)
    options.next_due_why = (
        f"24 hours after {because} of {timing.moment_words(now, zone, with_date=False)}, then the next "
        f"{timing.window_words(options.window)} window"
    )


def choose(session: Session, installation_id: int, mode: str, window: int) -> None:
    """Store mode and window; a change of either begins the wait anew. The caller commits."""
    options = session.get(SyncOptions, installation_id)
    if options is None:
        options = SyncOptions(installation_id=installation_id)
        session.add(options)
    if (options.mode, options.window) == (mode, window):
        return
    options.mode, options.window = mode, window
    options.next_due_at, options.next_due_why = None, ""
    reset(session, installation_id, "the change of the schedule")


def move_zone(session: Session, installation_id: int, zone: str) -> None:
    """Another time zone: the next sync stays on its day, at the window's hour there. The caller commits."""
    installation = session.get_one(Installation, installation_id)
    options = session.get(SyncOptions, installation_id)
    if options is not None and options.next_due_at is not None:
        day = options.next_due_at.astimezone(ZoneInfo(installation.time_zone)).date()
        options.next_due_at = timing.start_of(day, options.window, zone)
    installation.time_zone = zone


def next_words(session: Session, installation_id: int) -> str:
    """When the next scheduled sync is queued and why; empty when none is."""
    options = session.get(SyncOptions, installation_id)
    if options is None or options.mode != SCHEDULED or options.next_due_at is None:
        return ""
    zone = session.get_one(Installation, installation_id).time_zone
    return f"{timing.moment_words(options.next_due_at, zone)}: {options.next_due_why}"


def queue_due(session: Session) -> None:
    """Queue every scheduled sync that is due, once, whatever the number of processes."""
    now = clock.now()
    due = session.scalars(
        select(SyncOptions).where(SyncOptions.mode == SCHEDULED, SyncOptions.next_due_at <= now)
    ).all()
    for options in due:
        _queue_one(session, options, now)


def _queue_one(session: Session, options: SyncOptions, now: datetime) -> None:
    installation_id, was_due = options.installation_id, options.next_due_at
    assert was_due is not None
    zone = session.get_one(Installation, installation_id).time_zone
    verdict = timing.judge(was_due, now, options.window, zone)
    window = options.window
    taken = session.execute(
        update(SyncOptions)
        .where(SyncOptions.installation_id == installation_id, SyncOptions.next_due_at == was_due)
        .values(
            next_due_at=timing.following(now, window, zone),
            next_due_why=f"daily in the {timing.window_words(window)} window",
        )
        .returning(SyncOptions.installation_id)
        .execution_options(synchronize_session=False)
    ).first()
    if taken is None:
        session.rollback()
        return
    if verdict == timing.Verdict.QUEUE:
        _enqueue(session, installation_id)
    else:
        log.warning("installation %s: a missed window was skipped, the next one is near", installation_id)
    session.commit()
    session.expire_all()


def _enqueue(session: Session, installation_id: int) -> None:
    try:
        raise_if_not_ready(session, installation_id, "all")
    except NotReady as error:
        log.warning("installation %s: the scheduled sync did not start: %s", installation_id, error.step.key)
        return
    queue.enqueue(
        session,
        installation_id,
        "provision",
        params={"what": "all"},
        trigger=SCHEDULED,
        asked_by="the schedule",
    )
