"""What live sync deleted in the SIS and can still be put back (lti_app.grades.put_back)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from lti_app import clock
from lti_app.models import RemovedAssignment
from lti_app.school.gradebook import Assignment
from lti_app.school.gradebook_json import decimal
from lti_app.store.district import District

RESTORABLE = timedelta(days=30)


def restorable(district: District, section_id: str = "") -> list[RemovedAssignment]:
    """What can still be put back, newest first."""
    wanted = district.select(RemovedAssignment).where(
        RemovedAssignment.done.is_(True),
        RemovedAssignment.restored_at.is_(None),
        RemovedAssignment.removed_at > _oldest(),
    )
    if section_id:
        wanted = wanted.where(RemovedAssignment.section_id == section_id)
    return list(district.session.scalars(wanted.order_by(RemovedAssignment.id.desc()).limit(100)))


def is_restorable(row: RemovedAssignment) -> bool:
    """Whether it can still be put back."""
    return row.done and row.restored_at is None and row.removed_at > _oldest()


def _oldest() -> datetime:
    return clock.now() - RESTORABLE


def assignment_of(row: RemovedAssignment) -> Assignment:
    """The assignment as it was; its number is given anew."""
    kept: dict[str, Any] = {"unreadable": "", **row.assignment}
    days = {name: date.fromisoformat(kept[name]) if kept[name] else None for name in ("due", "assigned")}
    numbers = {name: decimal(kept[name]) for name in ("points", "weight")}
    return Assignment(**{**kept, **days, **numbers, "number": ""})
