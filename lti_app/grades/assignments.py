"""The assignments of a section, each with the Schoology item that it was made from."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from lti_app.grades.context import GradeContext
from lti_app.models import ItemState
from lti_app.school.gradebook import Assignment


def read_assignments(context: GradeContext, section_key: str) -> tuple[Assignment, ...]:
    """Every assignment of every session. Raises SisError.

    Where the SIS does not keep the item's id, an assignment is known by the id that the SIS gave it when it
    was sent.
    """
    found = tuple(context.sis.assignments(section_key))
    if context.capabilities.item_ids:
        return found
    given = _given(context)
    return tuple(
        each if each.item_id else replace(each, item_id=given.get((each.session, each.number), ""))
        for each in found
    )


def _given(context: GradeContext) -> dict[tuple[int, str], str]:
    """(session, id that the SIS gave) → Schoology item."""
    rows = context.session.execute(
        select(ItemState.session, ItemState.sis_assignment, ItemState.item_id).where(
            ItemState.installation_id == context.installation_id,
            ItemState.section_id == context.section_id,
            ItemState.sis_assignment != "",
        )
    )
    return {(session, given): item_id for session, given, item_id in rows}
