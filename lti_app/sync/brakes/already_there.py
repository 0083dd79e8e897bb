"""A first sync of people many of whom seem to be in Schoology already: Data Prep was forgotten."""

from __future__ import annotations

from sqlalchemy.orm import Session

from lti_app.models import Action, Change, Run
from lti_app.school.records import Kind
from lti_app.sync.brakes.lines import Trip, hold
from lti_app.sync.prep import already


def hold_people_already_there(session: Session, run: Run) -> list[Trip]:
    """Hold every new person when more of them than the share have a name or address that is there."""
    found = already.of_run(run)
    if found is None or not found.is_many:
        return []
    hold(session, run, Change.kind == Kind.USER, Change.action == Action.CREATE)
    return [Trip("already_there", Kind.USER, "", found.number, found.of, f"{already.SHARE:.0%}")]
