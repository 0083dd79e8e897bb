"""What last began the wait of 24 hours anew, as the jobs and the audit remember it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import false, func, select
from sqlalchemy.orm import Session

from lti_app.jobs import timing
from lti_app.models import Audit, Job

MANUAL_SYNC, CHANGE = "the manual sync", "the change of the schedule"
BY_HAND = ("manual", "cli")
SYNCS = ("all", "users", "courses", "sections")
SETTINGS = ("Sync mode", "Sync window")
"""What the audit calls a changed mode or window."""


@dataclass(frozen=True)
class Reset:
    """When the wait began anew, and because of what."""

    at: datetime
    because: str


def last_reset(session: Session, installation_id: int) -> Reset | None:
    """The newest of manual syncs and changes of the schedule, if there was one."""
    what = Job.params["what"].as_string()
    synced = session.scalar(
        select(func.max(Job.created_at)).where(
            Job.installation_id == installation_id,
            Job.trigger.in_(BY_HAND),
            what.in_(SYNCS),
            func.coalesce(Job.params["plan_only"].as_boolean(), false()).is_(False),
            func.coalesce(Job.params["recover"].as_boolean(), false()).is_(False),
        )
    )
    changed = session.scalar(
        select(func.max(Audit.at)).where(Audit.installation_id == installation_id, Audit.what.in_(SETTINGS))
    )
    found = [(synced, MANUAL_SYNC), (changed, CHANGE)]
    newest = max((Reset(at, because) for at, because in found if at), key=lambda each: each.at, default=None)
    return newest


def because_of(because: str, at: datetime, window: int, zone: str) -> str:
    """Why the next sync is due when it is, in words."""
    return (
        f"24 hours after {because} of {timing.moment_words(at, zone, with_date=False)}, then the next "
        f"{timing.window_words(window)} window"
    )
