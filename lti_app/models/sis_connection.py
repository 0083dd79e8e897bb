"""How to reach the SIS of an installation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import SEALED, Base


class SisConnection(Base):
    """The four credentials of eSchoolPLUS and what the last test found."""

    __tablename__ = "sis_connection"

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    adapter: Mapped[str] = mapped_column(default="eschoolplus")
    domain: Mapped[str] = mapped_column(default="")
    site_code: Mapped[str] = mapped_column(default="")
    login_name: Mapped[str] = mapped_column(default="")
    password: Mapped[str] = mapped_column(Text, default="", info=SEALED)
    product: Mapped[str] = mapped_column(default="")
    version: Mapped[str] = mapped_column(default="")
    capabilities: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What the last test measured, for Capabilities.measured; an older version of the app kept a list."""
    checked_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(default="")
    """What the last test or run was refused for; empty when it worked."""
    preview_confirmed_at: Mapped[datetime | None]
    """When the administrator confirmed what was read from the unverified wire profile."""
    preview_confirmed_by: Mapped[str] = mapped_column(default="")
    grades_confirmed_at: Mapped[datetime | None]
    """When somebody confirmed the first score that was written over the unverified wire and read back."""
    grades_confirmed_by: Mapped[str] = mapped_column(default="", server_default="")
