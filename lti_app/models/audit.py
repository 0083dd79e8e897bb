"""Who changed what setting. A line holds ids: names are looked up when it is shown."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base


class Audit(Base):
    """Secrets appear as "changed", never as a value."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_installation_id_at", "installation_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    at: Mapped[datetime]
    uid: Mapped[str] = mapped_column(default="")
    name: Mapped[str] = mapped_column(default="")
    """Of who has no uid: the command line, the app, Schoology. Never a person's."""
    what: Mapped[str]
    kind: Mapped[str] = mapped_column(default="", server_default="")
    """Of the record that the line is about (Kind); empty for none."""
    sis_id: Mapped[str] = mapped_column(default="", server_default="")
    """The SIS id of that record."""
    old: Mapped[str] = mapped_column(Text, default="")
    new: Mapped[str] = mapped_column(Text, default="")
