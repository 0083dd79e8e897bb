"""The use case of a provisioning job: stage → plan → apply, resumable after each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import FINAL_STATES, UNFINISHED, Change, ChangeState, Job, Run, RunState
from lti_app.sync import day, drift
from lti_app.sync.apply import apply
from lti_app.sync.context import RunContext
from lti_app.sync.lookup import resolve_sent
from lti_app.sync.overtaken import READ_AT, given_up
from lti_app.sync.plan import make_plan
from lti_app.sync.prep import already
from lti_app.sync.prep.stored import PREP
from lti_app.sync.prep.work import prepare
from lti_app.sync.reads import keep_newest
from lti_app.sync.recover import find_again
from lti_app.sync.stage import stage


def start_or_resume(
    session: Session,
    installation_id: int,
    job_id: int,
    what: str,
    *,
    plan_only: bool = False,
    checkpoint: Mapping[str, Any] | None = None,
) -> Run:
    """The run of this job after a crash, even one that had come to its end, or a new one.

    `checkpoint` is what the new run must know: {"undo_of": run id} of an undo, {"only": …} of one record.
    """
    run = session.scalars(select(Run).where(Run.job_id == job_id).order_by(Run.id.desc())).first()
    if run is not None:
        return run
    _close_orphans(session, installation_id)
    run = Run(
        installation_id=installation_id,
        job_id=job_id,
        what=what,
        plan_only=plan_only,
        state=RunState.STAGING,
        started_at=clock.now(),
        counts={},
        checkpoint=dict(checkpoint or {}),
    )
    session.add(run)
    session.commit()
    return run


def _close_orphans(session: Session, installation_id: int) -> None:
    """Close runs whose job was cancelled while it waited for the end of an outage."""
    orphans = session.scalars(
        select(Run.id)
        .join(Job, Job.id == Run.job_id)
        .where(
            Run.installation_id == installation_id,
            Run.state.in_(UNFINISHED),
            Job.state.in_(FINAL_STATES),
        )
    ).all()
    for run_id in orphans:
        stop(session, run_id, RunState.CANCELLED, "Cancelled while it was paused.")


def unfinished(session: Session, job_id: int) -> Run | None:
    """The run of a job that has not come to its end, if any."""
    return session.scalars(
        select(Run).where(Run.job_id == job_id, Run.state.in_((*UNFINISHED, RunState.PLANNED)))
    ).first()


def provision(context: RunContext) -> Run:
    """Carry a run from where it stands to its end.

    Raises SisError, OutboundError or SchoologyDown when it cannot go on; the caller closes the run with
    `stop`. What was applied stays applied.
    """
    session = context.session
    run = session.get_one(Run, context.run_id)
    if run.finished_at is not None:
        return run
    if run.what == drift.DRIFT:
        drift.check(context)
        return _finish(session, run, RunState.DONE)
    if run.what == PREP:
        prepare(context, run)
        return _finish(session, run, RunState.DONE)
    day.begin(context, run)
    if run.state == RunState.STAGING:
        resolve_sent(session, context.schoology, context.installation_id, run.id)
        if run.what != "undo":
            day.read_terms(context, run)
            stage(context)
        run.state = RunState.PLANNING
        run.checkpoint = {**run.checkpoint, READ_AT: clock.now().isoformat()}
        session.commit()
    if run.state == RunState.PLANNING:
        context.progress.report("planning", 0, 0)
        already.look(session, context.schoology, run)
        make_plan(context, run)
    if run.plan_only:
        return _finish(session, run, RunState.PLANNED)
    if run.checkpoint.get("recover"):
        find_again(context)
        return stop(session, run.id, RunState.DONE, "")
    run.state = RunState.APPLYING
    session.commit()
    apply(context)
    counts = outcome_counts(session, run.id)
    if counts.get(ChangeState.HELD):
        return _finish(session, run, RunState.HELD)
    problems = counts.get(ChangeState.FAILED, 0) + counts.get(ChangeState.BLOCKED, 0)
    return _finish(session, run, RunState.DONE_WITH_PROBLEMS if problems else RunState.DONE)


def stop(session: Session, run_id: int, state: RunState, reason: str) -> Run:
    """Close a run that cannot go on: what was not sent is discarded and will be planned afresh.

    What was sent once without an answer stays *sent*: the next run finds out what became of it.
    """
    session.rollback()
    run = session.get_one(Run, run_id)
    session.execute(
        update(Change)
        .where(Change.run_id == run_id, Change.state == ChangeState.PLANNED, Change.batch > 0)
        .values(state=ChangeState.SENT)
    )
    session.execute(
        update(Change)
        .where(Change.run_id == run_id, Change.state.in_((ChangeState.PLANNED, ChangeState.HELD)))
        .values(state=ChangeState.DISCARDED, reason="Not sent: the run stopped before this line.")
    )
    run.reason = reason
    return _finish(session, run, state)


def _finish(session: Session, run: Run, state: RunState) -> Run:
    run.state = state
    run.finished_at = clock.now()
    run.counts = {**run.counts, "outcome": outcome_counts(session, run.id)}
    if number := given_up(session, run.id):
        run.counts = {**run.counts, "given_up": number}
    session.commit()
    keep_newest(session, run)
    return run


def outcome_counts(session: Session, run_id: int) -> dict[str, int]:
    """Change state → lines."""
    rows = session.execute(
        select(Change.state, func.count()).where(Change.run_id == run_id).group_by(Change.state)
    )
    return {state: number for state, number in rows}
