"""Problems that an administrator should hear about: conditions that start, last, and end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lti_app import clock, formats
from lti_app.grades import doubt
from lti_app.jobs.queue import PROVISION
from lti_app.models import (
    FINAL_STATES,
    ActingUser,
    Installation,
    Job,
    LiveSection,
    LiveSync,
    Run,
    RunState,
    SisConnection,
)
from lti_app.operations import lateness
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because
from lti_app.school.run_kinds import WHOLE, RunKind
from lti_app.store.district import District

HELD_TOO_LONG = timedelta(days=1)
MOST_ERRORS = 0.05
FEW_LINES = 20
"""Runs with fewer lines are too small to judge by percentage."""


@dataclass(frozen=True)
class Condition:
    """Something that is wrong, with what to do. `key` stays the same while it lasts."""

    key: str
    why: Reason


def conditions(district: District) -> list[Condition]:
    """Everything that is wrong with one district at this moment, in sentences of our own: they go by mail, so
    they contain no words of the SIS or Schoology, and name no person."""
    if not district.session.get_one(Installation, district.id).claimed_by_uid:
        return []
    found = [
        _acting_user(district),
        _credentials(district),
        _gradebook(district),
        _first_score(district),
        _late(district),
        _too_long(district),
        _ends_process(district),
        _held(district),
        _errors(district),
        _live(district),
        _live_held(district),
    ]
    return [each for each in found if each is not None]


def _acting_user(district: District) -> Condition | None:
    """The banner says who it was and since when; an email says only what to do."""
    row = district.session.get(ActingUser, district.id)
    if row is None or not row.problem:
        return None
    lost = row.problem.code == Code.ROLE_LOST
    return Condition("acting_user", because(Code.ALERT_ROLE_LOST if lost else Code.ALERT_PERMISSION_VOID))


def _credentials(district: District) -> Condition | None:
    row = district.session.get(SisConnection, district.id)
    refused = row is not None and row.problem
    return Condition("credentials", because(Code.ALERT_CREDENTIALS)) if refused else None


def _gradebook(district: District) -> Condition | None:
    """The SIS refuses its gradebook alone."""
    row = district.session.get(SisConnection, district.id)
    off = row is not None and row.gradebook_problem and not row.problem
    return Condition("gradebook", because(Code.ALERT_GRADES_OFF)) if off else None


def _first_score(district: District) -> Condition | None:
    """Both readings, without the words of either system."""
    found = doubt.find(district)
    if found is None:
        return None
    sent, read = doubt.for_email(found.sent), doubt.for_email(found.read)
    return Condition("first_score", because(Code.ALERT_FIRST_SCORE, sent=sent, read=read))


def _late(district: District) -> Condition | None:
    due = lateness.late_since(district)
    return Condition("late", _late_since(district, due)) if due else None


def _late_since(district: District, due: datetime) -> Reason:
    zone = district.session.get_one(Installation, district.id).time_zone
    return because(Code.ALERT_LATE, at=due, zone=zone)


def _too_long(district: District) -> Condition | None:
    return Condition("too_long", because(Code.ALERT_TOO_LONG)) if lateness.runs_too_long(district) else None


def _ends_process(district: District) -> Condition | None:
    """The newest run of the district that is over was stopped because its worker was lost again and again."""
    over = district.select(Job).where(Job.lane == PROVISION, Job.state.in_(FINAL_STATES))
    job = district.session.scalars(over.order_by(Job.id.desc()).limit(1)).first()
    stopped = job is not None and job.message.code == EndingCode.JOB_ENDS_PROCESS
    return Condition("ends_process", because(Code.ALERT_ENDS_PROCESS)) if stopped else None


def _held(district: District) -> Condition | None:
    since = held_since(district)
    long_ago = since is not None and since < clock.now() - HELD_TOO_LONG
    return Condition("held", because(Code.ALERT_HELD)) if long_ago else None


def _live(district: District) -> Condition | None:
    """Schoology does not confirm what live sync needs."""
    row = district.session.get(LiveSync, district.id)
    if row is None or not row.problem:
        return None
    return Condition("live", because(Code.ALERT_LIVE))


def _live_held(district: District) -> Condition | None:
    """Deletes or clears wait for a person."""
    held = district.select(LiveSection.held)
    number = sum(1 for each in district.session.scalars(held) if each.get("delete") or each.get("clear"))
    if not number:
        return None
    return Condition("live_held", because(Code.ALERT_LIVE_HELD, count=number))


def _errors(district: District) -> Condition | None:
    run = district.session.scalars(
        district.select(Run)
        .where(
            Run.plan_only.is_(False),
            Run.what.in_((*WHOLE, RunKind.UNDO)),
            Run.state.in_(lateness.GOOD),
        )
        .order_by(Run.id.desc())
        .limit(1)
    ).first()
    outcome = run.counts.get("outcome", {}) if run is not None else {}
    failed, done = outcome.get("failed", 0), outcome.get("done", 0)
    if failed + done < FEW_LINES or failed <= MOST_ERRORS * (failed + done):
        return None
    share = formats.percent(failed / (failed + done))
    return Condition("errors", because(Code.ALERT_ERRORS, share=share))


LOOKED_AT = 50
"""So many of the newest runs are looked at."""
JUDGED = (RunState.HELD, RunState.DONE, RunState.DONE_WITH_PROBLEMS)
"""Runs that ended; running and interrupted ones aren't judged."""
Trip = tuple[str, ...]
"""Brake, kind, building and section."""


def held_since(district: District) -> datetime | None:
    """The first of the successive plans that the same brake held, if one does now."""
    runs = district.session.scalars(
        district.select(Run)
        .where(
            Run.plan_only.is_(False),
            Run.what.in_(WHOLE),
            Run.state.in_(JUDGED),
            Run.digest != "",
        )
        .order_by(Run.id.desc())
        .limit(LOOKED_AT)
    ).all()
    trips = {trip for run in runs if run.state == RunState.HELD for trip in _trips(run)}
    since = [_since(trip, runs) for trip in trips]
    return min((each for each in since if each is not None), default=None)


def _since(trip: Trip, runs: Sequence[Run]) -> datetime | None:
    """Newest first, among runs that cover the kind: back to where it did not hold, or a person decided."""
    since = None
    for run in runs:
        if trip[1] and trip[1] not in RunKind(run.what).kinds:
            continue
        if trip not in _trips(run) or run.notes.decided_at:
            break
        since = run.started_at
    return since


def _trips(run: Run) -> set[Trip]:
    names = ("brake", "kind", "building", "section")
    return {tuple(str(each.get(name, "")) for name in names) for each in run.counts.get("trips", [])}
