"""What is kept of what was read: enough for the pages that show examples, what was left out, and *Why?*."""

from __future__ import annotations

from sqlalchemy import delete, func, insert, literal, select
from sqlalchemy.orm import Session

from lti_app.models import Run, RunState, Staged
from lti_app.school.records import Kind
from lti_app.school.run_kinds import WHOLE, RunKind
from lti_app.sync import scope

KEEP_NEWEST = 3
"""Staged rows are kept for so many newest runs, the newest of each scope, and the newest rehearsal; those of
runs that came to no plan say nothing."""


def keep_newest(session: Session, run: Run) -> None:
    """Forget what older runs read. What a run of one record read replaces what was known of it. Commits."""
    if run.what == RunKind.ONE and run.digest:
        _take_over(session, run)
    mine = (Run.installation_id == run.installation_id, Run.what.in_(WHOLE), Run.digest != "")
    rows = session.execute(select(Run.id, Run.what).where(*mine).order_by(Run.id.desc())).all()
    newest = {what: run_id for run_id, what in reversed(rows)}
    rehearsed = session.scalar(
        select(func.max(Run.id)).where(*mine, Run.rehearses(), Run.state == RunState.PLANNED)
    )
    kept = {*newest.values(), *(run_id for run_id, _ in rows[:KEEP_NEWEST]), rehearsed or 0}
    ended = select(Run.id).where(
        Run.installation_id == run.installation_id,
        Run.id.not_in(kept),
        Run.finished_at.is_not(None),
    )
    session.execute(delete(Staged).where(Staged.run_id.in_(ended)))
    session.commit()


def _take_over(session: Session, run: Run) -> None:
    """Move the rows of one record to the newest run that read its kind as a whole."""
    for kind in scope.kinds(run.notes.only):
        base = session.scalar(
            select(Run.id)
            .where(
                Run.installation_id == run.installation_id,
                Run.what.in_(RunKind.covering(kind)),
                Run.digest != "",
                ~Run.rehearses(),
                Run.id < run.id,
            )
            .order_by(Run.id.desc())
            .limit(1)
        )
        if base is not None:
            _move(session, run, kind, base)


def _move(session: Session, run: Run, kind: Kind, base: int) -> None:
    only = (Staged.kind == kind, scope.within(run, kind, Staged))
    session.execute(delete(Staged).where(Staged.run_id == base, *only))
    columns = [each for each in Staged.__table__.columns if each.name != "run_id"]
    fresh = select(literal(base), *columns).where(Staged.run_id == run.id, *only)
    session.execute(insert(Staged).from_select(["run_id", *(each.name for each in columns)], fresh))
