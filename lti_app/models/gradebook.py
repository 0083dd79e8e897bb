"""What the teacher's page keeps: settings as read, the category map, and the state of every push."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base
from lti_app.models.reasons import Reasoned, ReasonText
from lti_app.school.reasons import NO_REASON, Reason


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
    "locked": [term]}; and under "titles" a map by title that was taken over from another section
    of the course."""
    trial: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    """The first score, as it was sent and as it was read back, until a person confirms it."""
    agreement: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    """How the averages of both gradebooks compare, as last calculated."""
    looked_at: Mapped[datetime | None]
    """When both sides were last read."""
    problem: Mapped[Reason] = mapped_column(ReasonText, default=NO_REASON, server_default="")
    """Why they could not be read; empty when they could."""
    generation: Mapped[int] = mapped_column(default=0, server_default="0")
    """Grows with every write to the section's memory: a reading that began earlier is thrown away."""
    excused: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    """SIS ids of students who are excused from work that was due before they joined."""
    effects: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    """What the next sync would do to averages (lti_app.grades.rules.effects.Effects)."""
    account_zone: Mapped[str] = mapped_column(default="", server_default="")
    """The Acting User's time zone by which the due dates in the SIS were last sent."""


class CategoryMap(Base):
    """A Schoology category and the SIS category that its items go to; empty for deliberately none."""

    __tablename__ = "category_map"

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    section_id: Mapped[str] = mapped_column(primary_key=True)
    category_id: Mapped[str] = mapped_column(primary_key=True)
    sis_category: Mapped[str]


class ItemState(Reasoned, Base):
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
    opted_out: Mapped[bool] = mapped_column(default=False)
    held: Mapped[bool] = mapped_column(default=False, server_default=false())
    """It came with many others, and is on hold until it is released."""
    gone: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Schoology does not list it any more, and the SIS still has it."""
    title: Mapped[str] = mapped_column(default="", server_default="")
    place: Mapped[int] = mapped_column(default=0, server_default="0")
    """Its position in Schoology's list."""
    shown: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    """What the page shows of it: {"kind", "category", "due", "used", "points", "findings": [...]}; a
    finding has the fields of lti_app.grades.rules.findings.Finding."""
    pending: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many things of it (the assignment, each score) were waiting to be sent when last compared."""
    pushed_at: Mapped[datetime | None]
    choices: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, server_default="{}")
    """What a teacher decided about it, and a day that was set once (lti_app.grades.rules.timing.Choices)."""


class ScoreState(Reasoned, Base):
    """One student's score of one item as last pushed and as last seen in the SIS."""

    __tablename__ = "score_state"

    item_state_id: Mapped[int] = mapped_column(ForeignKey("item_state.id"), primary_key=True)
    student_id: Mapped[str] = mapped_column(primary_key=True)
    pushed: Mapped[str] = mapped_column(default="")
    seen: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="not_yet_synced")
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
    agreed_for: Mapped[str | None] = mapped_column(Text)
    """Schoology's text that was shown to that person: the agreement is about this pair and no other."""
    intent: Mapped[str | None] = mapped_column(Text)
    """What is being sent, from before the request until its answer is known."""
    seat: Mapped[str] = mapped_column(default="", server_default="")
    """The enrollment whose cell was last seen filled; a blank cell of another one clears nothing."""
    loss: Mapped[str] = mapped_column(default="", server_default="")
    """What the next sync would do to the SIS's value: "", "replace" or "clear" (`offered` by `wanted`)."""


class KeptScore(Base):
    """What the SIS had before a sync cleared or replaced it, so that it can be put back for 30 days."""

    __tablename__ = "kept_score"
    __table_args__ = (
        Index("ix_kept_score_section", "installation_id", "section_id", "kept_at"),
        Index("ix_kept_score_kept_at", "installation_id", "kept_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    section_id: Mapped[str]
    session: Mapped[int] = mapped_column(default=1)
    item_id: Mapped[str]
    title: Mapped[str] = mapped_column(Text, default="")
    student_id: Mapped[str]
    before: Mapped[str] = mapped_column(Text)
    """What the SIS had, as canonical text."""
    after: Mapped[str] = mapped_column(Text, default="")
    """What was sent in its place; blank for a clear."""
    kept_at: Mapped[datetime]
    """When it was about to be sent."""
    done: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the SIS took it."""
    restored_at: Mapped[datetime | None]
    restored_by: Mapped[str] = mapped_column(default="", server_default="")


class GradeWish(Base):
    """What a person asked for while another job of the section ran: the next job carries it out."""

    __tablename__ = "grade_wish"
    __table_args__ = (Index("ix_grade_wish_section", "installation_id", "section_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    section_id: Mapped[str]
    request: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """See lti_app.school.job_request.JobRequest for the shape."""
    asked_by: Mapped[str] = mapped_column(default="")
    asked_by_uid: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]
