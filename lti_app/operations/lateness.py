"""Whether the daily sync came about: within six hours of its moment, and not for longer than its window."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select

from lti_app import clock
from lti_app.jobs.timing import LENGTH
from lti_app.models import ACTIVE_STATES, UNFINISHED, Job, Run, RunState, SyncOptions
from lti_app.operations.schedule import SCHEDULED
from lti_app.school.run_kinds import RunKind
from lti_app.store.district import District

LATE = timedelta(hours=6)
GOOD = (RunState.DONE, RunState.DONE_WITH_PROBLEMS, RunState.HELD)


def late_since(district: District) -> datetime | None:
    """The moment of the last scheduled sync, if no sync of everything succeeded within six hours of it."""
    options = district.session.get(SyncOptions, district.id)
    if options is None or options.mode != SCHEDULED:
        return None
    latest = clock.now() - LATE
    if options.next_due_at is not None and options.next_due_at < latest:
        return options.next_due_at
    good = _last_success(district)
    for due in _dues(district):
        if good is not None and due <= good:
            return None
        if due < latest:
            return due
    return None


def _dues(district: District) -> list[datetime]:
    """When the scheduled syncs were due, newest first, those included that were skipped."""
    jobs = district.session.execute(
        select(Job.due(), Job.created_at).where(*_scheduled(district.id)).order_by(Job.id.desc()).limit(10)
    )
    return [datetime.fromisoformat(due) if due else created_at for due, created_at in jobs]


def _scheduled(installation_id: int) -> tuple[ColumnElement[bool], ...]:
    return (
        Job.installation_id == installation_id,
        Job.trigger == SCHEDULED,
        Job.what() == RunKind.ALL,
    )


def _last_success(district: District) -> datetime | None:
    """When a sync of everything last came to its end, or an approved plan began to be applied."""
    runs = district.session.scalars(
        district.select(Run)
        .where(
            Run.what == RunKind.ALL,
            Run.plan_only.is_(False),
            Run.state.in_((*GOOD, *UNFINISHED)),
        )
        .order_by(Run.id.desc())
        .limit(10)
    )
    moments = [_succeeded_at(run) for run in runs]
    return max((each for each in moments if each is not None), default=None)


def _succeeded_at(run: Run) -> datetime | None:
    if run.notes.recover:
        return None
    approved = run.notes.approved_at
    return run.finished_at or (datetime.fromisoformat(approved) if approved else None)


def runs_too_long(district: District) -> bool:
    """Whether the scheduled sync is under way for longer than its window, counted from an approval."""
    began = district.session.scalars(
        select(Job.started_at).where(*_scheduled(district.id), Job.state.in_(ACTIVE_STATES))
    ).first()
    return began is not None and began < clock.now() - LENGTH
