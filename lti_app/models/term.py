"""A term of the SIS and its Schoology grading period."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base


class TermRow(Base):
    """A term as the SIS last told it (lti_app.school.records.Term), under its key."""

    __tablename__ = "term"
    __table_args__ = (UniqueConstraint("installation_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    key: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="")
    parent: Mapped[str] = mapped_column(default="")
    buildings: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """SIS ids of the schools that have it; none means all schools."""
    school_year: Mapped[int | None]
    code: Mapped[str] = mapped_column(default="")
    order: Mapped[int] = mapped_column("position", default=0)
    start: Mapped[date] = mapped_column("starts_on")
    end: Mapped[date] = mapped_column("ends_on")
    grading_period_id: Mapped[str] = mapped_column(default="")
    grading_period_title: Mapped[str] = mapped_column(default="")
    grading_period_start: Mapped[date | None]
    grading_period_end: Mapped[date | None]
    seen_at: Mapped[datetime]
