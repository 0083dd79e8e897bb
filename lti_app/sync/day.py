"""The day that a run is of: a plan speaks of one day, and a run that was paused may go on on another."""

from __future__ import annotations

from sqlalchemy import delete

from lti_app.models import Run, RunState, Scope, Staged
from lti_app.sis.errors import SisAuthError, SisError
from lti_app.sync import frozen
from lti_app.sync.context import RunContext
from lti_app.sync.lookup import resolve_sent
from lti_app.sync.term_mapping import refresh_terms


def begin(context: RunContext, run: Run) -> None:
    """What was read on another day is read anew; a plan loses what would touch a term that is over by now.

    Commits.
    """
    session, day = context.session, context.today.isoformat()
    if run.state in (RunState.PLANNED, RunState.APPLYING):
        resolve_sent(session, context.schoology, context.installation_id, run.id)
        frozen.discard(session, run, context.today)
    elif run.checkpoint.get("day", day) != day:
        session.execute(delete(Scope).where(Scope.run_id == run.id))
        session.execute(delete(Staged).where(Staged.run_id == run.id))
        run.state = RunState.STAGING
        run.checkpoint = {**run.checkpoint, "staged": []}
    run.checkpoint = {**run.checkpoint, "day": day}
    session.commit()


def read_terms(context: RunContext, run: Run) -> None:
    """A full run learns of new and moved terms first. What else is wrong with the SIS, its feeds will say."""
    if run.what != "all" or run.checkpoint.get("staged"):
        return
    try:
        refresh_terms(context.session, context.installation_id, context.sis)
    except SisAuthError:
        raise
    except SisError:
        context.session.rollback()
