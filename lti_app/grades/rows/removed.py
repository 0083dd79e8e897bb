"""What a sync took from the SIS and can still be put back (lti_app.grades.put_back)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from lti_app import clock
from lti_app.models import KeptScore, RemovedAssignment
from lti_app.school.gradebook import Assignment
from lti_app.school.gradebook_json import decimal
from lti_app.school.reasons import NO_REASON
from lti_app.store.district import District

RESTORABLE = timedelta(days=30)


def restorable(district: District, section_id: str = "") -> list[RemovedAssignment]:
    """The assignments that can still be put back, newest first."""
    wanted = district.select(RemovedAssignment).where(
        RemovedAssignment.done.is_(True),
        RemovedAssignment.restored_at.is_(None),
        RemovedAssignment.removed_at > _oldest(),
    )
    if section_id:
        wanted = wanted.where(RemovedAssignment.section_id == section_id)
    return list(district.session.scalars(wanted.order_by(RemovedAssignment.id.desc()).limit(100)))


def scores(district: District, section_id: str, ids: Sequence[int] | None = None) -> list[KeptScore]:
    """The scores of a section that can still be put back, or those of these rows; oldest first."""
    wanted = district.select(KeptScore).where(
        KeptScore.section_id == section_id,
        KeptScore.done.is_(True),
        KeptScore.restored_at.is_(None),
        KeptScore.kept_at > _oldest(),
    )
    found = district.session.scalars(wanted.order_by(KeptScore.id)).all()
    return [each for each in found if ids is None or each.id in set(ids)]


def is_restorable(row: RemovedAssignment) -> bool:
    """Whether it can still be put back."""
    return row.done and row.restored_at is None and row.removed_at > _oldest()


def _oldest() -> datetime:
    return clock.now() - RESTORABLE


def assignment_of(row: RemovedAssignment) -> Assignment:
    """The assignment as it was; its number is given again."""
    kept: dict[str, Any] = {**row.assignment, "unreadable": NO_REASON}
    days = {name: date.fromisoformat(kept[name]) if kept[name] else None for name in ("due", "assigned")}
    numbers = {name: decimal(kept[name]) for name in ("points", "weight")}
    return Assignment(**{**kept, **days, **numbers, "number": ""})
