"""One record that the newest check of Schoology listed is sent again, though nothing changed in the SIS."""

from __future__ import annotations

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session, aliased

from lti_app.models import Action, Change, Link, Run, RunState
from lti_app.school.records import Kind
from lti_app.school.run_kinds import RunKind
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
    line = aliased(Change)
    for kind in scope.kinds(run.notes.only):
        session.execute(
            update(Link)
            .where(
                Link.installation_id == run.installation_id,
                Link.kind == kind,
                scope.within(run, Kind(kind), Link),
                exists().where(
                    line.run_id == looked,
                    line.kind == Link.kind,
                    line.sis_id == Link.sis_id,
                    line.action == Action.DIFFER,
                ),
            )
            .values(fingerprint="")
            .execution_options(synchronize_session=False)
        )
