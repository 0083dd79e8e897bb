"""Which mapped terms are under way or ahead, and to what a term is mapped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select

from lti_app.models import TermRow
from lti_app.store.district import District


def running_periods(district: District, today: date) -> set[str]:
    """Grading periods of a mapped term that has not ended."""
    mapped = (TermRow.installation_id == district.id, TermRow.grading_period_id != "")
    return set(
        district.session.scalars(select(TermRow.grading_period_id).where(*mapped, TermRow.end >= today))
    )


def mapped_to(terms: Mapping[str, TermRow], key: str, building: str) -> str:
    """The grading period of a term, or of the nearest term that it is a part of, as far as the school has it;
    empty where none is mapped. `terms` is every term by its key."""
    passed: set[str] = set()
    while key not in passed and (term := terms.get(key)) is not None:
        if term.grading_period_id and (not term.buildings or building in term.buildings):
            return term.grading_period_id
        passed.add(key)
        key = term.parent
    return ""
