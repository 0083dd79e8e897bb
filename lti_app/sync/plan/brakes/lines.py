"""What the brakes share: a trip, the open lines of a plan, and how lines are held."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from lti_app.models import Action, Change, ChangeState, Run
from lti_app.store.bulk import AT_ONCE, chunks

OPEN = (ChangeState.PLANNED, ChangeState.HELD)
Counts = dict[tuple[str, str], int]
"""(kind, building) → how many."""


@dataclass(frozen=True)
class Trip:
    """One brake that was tripped: so many of so many, against which limit."""

    brake: str
    """drops, left, moved, updates, section, last_teacher, admin_role, regenerated_ids, recreated,
    same_account, same_person, shared_numbers, swapped_codes, course_renamed or code_reused, too_many_parents,
    parents_added or parents_ended."""
    kind: str
    building: str
    number: int
    of: int
    limit: str
    section: str = ""
    who: str = ""
    """staff, where the seats of teachers are judged apart from those of students."""


def open_lines(run: Run, *actions: Action, table: Any = Change) -> tuple[ColumnElement[bool], ...]:
    """The conditions that a line of the plan has not been decided on and has one of these actions."""
    return (table.run_id == run.id, table.state.in_(OPEN), table.action.in_(actions))


def count_open(session: Session, run: Run, action: Action, *which: ColumnElement[bool]) -> Counts:
    """How many open lines have this action, and meet the conditions, of each kind in each building."""
    rows = session.execute(
        select(Change.kind, Change.building, func.count())
        .where(*open_lines(run, action), *which)
        .group_by(Change.kind, Change.building)
    )
    return {(kind, building): number for kind, building, number in rows}


def hold(session: Session, run: Run, *which: ColumnElement[bool]) -> None:
    """Let planned lines wait for a person."""
    session.execute(
        update(Change)
        .where(Change.run_id == run.id, Change.state == ChangeState.PLANNED, *which)
        .values(state=ChangeState.HELD)
        .execution_options(synchronize_session=False)
    )


def hold_each(
    session: Session, run: Run, column: Any, values: Iterable[Any], *which: ColumnElement[bool]
) -> None:
    """Hold the lines whose column has one of many values."""
    for part in chunks(sorted(values), AT_ONCE):
        hold(session, run, column.in_(part), *which)
