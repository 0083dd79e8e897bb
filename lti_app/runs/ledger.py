"""Open, find, close and count a run, for both syncs."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app.models import (
    UNFINISHED,
    Change,
    ChangeState,
    Run,
    RunState,
)
from lti_app.store.district import District


def unfinished(session: Session, job_id: int) -> Run | None:
    """The run of a job that has not come to its end, if any."""
    return session.scalars(
        select(Run).where(Run.job_id == job_id, Run.state.in_((*UNFINISHED, RunState.PLANNED)))
    ).first()


def outcome_counts(session: Session, run_id: int) -> dict[str, int]:
    """Change state → lines."""
    rows = session.execute(
        select(Change.state, func.count()).where(Change.run_id == run_id).group_by(Change.state)
    )
    return {state: number for state, number in rows}


def has_failures(session: Session, run: Run) -> bool:
    """Whether the SIS refused any line of a run."""
    failed = select(Change.id).where(Change.run_id == run.id, Change.state == ChangeState.FAILED)
    return session.scalar(failed.limit(1)) is not None


def unfinished_run(district: District, job_id: int) -> Run | None:
    """The run of a job that is not over."""
    return district.session.scalars(
        district.select(Run).where(Run.job_id == job_id, Run.state.in_(UNFINISHED))
    ).first()
