"""How far this database has come, so that one that went back can be recognized."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base


class Epoch(Base):
    """One row, which lti_app.store.epoch reads and writes."""

    __tablename__ = "epoch"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    """Of this line of history: 32 hex digits, new after each restore."""
    number: Mapped[int]
    """Only grows: with each round of sending, and each tick."""
