"""The use case of a provisioning job: stage → plan → apply, resumable after each of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import FINAL_STATES, UNFINISHED, Change, ChangeState, Job, Run, RunState, Scope, Staged
from lti_app.runs.ledger import outcome_counts
from lti_app.school.run_kinds import RunKind
from lti_app.setup.terms import refresh_terms
from lti_app.sis.errors import SisAuthError, SisError
from lti_app.store.district import District
from lti_app.sync import drift
from lti_app.sync.apply import synced_meanwhile
from lti_app.sync.apply.after_restore import find_again
from lti_app.sync.apply.lost_answers import resolve_sent
from lti_app.sync.apply.send import apply
from lti_app.sync.context import RunContext
from lti_app.sync.data_prep import likely_present
from lti_app.sync.data_prep.job import prepare
from lti_app.sync.plan import ended_terms
from lti_app.sync.plan.make import make_plan
from lti_app.sync.stage.kept import keep_newest
from lti_app.sync.stage.read import stage

ANEW = "Interrupted: the record was read anew."


def start_or_resume(
    district: District,
    job_id: int,
    what: str,
    *,
    plan_only: bool = False,
    checkpoint: Mapping[str, Any] | None = None,
) -> Run:
    """The run of this job after a crash, even one that had come to its end, or a new one.

    `checkpoint` is what the new run must know: {"undo_of": run id} of an undo, {"only": …} of one record.
    """
    run = district.session.scalars(select(Run).where(Run.job_id == job_id).order_by(Run.id.desc())).first()
    if run is not None and not _begins_anew(district.session, run):
        return run
    _close_orphans(district)
    run = Run(
        installation_id=district.id,
        job_id=job_id,
        what=what,
        plan_only=plan_only,
        state=RunState.STAGING,
        started_at=clock.now(),
        counts={},
        checkpoint=dict(checkpoint or {}),
    )
    district.session.add(run)
    district.session.commit()
    return run


def _begins_anew(session: Session, run: Run) -> bool:
    """Whether another run takes the place of this one: of one record that was interrupted, for the sync of
    all may have sent since what this one had compared. A plan that a person approved is carried out."""
    if run.what != RunKind.ONE or "approved_at" in run.checkpoint:
        return False
    if run.finished_at is None:
        stop(session, run.id, RunState.CANCELLED, ANEW)
    return run.reason == ANEW


def _close_orphans(district: District) -> None:
    """Close runs whose job was cancelled while it waited for the end of an outage."""
    orphans = district.session.scalars(
        select(Run.id)
        .join(Job, Job.id == Run.job_id)
        .where(
            Run.installation_id == district.id,
            Run.state.in_(UNFINISHED),
            Job.state.in_(FINAL_STATES),
        )
    ).all()
    for run_id in orphans:
        stop(district.session, run_id, RunState.CANCELLED, "Cancelled while it was paused.")


def provision(context: RunContext) -> Run:
    """Carry a run from where it stands to its end.

    Raises SisError, OutboundError or SchoologyDown when it cannot go on; the caller closes the run with
    `stop`. What was applied stays applied.
    """
    session = context.session
    run = session.get_one(Run, context.run_id)
    if run.finished_at is not None:
        return run
    if run.what == RunKind.DRIFT:
        drift.check(context)
        synced_meanwhile.forget_differences(session, run)
        return _finish(session, run, RunState.DONE)
    if run.what == RunKind.PREP:
        prepare(context, run)
        return _finish(session, run, RunState.DONE)
    begin(context, run)
    if run.state == RunState.STAGING:
        resolve_sent(session, context.schoology, context.installation_id, run.id)
        if run.what != RunKind.UNDO:
            read_terms(context, run)
            stage(context)
        run.state = RunState.PLANNING
        session.commit()
    if run.state == RunState.PLANNING:
        context.progress.report("planning", 0, 0)
        likely_present.look(session, context.schoology, run)
        make_plan(context, run)
        synced_meanwhile.leave_out(session, run.id)
        session.commit()
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
    if number := synced_meanwhile.number_of(session, run.id):
        run.counts = {**run.counts, "skipped": number}
    session.commit()
    keep_newest(session, run)
    return run


def begin(context: RunContext, run: Run) -> None:
    """What was read on another day is read anew; a plan loses what would touch a term that is over by now.

    Commits.
    """
    session, day = context.session, context.today.isoformat()
    if run.state in (RunState.PLANNED, RunState.APPLYING):
        resolve_sent(session, context.schoology, context.installation_id, run.id)
        ended_terms.discard(session, run, context.today)
    elif run.checkpoint.get("day", day) != day:
        session.execute(delete(Scope).where(Scope.run_id == run.id))
        session.execute(delete(Staged).where(Staged.run_id == run.id))
        run.state = RunState.STAGING
        since = {synced_meanwhile.READING_SINCE: clock.now().isoformat()}
        run.checkpoint = {**run.checkpoint, "staged": [], **since}
    run.checkpoint = {**run.checkpoint, "day": day}
    session.commit()


def read_terms(context: RunContext, run: Run) -> None:
    """A full run learns of new and moved terms first. What else is wrong with the SIS, its feeds will say."""
    if run.what != RunKind.ALL or run.checkpoint.get("staged"):
        return
    try:
        refresh_terms(context.district, context.sis)
    except SisAuthError:
        raise
    except SisError:
        context.session.rollback()
