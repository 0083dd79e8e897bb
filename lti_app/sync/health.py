"""What an administrator should know without looking: conditions that begin, last and end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs.timing import LENGTH
from lti_app.models import (
    ACTIVE_STATES,
    ActingUser,
    Installation,
    Job,
    JobState,
    LiveSection,
    LiveSync,
    Run,
    RunState,
    SisConnection,
    SyncOptions,
)
from lti_app.sync.history import GRADES
from lti_app.sync.schedule import SCHEDULED

LATE = timedelta(hours=6)
HELD_TOO_LONG = timedelta(days=1)
MOST_ERRORS = 0.05
FEW_LINES = 20
"""Runs with fewer lines say nothing of a share."""
WELL = (JobState.DONE, JobState.DONE_WITH_PROBLEMS, JobState.HELD)
LOOKED_AT = 50
"""So many of the newest runs are looked at for a brake that holds again and again."""


@dataclass(frozen=True)
class Condition:
    """Something that is wrong, with what to do. `key` stays the same while it lasts."""

    key: str
    text: str


def conditions(session: Session, installation_id: int) -> list[Condition]:
    """Everything that is wrong with one district at this moment. Names no person."""
    if not session.get_one(Installation, installation_id).claimed_by_uid:
        return []
    found = [
        _acting_user(session, installation_id),
        _credentials(session, installation_id),
        _late(session, installation_id),
        _too_long(session, installation_id),
        _held(session, installation_id),
        _errors(session, installation_id),
        _live(session, installation_id),
        _live_held(session, installation_id),
    ]
    return [each for each in found if each is not None]


def _acting_user(session: Session, installation_id: int) -> Condition | None:
    row = session.get(ActingUser, installation_id)
    if row is None or not row.problem:
        return None
    return Condition("acting_user", row.problem)


def _credentials(session: Session, installation_id: int) -> Condition | None:
    row = session.get(SisConnection, installation_id)
    if row is None or not row.problem:
        return None
    return Condition("credentials", f"The SIS refused the app: {row.problem}")


def _late(session: Session, installation_id: int) -> Condition | None:
    """No good run six hours after one was due."""
    options = session.get(SyncOptions, installation_id)
    if options is None or options.mode != SCHEDULED:
        return None
    now = clock.now()
    if options.next_due_at is not None and options.next_due_at < now - LATE:
        return Condition("late", "The scheduled sync was not queued in time: is the app's scheduler running?")
    newest = session.scalars(
        select(Job)
        .where(
            Job.installation_id == installation_id,
            Job.trigger == SCHEDULED,
            Job.params["what"].as_string() == "all",
        )
        .order_by(Job.id.desc())
        .limit(1)
    ).first()
    if newest is None or newest.created_at > now - LATE or newest.state in WELL:
        return None
    return Condition(
        "late",
        f"No sync has succeeded since the scheduled one of {newest.created_at:%d %B}: look at it in Logs. "
        f"{newest.message}".strip(),
    )


def _too_long(session: Session, installation_id: int) -> Condition | None:
    running = session.scalars(
        select(Job.started_at).where(
            Job.installation_id == installation_id, Job.trigger == SCHEDULED, Job.state.in_(ACTIVE_STATES)
        )
    ).first()
    if running is None or running > clock.now() - LENGTH:
        return None
    return Condition("too_long", "The scheduled sync runs for longer than its window of three hours.")


def _held(session: Session, installation_id: int) -> Condition | None:
    """The same brake has held every plan for more than a day, counted from the first of them."""
    runs = session.scalars(
        select(Run)
        .where(Run.installation_id == installation_id, Run.plan_only.is_(False), Run.digest != "")
        .order_by(Run.id.desc())
        .limit(LOOKED_AT)
    ).all()
    if not runs or runs[0].state != RunState.HELD:
        return None
    brakes = _brakes(runs[0])
    since: datetime = runs[0].started_at
    for run in runs[1:]:
        shared = brakes & _brakes(run)
        if not shared:
            break
        brakes, since = shared, run.started_at
    if not brakes or since > clock.now() - HELD_TOO_LONG:
        return None
    return Condition("held", "Changes have waited for a person for more than a day. Look at them in Logs.")


def _brakes(run: Run) -> set[str]:
    return {str(each["brake"]) for each in run.counts.get("trips", [])}


def _live(session: Session, installation_id: int) -> Condition | None:
    """Schoology does not confirm what live sync needs."""
    row = session.get(LiveSync, installation_id)
    if row is None or not row.problem:
        return None
    return Condition("live", f"Live sync: {row.problem} Open Live sync on the Configuration tab.")


def _live_held(session: Session, installation_id: int) -> Condition | None:
    """Deletes or clears wait for a person."""
    held = select(LiveSection.held).where(LiveSection.installation_id == installation_id)
    number = sum(1 for each in session.scalars(held) if each.get("delete") or each.get("clear"))
    if not number:
        return None
    courses = "1 course" if number == 1 else f"{number} courses"
    return Condition(
        "live_held",
        f"Live sync holds deletes in {courses}, for they are many at once. Open Live sync on the "
        "Configuration tab and decide.",
    )


def _errors(session: Session, installation_id: int) -> Condition | None:
    run = session.scalars(
        select(Run)
        .where(
            Run.installation_id == installation_id,
            Run.plan_only.is_(False),
            Run.what != GRADES,
            Run.state.in_((RunState.DONE, RunState.DONE_WITH_PROBLEMS, RunState.HELD)),
        )
        .order_by(Run.id.desc())
        .limit(1)
    ).first()
    outcome = run.counts.get("outcome", {}) if run is not None else {}
    failed, done = outcome.get("failed", 0), outcome.get("done", 0)
    if failed + done < FEW_LINES or failed <= MOST_ERRORS * (failed + done):
        return None
    share = f"{failed / (failed + done):.0%}"
    return Condition("errors", f"Schoology refused {share} of the changes of the last sync. Logs says why.")
