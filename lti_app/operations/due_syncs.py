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
from lti_app.runs import words
from lti_app.school.ending_codes import EndingCode
from lti_app.school.job_request import JobRequest
from lti_app.school.outside_codes import SetupCode
from lti_app.school.reasons import NO_REASON, Reason, because
from lti_app.school.run_kinds import RunKind
from lti_app.setup.checklist import NotReady, raise_if_not_ready
from lti_app.store.district import District

BEHIND = because(SetupCode.WAITS_FOR_A_JOB)
NOT_RUNNING = because(SetupCode.APP_NOT_RUNNING)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Due:
    """One district's sync whose moment has come."""

    installation_id: int
    at: datetime
    window: int
    why: Reason
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
    verdict = timing.judge(due.at, now, due.window, due.zone)
    if verdict == Verdict.SKIP:
        _skip(session, due, now)
    elif verdict == Verdict.QUEUE:
        hindrance = _enqueue(session, due)
        if hindrance:
            session.rollback()
            _change(session, due, next_due_why=because(SetupCode.DUE_WAITS, why=hindrance))
        else:
            _move_on(session, due, now, because(SetupCode.DUE_DAILY, window=due.window))


def _enqueue(session: Session, due: Due) -> Reason:
    """Queue it in the caller's transaction, or return what prevents it, so that it is tried again."""
    try:
        raise_if_not_ready(District(session, due.installation_id), "all")
    except NotReady as error:
        return error.reason
    params = JobRequest(due=due.at.isoformat())
    asked = queue.enqueue(
        District(session, due.installation_id),
        "provision",
        params=params,
        trigger=SCHEDULED,
        asked_by="the schedule",
    )
    return NO_REASON if not asked.joined or _does_the_same(asked.job, due) else BEHIND


def _does_the_same(job: Job, due: Due) -> bool:
    """Whether the existing job is a sync of everything that was requested since then."""
    other = job.request.plan_only or job.request.recover
    return job.request.what == RunKind.ALL and not other and job.created_at >= due.at


def _skip(session: Session, due: Due, now: datetime) -> None:
    """Skip this sync. Logs shows it as skipped, and the page says why."""
    reason = Reason.from_json(due.why.values.get("why")) if _waits(due.why) else NOT_RUNNING
    session.add(
        Job(
            installation_id=due.installation_id,
            kind="provision",
            params=JobRequest(due=due.at.isoformat()).to_json(),
            trigger=SCHEDULED,
            asked_by="the schedule",
            state=JobState.FAILED,
            message=because(EndingCode.SYNC_MISSED, at=due.at, zone=due.zone, why=reason),
            created_at=now,
            finished_at=now,
        )
    )
    log.warning("installation %s: a missed window was skipped, the next one is near", due.installation_id)
    why = because(SetupCode.DUE_AFTER_SKIPPED, window=due.window, at=due.at, zone=due.zone, why=reason)
    _move_on(session, due, now, why)


def _move_on(session: Session, due: Due, now: datetime, why: Reason) -> None:
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
        why = words.sentence(options.next_due_why, zone).rstrip(".")
        return f"Next sync: {moment} ({why}). {_hindrance(district)}{times}"
    until = timing.following(now, options.window, zone) - timing.TOO_CLOSE
    waits = words.sentence(options.next_due_why, zone) if _waits(options.next_due_why) else ""
    return (
        f"The sync scheduled for {moment} is due. {waits or 'It starts in a moment.'} "
        f"The app keeps trying until {formats.moment(until, zone)}. {times}"
    )


def _waits(why: Reason) -> bool:
    """Whether a due sync can't be queued yet."""
    return why.code == SetupCode.DUE_WAITS


def _hindrance(district: District) -> str:
    """What would keep it from starting if its moment were now."""
    try:
        raise_if_not_ready(district, "all")
    except NotReady as error:
        return f"It can’t start right now: {words.sentence(error.reason)} "
    return ""
