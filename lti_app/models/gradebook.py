"""What the teacher's page keeps: settings as read, the category map, and the state of every push."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base


class SectionSettings(Base):
    """The SIS gradebook settings of a Schoology section as last read."""

    __tablename__ = "section_settings"

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    section_id: Mapped[str] = mapped_column(primary_key=True)
    section_key: Mapped[str]
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    read_at: Mapped[datetime | None]
    own_map: Mapped[bool] = mapped_column(default=False)


class CategoryMap(Base):
    """A Schoology category and the SIS category that its items go to."""

    __tablename__ = "category_map"

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    section_id: Mapped[str] = mapped_column(primary_key=True)
    category_id: Mapped[str] = mapped_column(primary_key=True)
    sis_category: Mapped[str]


class ItemState(Base):
    """A graded item and the SIS assignment that it became."""

    __tablename__ = "item_state"
    __table_args__ = (UniqueConstraint("installation_id", "section_id", "session", "item_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    section_id: Mapped[str]
    session: Mapped[int] = mapped_column(default=1)
    item_id: Mapped[str]
    sis_assignment: Mapped[str] = mapped_column(default="")
    fingerprint: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="not_yet_synced")
    reason: Mapped[str] = mapped_column(Text, default="")
    opted_out: Mapped[bool] = mapped_column(default=False)
    pushed_at: Mapped[datetime | None]


class ScoreState(Base):
    """One student's score of one item as last pushed and as last seen in the SIS."""

    __tablename__ = "score_state"

    item_state_id: Mapped[int] = mapped_column(ForeignKey("item_state.id"), primary_key=True)
    student_id: Mapped[str] = mapped_column(primary_key=True)
    pushed: Mapped[str] = mapped_column(default="")
    seen: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="not_yet_synced")
    reason: Mapped[str] = mapped_column(Text, default="")


class Event(Base):
    """A Schoology trigger event as it came; a hint to look at its section, never the truth."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), index=True)
    section_id: Mapped[str] = mapped_column(default="")
    received_at: Mapped[datetime]
    body: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(default="new")
