"""What hangs on a held line waits with it: no one loses a class while the class, or the same person under a
new id, waits for someone's word."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exists
from sqlalchemy.orm import Session

from lti_app.models import Action, Change, ChangeState, Run
from lti_app.models.base import alias
from lti_app.school.records import Kind
from lti_app.sync.plan.brakes.lines import hold

CREATED = (Action.CREATE,)
CREATED_OR_LEFT = (Action.CREATE, Action.RELEASE)
HANGING: tuple[tuple[Kind, Action, Any, Kind, tuple[Action, ...]], ...] = (
    (Kind.SECTION, Action.CREATE, Change.parent, Kind.COURSE, CREATED),
    (Kind.ENROLLMENT, Action.CREATE, Change.parent, Kind.SECTION, CREATED),
    (Kind.ENROLLMENT, Action.CREATE, Change.person, Kind.USER, CREATED),
    (Kind.PARENT_LINK, Action.CREATE, Change.parent, Kind.USER, CREATED),
    (Kind.PARENT_LINK, Action.CREATE, Change.person, Kind.USER, CREATED),
    (Kind.ENROLLMENT, Action.DROP, Change.parent, Kind.SECTION, CREATED_OR_LEFT),
    (Kind.ENROLLMENT, Action.DROP, Change.person, Kind.USER, CREATED_OR_LEFT),
)
"""Kind and action of the line that waits, its column that names another, and that one's kind and actions."""


def hold_dependents(session: Session, run: Run) -> None:
    """Sections of held courses, then seats of held sections and people: those made, and those ended."""
    for kind, action, column, on, actions in HANGING:
        held = alias(Change, "held_line")
        hold(
            session,
            run,
            Change.kind == kind,
            Change.action == action,
            exists().where(
                held.run_id == run.id,
                held.kind == on,
                held.action.in_(actions),
                held.state == ChangeState.HELD,
                held.sis_id == column,
            ),
        )
