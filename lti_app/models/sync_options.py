"""What an installation wants of its syncs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, false
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base
from lti_app.models.reasons import ReasonText
from lti_app.school.reasons import NO_REASON, Reason


class SyncOptions(Base):
    """Timing, live sync, brakes, and the choices of the Users, Courses and Sections tabs."""

    __tablename__ = "sync_options"

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    mode: Mapped[str] = mapped_column(default="manual")
    window: Mapped[int] = mapped_column(default=0)
    """First hour of the three-hour window: 0, 3, … 21."""
    live_grades: Mapped[bool] = mapped_column(default=False)
    brakes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    provisioning: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """See lti_app.school.options.ProvisioningOptions for the shape."""
    retention: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    """See lti_app.school.retention.Retention for the shape."""
    grades: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    """See lti_app.school.grade_policy.GradePolicy for the shape."""
    prep: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    """See lti_app.school.prep.PrepOptions for the shape."""
    schoology_lists: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Schoology's buildings and grading periods as last read; for choosing, never for deciding."""
    mail_to: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default="[]")
    """Addresses that are told what is wrong."""
    daily_summary: Mapped[bool] = mapped_column(default=False, server_default=false())
    summary_sent: Mapped[str] = mapped_column(default="", server_default="")
    """The local day of the last summary, YYYY-MM-DD."""
    digest_sent: Mapped[str] = mapped_column(default="", server_default="")
    """The local day on which teachers were last emailed what waits for them, YYYY-MM-DD."""
    next_due_at: Mapped[datetime | None]
    next_due_why: Mapped[Reason] = mapped_column(ReasonText, default=NO_REASON)
