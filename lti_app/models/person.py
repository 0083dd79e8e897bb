"""What the app keeps to deal with people's data: legal holds, and who was erased."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base


class PersonHold(Base):
    """A legal hold: nothing about this person is erased, reduced or forgotten while the row is there."""

    __tablename__ = "person_hold"

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    """The person's SIS key; of someone that the SIS never had, their Schoology id."""
    uid: Mapped[str] = mapped_column(default="")
    """The Schoology id, where it is known."""
    set_at: Mapped[datetime]
    set_by: Mapped[str] = mapped_column(default="")
    """The Schoology uid of who set it; empty for the people who host the app."""


class ErasedPerson(Base):
    """An id of someone who was erased, as a keyed hash (lti_app.operations.people.tombstones). No name, and
    nothing that leads back to the person without the id and the key."""

    __tablename__ = "erased_person"

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    mark: Mapped[str] = mapped_column(primary_key=True)
    erased_at: Mapped[datetime]
