"""The single-use row between a login request and its launch."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base


class LaunchState(Base):
    """Deleted by the launch that uses it, so that state and nonce work once."""

    __tablename__ = "launch_state"

    state_hash: Mapped[str] = mapped_column(primary_key=True)
    nonce: Mapped[str]
    platform_id: Mapped[int] = mapped_column(ForeignKey("platform.id"))
    expires_at: Mapped[datetime]
