"""How to reach the SIS of an installation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import SEALED, Base
from lti_app.models.reasons import ReasonText
from lti_app.school.reasons import NO_REASON, Reason


class SisConnection(Base):
    """The adapter, its settings and secrets, and what the last test found.

    Which fields there are, the adapter's description says (lti_app.sis.registry).
    """

    __tablename__ = "sis_connection"

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    adapter: Mapped[str]
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    """Field → value of everything that is not secret; always replaced as a whole."""
    secrets: Mapped[str] = mapped_column(Text, default="", server_default="", info=SEALED)
    """Field → value of everything that is secret, as one sealed JSON object; empty for none."""
    secret_names: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default="[]")
    """The fields in `secrets`, so that pages need not open it."""
    allowed_hosts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    """What the people who host the app allowed for this installation alone (lti_app.outbound.hosts.Allowed);
    always replaced as a whole."""
    product: Mapped[str] = mapped_column(default="")
    version: Mapped[str] = mapped_column(default="")
    capabilities: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What the last test measured, for Capabilities.measured; an older version of the app kept a list."""
    checked_at: Mapped[datetime | None]
    problem: Mapped[Reason] = mapped_column(ReasonText, default=NO_REASON)
    """What the last test or run was refused for; none when it worked."""
    gradebook_problem: Mapped[Reason] = mapped_column(ReasonText, default=NO_REASON, server_default="")
    """Why the SIS refuses its gradebook alone: grades are off, and rosters go on."""
    move: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    """What changed while the district had links, until a person confirms it (lti_app.setup.sis_move)."""
    preview_confirmed_at: Mapped[datetime | None]
    """When the administrator confirmed what was read first."""
    preview_confirmed_by: Mapped[str] = mapped_column(default="")
    grades_confirmed_at: Mapped[datetime | None]
    """When a person confirmed the first score that was written and read back."""
    grades_confirmed_by: Mapped[str] = mapped_column(default="", server_default="")
    grades_doubt: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    """The first score that a person called wrong, as lti_app.grades.first_score.Doubt writes it. No grades
    are sent until the Acting User has answered; empty for none."""
