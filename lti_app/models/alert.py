"""Something that was wrong with a district, from its beginning to its end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base
from lti_app.models.reasons import ReasonText
from lti_app.school.reasons import NO_REASON, Reason


class Alert(Base):
    """One condition while it lasts and after; the two marks say which emails were sent."""

    __tablename__ = "alert"
    __table_args__ = (Index("ix_alert_installation_id_ended_at", "installation_id", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    key: Mapped[str]
    """See lti_app.operations.health.Condition."""
    text: Mapped[Reason] = mapped_column(ReasonText, default=NO_REASON)
    """What is wrong."""
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    told_began: Mapped[bool] = mapped_column(default=False)
    told_ended: Mapped[bool] = mapped_column(default=False)


class Problem(Base):
    """A record that the last sync of its kind could not bring into Schoology, since when and why.

    The lines of each run say the same of that run; this table says how long it lasts.
    """

    __tablename__ = "problem"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it once

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    sis_id: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str]
    """Of the reason."""
    role: Mapped[str] = mapped_column(default="")
    person: Mapped[str] = mapped_column(default="")
    building: Mapped[str] = mapped_column(default="")
    since: Mapped[datetime]
    """When a sync first found it with this reason."""
    seen_run: Mapped[int]
    """The id of the run that found it last."""


class KnownProblem(Base):
    """What an administrator knows of and doesn't want to be reminded of."""

    __tablename__ = "known_problem"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it once

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    """Of lti_app.operations.overview.attention.Need."""
    count: Mapped[int] = mapped_column(default=0)
    """How many records it was about then: more of them are news."""
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(default="")
    until: Mapped[datetime | None]
    """When the reminder comes; None for never."""
