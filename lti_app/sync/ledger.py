"""The run of a provisioning job: opened, found again after a crash, and closed."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_app.models import FINAL_STATES, UNFINISHED, Change, ChangeState, Job, Run, RunState
from lti_app.runs import ledger
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, Reason, because
from lti_app.school.run_kinds import RunKind
from lti_app.school.run_notes import RunNotes
from lti_app.store.district import District
from lti_app.sync.apply import synced_meanwhile
from lti_app.sync.stage.kept import keep_newest


def start_or_resume(
    district: District,
    job_id: int,
    what: str,
    *,
    plan_only: bool = False,
    notes: RunNotes = ledger.NOTHING,
) -> Run:
    """The run of this job after a crash, even one that had come to its end, or a new one with these notes."""
    run = ledger.latest(district, job_id)
    if run is not None and not _begins_anew(district.session, run):
        return run
    _close_orphans(district)
    run = ledger.open_run(district, job_id, what, plan_only=plan_only, notes=notes)
    district.session.commit()
    return run


def _begins_anew(session: Session, run: Run) -> bool:
    """Whether another run takes the place of this one: of one record that was interrupted, for the sync of
    all may have sent since what this one had compared. A plan that a person approved is carried out."""
    if run.what != RunKind.ONE or run.notes.approved_at:
        return False
    if run.finished_at is None:
        stop(session, run.id, RunState.CANCELED, because(Code.INTERRUPTED_READ_AGAIN))
    return run.reason_code == Code.INTERRUPTED_READ_AGAIN


def _close_orphans(district: District) -> None:
    """Close runs whose job was canceled while it waited for the end of an outage."""
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
        stop(district.session, run_id, RunState.CANCELED, because(Code.CANCELED_WHILE_PAUSED))


def stop(session: Session, run_id: int, state: RunState, reason: Reason) -> Run:
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
        .values(state=ChangeState.DISCARDED, reason=because(Code.RUN_STOPPED))
    )
    return finish(session, run, state, reason)


def finish(session: Session, run: Run, state: RunState, reason: Reason = NO_REASON) -> Run:
    """Close a run with its counts, and forget what older ones read. Commits."""
    ledger.close(session, run, state, reason)
    if number := synced_meanwhile.number_of(session, run.id):
        run.counts = {**run.counts, "skipped": number}
    session.commit()
    keep_newest(session, run)
    return run
