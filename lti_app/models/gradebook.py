"""What the teacher's page keeps: settings as read, the category map, and the state of every push."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text, UniqueConstraint, false
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
    """Whether a person matched the categories of this very section."""
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    """What the pages show of both sides besides the settings (lti_app.grades.rules.snapshot.Snapshot)."""
    learned: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    """What refusals of the SIS taught: {"closed_days": {day: day on which it was learned},
    "locked": [marking period]}; and under "titles" a map by title that was taken over from another section
    of the course."""
    trial: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    """The first score, as it was sent and as it was read back, until a person confirms it."""
    agreement: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    """How the averages of both gradebooks compare, as last calculated."""
    looked_at: Mapped[datetime | None]
    """When both sides were last read."""
    problem: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Why they could not be read, in words with the next step; empty when they could."""


class CategoryMap(Base):
    """A Schoology category and the SIS category that its items go to; empty for deliberately none."""

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
    seen: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What of the assignment enters an average, as the SIS had it after the last push; it may round."""
    status: Mapped[str] = mapped_column(default="not_yet_synced")
    reason: Mapped[str] = mapped_column(Text, default="")
    opted_out: Mapped[bool] = mapped_column(default=False)
    held: Mapped[bool] = mapped_column(default=False, server_default=false())
    """It came with many others, and is on hold until it is released."""
    gone: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Schoology does not list it any more, and the SIS still has it."""
    title: Mapped[str] = mapped_column(default="", server_default="")
    place: Mapped[int] = mapped_column(default=0, server_default="0")
    """Its position in Schoology's list."""
    shown: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    """What the page shows of it: {"kind", "category", "due", "used", "points", "findings": [...]}."""
    pending: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many things of it (the assignment, each score) were waiting to be sent when last compared."""
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
    known: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether pushed and seen say something: it was sent, or a person decided about it."""
    wanted: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What Schoology has, while a conflict waits."""
    offered: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What the SIS has, while a conflict waits."""
    agreed: Mapped[str | None] = mapped_column(Text)
    """The SIS's text that a person let us overwrite."""
    unchecked: Mapped[bool] = mapped_column(default=False, server_default=false())
    """The SIS took what was pushed and was not read back yet: `seen` is only what was sent."""
    kept: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A person decided that the SIS keeps what it has although Schoology's cell is empty."""
    replaced: Mapped[str | None] = mapped_column(Text)
    """What somebody had entered in the SIS before the last push overwrote it; restorable for a while."""
    replaced_at: Mapped[datetime | None]
