"""Who may look at the admin app of an installation, and who asked to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base


class Reader(Base):
    """A person who opened the admin app, by the LTI sub of their launches.

    They may look when Schoology called them a system administrator lately, or when the Acting User allowed
    them by name. Who may neither is on the list from which the Acting User chooses.
    """

    __tablename__ = "reader"

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    uid: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    confirmed_at: Mapped[datetime | None]
    """When Schoology last said that the person is a system administrator; empty when it said otherwise."""
    asked_at: Mapped[datetime | None]
    """When Schoology was last asked about the person, with or without an answer."""
    answered: Mapped[bool] = mapped_column(default=False)
    """Whether it answered then."""
    allowed_at: Mapped[datetime | None]
    """When the Acting User allowed the person by name."""
    allowed_by: Mapped[str] = mapped_column(default="")
    """The Schoology uid of that Acting User."""
    seen_at: Mapped[datetime]
    """When the person last opened the admin app."""
