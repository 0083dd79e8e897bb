"""A sync of people, courses and sections: stage → plan → apply, resumable after each of them."""

from __future__ import annotations

from sqlalchemy import delete

from lti_app import clock
from lti_app.models import ChangeState, Run, RunState, Scope, Staged
from lti_app.runs.ledger import outcome_counts
from lti_app.school.reasons import NO_REASON
from lti_app.school.run_kinds import RunKind
from lti_app.store import links
from lti_app.sync.apply import synced_meanwhile
from lti_app.sync.apply.after_restore import find_again
from lti_app.sync.apply.lost_answers import resolve_sent
from lti_app.sync.apply.send import apply
from lti_app.sync.context import RunContext
from lti_app.sync.data_prep import likely_present
from lti_app.sync.ledger import finish, stop
from lti_app.sync.plan import ended_terms
from lti_app.sync.plan.make import make_plan
from lti_app.sync.plan.unique import known, swaps
from lti_app.sync.plan.unique.night import swap_now
from lti_app.sync.result_words import left_counts
from lti_app.sync.review import access, lasting_problems
from lti_app.sync.stage.read import stage
from lti_app.sync.stage.terms import read_terms


def provision(context: RunContext, run: Run) -> Run:
    """Carry a run from where it stands to its end.

    Raises SisError, OutboundError or SchoologyDown when it cannot go on; the caller closes the run with
    `stop`. What was applied stays applied.
    """
    session = context.session
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
        return finish(session, run, RunState.PLANNED)
    if run.notes.recover:
        find_again(context)
        return stop(session, run.id, RunState.DONE, NO_REASON)
    run.state = RunState.APPLYING
    session.commit()
    if not swap_now(context, run):
        swaps.put_off(session, run)
    apply(context)
    links.todays.take_over_birth_marks(session, run)
    access.gather(context.district, run)
    lasting_problems.gather(context.district, run)
    session.commit()
    counts = outcome_counts(session, run.id)
    old = known.count(session, run.id)
    run.counts = {**run.counts, "known": old, **left_counts(session, run.id)}
    if counts.get(ChangeState.HELD):
        return finish(session, run, RunState.HELD)
    problems = counts.get(ChangeState.FAILED, 0) + counts.get(ChangeState.BLOCKED, 0) - old
    return finish(session, run, RunState.DONE_WITH_PROBLEMS if problems else RunState.DONE)


def begin(context: RunContext, run: Run) -> None:
    """What was read on another day is read again; a plan loses what would touch a term that is over by now.

    Commits.
    """
    session, day = context.session, context.today.isoformat()
    if run.state in (RunState.PLANNED, RunState.APPLYING):
        resolve_sent(session, context.schoology, context.installation_id, run.id)
        ended_terms.discard(session, run, context.today)
    elif (run.notes.day or day) != day:
        session.execute(delete(Scope).where(Scope.run_id == run.id))
        session.execute(delete(Staged).where(Staged.run_id == run.id))
        run.state = RunState.STAGING
        run.note(staged=(), reading_since=clock.now().isoformat())
    run.note(day=day)
    session.commit()
