"""Which mapped terms are under way or ahead."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.models import TermRow


def running_periods(session: Session, installation_id: int, today: date) -> set[str]:
    """Grading periods of a mapped term that has not ended."""
    mapped = (TermRow.installation_id == installation_id, TermRow.grading_period_id != "")
    return set(session.scalars(select(TermRow.grading_period_id).where(*mapped, TermRow.end >= today)))
