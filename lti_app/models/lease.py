"""Which process ticks the scheduler."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base


class Lease(Base):
    """One row per name; its holder may tick until the lease expires."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(primary_key=True)
    holder: Mapped[str]
    expires_at: Mapped[datetime]
