"""What live sync deleted in the SIS, put back with all of its scores."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.grades.compare import score_of
from lti_app.grades.context import GradeContext
from lti_app.grades.stored import decimal
from lti_app.grades.words import refusal
from lti_app.models import LiveSection, RemovedAssignment
from lti_app.school.gradebook import Assignment
from lti_app.sis.errors import SisRejected
from lti_app.sis.port import MOST_SCORES

RESTORABLE = timedelta(days=30)


def restorable(session: Session, installation_id: int, section_id: str = "") -> list[RemovedAssignment]:
    """What can still be put back, newest first."""
    wanted = select(RemovedAssignment).where(
        RemovedAssignment.installation_id == installation_id,
        RemovedAssignment.done.is_(True),
        RemovedAssignment.restored_at.is_(None),
        RemovedAssignment.removed_at > _oldest(),
    )
    if section_id:
        wanted = wanted.where(RemovedAssignment.section_id == section_id)
    return list(session.scalars(wanted.order_by(RemovedAssignment.id.desc()).limit(100)))


def is_restorable(row: RemovedAssignment) -> bool:
    """Whether it can still be put back."""
    return row.done and row.restored_at is None and row.removed_at > _oldest()


def _oldest() -> datetime:
    return clock.now() - RESTORABLE


def restore(context: GradeContext, here: LiveSection, row: RemovedAssignment, who: str) -> str:
    """Put an assignment back with its scores; empty, or why the SIS refused. Raises SisError. Commits.

    From then on live sync leaves it alone: only a person removes it again.
    """
    made = _assignment(row.assignment)
    scores = [score_of(student, text) for student, text in row.scores.items()]
    try:
        context.sis.put_assignment(row.section_key, made)
        said = [
            outcome
            for start in range(0, len(scores), MOST_SCORES)
            for outcome in context.sis.put_scores(
                row.section_key, made.session, made.item_id, scores[start : start + MOST_SCORES]
            )
        ]
    except SisRejected as error:
        return refusal(error.code, str(error))
    here.spared = sorted({*here.spared, row.item_id})
    row.restored_at, row.restored_by = clock.now(), who
    context.session.commit()
    refused = [each for each in said if not each.ok]
    return f"{len(refused)} of its {len(said)} scores were refused: {refused[0].words}" if refused else ""


def _assignment(kept: dict[str, Any]) -> Assignment:
    days = {name: date.fromisoformat(kept[name]) if kept[name] else None for name in ("due", "assigned")}
    numbers = {name: decimal(kept[name]) for name in ("points", "weight")}
    return Assignment(**{**kept, **days, **numbers, "number": ""})
