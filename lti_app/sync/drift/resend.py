"""One record that the newest check of Schoology listed is sent again, though nothing changed in the SIS."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.models import Action, Change, Run, RunState
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync import scope


def forget_what_differs(session: Session, run: Run) -> None:
    """Forget what was last applied to the record of a one-record run where the newest check saw otherwise.

    The diff then plans an update. The caller commits.
    """
    looked = session.scalar(
        select(Run.id)
        .where(
            Run.installation_id == run.installation_id, Run.what == RunKind.DRIFT, Run.state == RunState.DONE
        )
        .order_by(Run.id.desc())
        .limit(1)
    )
    if looked is None:
        return
    for kind in scope.kinds(run.notes.only):
        differing = select(Change.sis_id).where(
            Change.run_id == looked,
            Change.kind == kind,
            Change.action == Action.DIFFER,
            scope.within(run, Kind(kind), Change),
        )
        links.write.forget_applied(District(session, run.installation_id), Kind(kind), differing)
