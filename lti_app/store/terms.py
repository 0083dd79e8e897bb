"""Which mapped terms are under way or ahead."""

from __future__ import annotations

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
