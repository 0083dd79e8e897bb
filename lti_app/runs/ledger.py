"""Open, find, close and count a run, for both syncs.

What each does with the lines of a run that was cut off stays with it: provisioning finds out what became of
what it sent, and grades are planned again.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import Change, ChangeState, Run, RunState
from lti_app.school.reasons import NO_REASON, Reason
from lti_app.school.run_notes import RunNotes
from lti_app.store.district import District

NOTHING = RunNotes()


def open_run(
    district: District,
    job_id: int,
    what: str,
    *,
    state: RunState = RunState.STAGING,
    plan_only: bool = False,
    notes: RunNotes = NOTHING,
) -> Run:
    """A new run of a job. The caller commits."""
    run = Run(
        installation_id=district.id,
        job_id=job_id,
        what=what,
        plan_only=plan_only,
        state=state,
        digest="",
        counts={},
        checkpoint=notes.to_json(),
        reason=NO_REASON,
        started_at=clock.now(),
    )
    district.session.add(run)
    district.session.flush()
    return run


def latest(district: District, job_id: int) -> Run | None:
    """The newest run of a job."""
    return district.session.scalars(
        district.select(Run).where(Run.job_id == job_id).order_by(Run.id.desc()).limit(1)
    ).first()


def unfinished(district: District, job_id: int) -> Run | None:
    """The run of a job that has not come to its end, if any."""
    return district.session.scalars(
        district.select(Run)
        .where(Run.job_id == job_id, Run.finished_at.is_(None))
        .order_by(Run.id.desc())
        .limit(1)
    ).first()


def close(session: Session, run: Run, state: RunState, reason: Reason = NO_REASON) -> None:
    """End a run with its counts. The caller commits."""
    run.state, run.finished_at = state, clock.now()
    run.reason = reason or run.reason
    run.counts = {**run.counts, "outcome": outcome_counts(session, run.id)}


def outcome_counts(session: Session, run_id: int) -> dict[str, int]:
    """Change state → lines."""
    rows = session.execute(
        select(Change.state, func.count()).where(Change.run_id == run_id).group_by(Change.state)
    )
    return {state: number for state, number in rows}


def planned_counts(session: Session, run_id: int) -> dict[str, dict[str, int]]:
    """kind → action → lines."""
    return _counts(session, Change.run_id == run_id)


def counts_left(session: Session, run_id: int) -> dict[str, dict[str, int]]:
    """kind → action → lines that a run didn't carry out, so that the next one has them to do."""
    return _counts(session, Change.run_id == run_id, Change.state != ChangeState.DONE)


def _counts(session: Session, *which: ColumnElement[bool]) -> dict[str, dict[str, int]]:
    rows = session.execute(
        select(Change.kind, Change.action, func.count()).where(*which).group_by(Change.kind, Change.action)
    )
    counts: dict[str, dict[str, int]] = {}
    for kind, action, number in rows:
        counts.setdefault(kind, {})[action] = number
    return counts


def has_failures(session: Session, run: Run) -> bool:
    """Whether the SIS refused any line of a run."""
    failed = select(Change.id).where(Change.run_id == run.id, Change.state == ChangeState.FAILED)
    return session.scalar(failed.limit(1)) is not None
