"""When parent links end without a question: where a district wants it, and its contact types are no narrower
than at the last sync."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.models import Run, RunState
from lti_app.school.run_kinds import RunKind
from lti_app.setup.choices import read_options
from lti_app.sis.port import Feed
from lti_app.store.district import District

OVER = (RunState.DONE, RunState.DONE_WITH_PROBLEMS, RunState.HELD)


def end_unasked(session: Session, run: Run) -> bool:
    """Whether this run ends parent links that the SIS lost. After a type was cleared, links of that type did
    not come either, so the first sync ends none."""
    options = read_options(District(session, run.installation_id))
    if not options.ends_parent_links or Feed.GUARDIANS not in run.notes.staged:
        return False
    before = _types_before(session, run)
    return before is not None and set(before) <= set(options.guardian_types)


def _types_before(session: Session, run: Run) -> tuple[str, ...] | None:
    """The contact types of the last sync that read parents; None without one."""
    runs = session.scalars(
        select(Run)
        .where(
            Run.installation_id == run.installation_id,
            Run.what.in_((RunKind.ALL, RunKind.USERS)),
            Run.state.in_(OVER),
            Run.plan_only.is_(False),
            Run.id < run.id,
        )
        .order_by(Run.id.desc())
        .limit(1)
    ).all()
    return runs[0].notes.guardian_types or None if runs else None
