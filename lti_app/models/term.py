"""A marking period of the SIS and its Schoology grading period."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base


class TermRow(Base):
    """The identity of a term is per building, track, year and marking period."""

    __tablename__ = "term"
    __table_args__ = (
        UniqueConstraint("installation_id", "building", "track", "school_year", "summer", "marking_period"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    building: Mapped[str]
    track: Mapped[str]
    school_year: Mapped[int]
    summer: Mapped[bool] = mapped_column(default=False)
    marking_period: Mapped[str]
    name: Mapped[str]
    order: Mapped[int] = mapped_column("position", default=0)
    start: Mapped[date] = mapped_column("starts_on")
    end: Mapped[date] = mapped_column("ends_on")
    grading_period_id: Mapped[str] = mapped_column(default="")
    grading_period_title: Mapped[str] = mapped_column(default="")
    grading_period_start: Mapped[date | None]
    grading_period_end: Mapped[date | None]
    seen_at: Mapped[datetime]
