"""The daily sync of a district: its mode and window, and what restarts the wait of 24 hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from lti_app import clock
from lti_app.jobs import queue, timing
from lti_app.models import ActingUser, Audit, Installation, Job, JobState, SyncOptions
from lti_app.models.installation import FIRST_ZONE
from lti_app.school.outside_codes import SetupCode
from lti_app.school.reasons import NO_REASON, Reason, because
from lti_app.school.run_kinds import WHOLE
from lti_app.store.district import District

SCHEDULED, MANUAL = "scheduled", "manual"
ZONE = "Time zone"
"""What the audit calls a chosen zone."""


def resets(what: str, *, plan_only: bool) -> bool:
    """Whether starting such a sync restarts the wait of 24 hours."""
    return what in WHOLE and not plan_only


def reset(district: District, after: Event) -> None:
    """Restart the wait at this moment, after what happened.

    The caller commits.
    """
    options = district.session.get(SyncOptions, district.id)
    if options is None or options.mode != SCHEDULED:
        return
    zone = district.session.get_one(Installation, district.id).time_zone
    now = clock.now()
    options.next_due_at = timing.after_reset(now, options.window, zone)
    options.next_due_why = after_reset(after, now, options.window, zone)


def choose(district: District, mode: str, window: int) -> None:
    """Store mode and window; a change of either restarts the wait. The caller commits.

    By hand means by hand: a scheduled sync that waits in the queue by then is canceled.
    """
    options = district.session.get(SyncOptions, district.id)
    if options is None:
        options = SyncOptions(installation_id=district.id)
        district.session.add(options)
    if (options.mode, options.window) == (mode, window):
        return
    options.mode, options.window = mode, window
    options.next_due_at, options.next_due_why = None, NO_REASON
    waiting = queue.active_job(district)
    if mode == MANUAL and waiting is not None and _is_daily(waiting):
        queue.request_cancel(district, waiting.id)
    reset(district, Event.CHANGE)


def _is_daily(job: Job) -> bool:
    """A daily sync that waits; the weekly check goes on, and so does what has begun to run."""
    return job.trigger == SCHEDULED and job.state == JobState.QUEUED and job.request.what in WHOLE


def move_zone(district: District, zone: str) -> None:
    """Another time zone: the next sync stays on its day, at the window's hour there, unless that would be
    within 24 hours of what reset the wait. The caller commits."""
    installation = district.session.get_one(Installation, district.id)
    options = district.session.get(SyncOptions, district.id)
    former, installation.time_zone, installation.zone_chosen = installation.time_zone, zone, True
    if options is None or options.next_due_at is None:
        return
    was_due, window = options.next_due_at, options.window
    due = timing.start_of(was_due.astimezone(ZoneInfo(former)).date(), window, zone)
    found = last_reset(district)
    if found is not None and timing.after_reset(found.at, window, former) >= was_due:
        due = max(due, timing.after_reset(found.at, window, zone))
        options.next_due_why = after_reset(found.event, found.at, window, zone)
    options.next_due_at = due


def zone_is_chosen(district: District) -> bool:
    """Whether a person chose the time zone, or Schoology said it of the Acting User's account; the value that
    an installation starts with wasn't chosen by anyone."""
    installation = district.session.get_one(Installation, district.id)
    zone, acting_user = installation.time_zone, district.session.get(ActingUser, district.id)
    by_schoology = acting_user is not None and acting_user.time_zone == zone
    return installation.zone_chosen or zone != FIRST_ZONE or by_schoology


class Event(StrEnum):
    """What restarts the wait."""

    MANUAL_SYNC = "manual_sync"
    CHANGE = "schedule_change"


BY_HAND = ("manual", "cli")
SETTINGS = ("Sync mode", "Sync window")
"""What the audit calls a changed mode or window."""


@dataclass(frozen=True)
class Reset:
    """When the wait was restarted, and why."""

    at: datetime
    event: Event


def last_reset(district: District) -> Reset | None:
    """The newest of manual syncs and changes of the schedule, if there was one."""
    synced = district.session.scalar(
        select(func.max(Job.created_at)).where(
            Job.installation_id == district.id,
            Job.trigger.in_(BY_HAND),
            Job.what().in_(WHOLE),
            ~Job.previews(),
            ~Job.recovers(),
        )
    )
    changed = district.session.scalar(
        select(func.max(Audit.at)).where(Audit.installation_id == district.id, Audit.what.in_(SETTINGS))
    )
    found = [(synced, Event.MANUAL_SYNC), (changed, Event.CHANGE)]
    newest = max((Reset(at, event) for at, event in found if at), key=lambda each: each.at, default=None)
    return newest


def after_reset(event: Event, at: datetime, window: int, zone: str) -> Reason:
    """Why the next sync is due when it is."""
    return because(SetupCode.DUE_AFTER_RESET, after=event, at=at, window=window, zone=zone)
