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
