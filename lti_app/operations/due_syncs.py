"""Queueing what the schedule asks for: each day's sync once, or with the reason why not."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_app import clock, formats
from lti_app.jobs import queue, timing
from lti_app.jobs.failures import log_and_continue
from lti_app.jobs.timing import Verdict
from lti_app.models import Installation, Job, JobState, SyncOptions
from lti_app.operations.schedule import SCHEDULED
from lti_app.school.job_request import JobRequest
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because, other
from lti_app.school.run_kinds import RunKind
from lti_app.setup.checklist import NotReady, raise_if_not_ready
from lti_app.store.district import District

WAITS = "Waiting: "
"""The start of a reason while a due sync can't be queued."""
BEHIND = "another job for this district must finish first."
NOT_RUNNING = "the app wasn’t running at that time."
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Due:
    """One district's sync whose moment has come."""

    installation_id: int
    at: datetime
    window: int
    why: str
    zone: str


def queue_due(session: Session) -> None:
    """Queue every scheduled sync that is due, once, whatever the number of processes."""
    now = clock.now()
    found = session.execute(
        select(
            SyncOptions.installation_id,
            SyncOptions.next_due_at,
            SyncOptions.window,
            SyncOptions.next_due_why,
            Installation.time_zone,
        )
        .join(Installation, Installation.id == SyncOptions.installation_id)
        .where(SyncOptions.mode == SCHEDULED, SyncOptions.next_due_at <= now)
    ).all()
    session.rollback()
    for installation_id, at, window, why, zone in found:
        with log_and_continue(session, f"queuing the scheduled sync of installation {installation_id}"):
            _queue_one(session, Due(installation_id, at or now, window, why, zone), now)


def _queue_one(session: Session, due: Due, now: datetime) -> None:
    daily = f"daily in the {timing.window_words(due.window)} window"
    verdict = timing.judge(due.at, now, due.window, due.zone)
    if verdict == Verdict.SKIP:
        _skip(session, due, now, daily)
    elif verdict == Verdict.QUEUE:
        hindrance = _enqueue(session, due)
        if hindrance:
            session.rollback()
            _change(session, due, next_due_why=f"{WAITS}{hindrance}")
        else:
            _move_on(session, due, now, daily)


def _enqueue(session: Session, due: Due) -> str:
    """Queue it in the caller's transaction, or return what prevents it, so that it is tried again."""
    try:
        raise_if_not_ready(District(session, due.installation_id), "all")
    except NotReady as error:
        return str(error)
    params = JobRequest(due=due.at.isoformat())
    asked = queue.enqueue(
        District(session, due.installation_id),
        "provision",
        params=params,
        trigger=SCHEDULED,
        asked_by="the schedule",
    )
    return "" if not asked.joined or _does_the_same(asked.job, due) else BEHIND


def _does_the_same(job: Job, due: Due) -> bool:
    """Whether the existing job is a sync of everything that was requested since then."""
    other = job.request.plan_only or job.request.recover
    return job.request.what == RunKind.ALL and not other and job.created_at >= due.at


def _skip(session: Session, due: Due, now: datetime, daily: str) -> None:
    """Skip this sync. Logs shows it as skipped, and the page says why."""
    reason = due.why.removeprefix(WAITS) if due.why.startswith(WAITS) else NOT_RUNNING
    missed = formats.moment(due.at, due.zone)
    session.add(
        Job(
            installation_id=due.installation_id,
            kind="provision",
            params=JobRequest(due=due.at.isoformat()).to_json(),
            trigger=SCHEDULED,
            asked_by="the schedule",
            state=JobState.FAILED,
            message=because(Code.SYNC_MISSED, at=due.at, zone=due.zone, why=other(reason)),
            created_at=now,
            finished_at=now,
        )
    )
    log.warning("installation %s: a missed window was skipped, the next one is near", due.installation_id)
    _move_on(session, due, now, f"{daily}. The sync scheduled for {missed} was skipped: {reason}".rstrip("."))


def _move_on(session: Session, due: Due, now: datetime, why: str) -> None:
    """Wait for the next day; whoever is second at this undoes what it did."""
    following = timing.following(now, due.window, due.zone)
    if not _change(session, due, next_due_at=following, next_due_why=why):
        session.rollback()


def _change(session: Session, due: Due, **values: object) -> bool:
    """Write to the row unless it changed in the meantime. Commits if it did write."""
    taken = session.execute(
        update(SyncOptions)
        .where(SyncOptions.installation_id == due.installation_id, SyncOptions.next_due_at == due.at)
        .values(**values)
        .returning(SyncOptions.installation_id)
        .execution_options(synchronize_session=False)
    ).first()
    if taken is not None:
        session.commit()
    return taken is not None


def sentence(district: District) -> str:
    """The sentence on the page; empty when no sync is scheduled."""
    options = district.session.get(SyncOptions, district.id)
    if options is None or options.mode != SCHEDULED or options.next_due_at is None:
        return ""
    zone = district.session.get_one(Installation, district.id).time_zone
    moment, now = formats.moment(options.next_due_at, zone), clock.now()
    times = f"Times are in the {formats.zone_name(zone)} time zone."
    if options.next_due_at > now:
        return f"Next sync: {moment} ({options.next_due_why}). {_hindrance(district)}{times}"
    until = timing.following(now, options.window, zone) - timing.TOO_CLOSE
    waits = options.next_due_why if options.next_due_why.startswith(WAITS) else ""
    return (
        f"The sync scheduled for {moment} is due. {waits or 'It starts in a moment.'} "
        f"The app keeps trying until {formats.moment(until, zone)}. {times}"
    )


def _hindrance(district: District) -> str:
    """What would keep it from starting if its moment were now."""
    try:
        raise_if_not_ready(district, "all")
    except NotReady as error:
        return f"It can’t start right now: {error} "
    return ""
