"""Live sync: the registration in Schoology, what is known of each section, sweeps, and what was deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import SEALED, Base
from lti_app.models.reasons import ReasonText
from lti_app.school.reasons import NO_REASON, Reason


class Event(Base):
    """A Schoology trigger event as it came; a hint to look at its section, never the truth."""

    __tablename__ = "event"
    __table_args__ = (
        Index(
            "ix_event_new",
            "installation_id",
            "section_id",
            sqlite_where=text("state = 'new'"),
            postgresql_where=text("state = 'new'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), index=True)
    section_id: Mapped[str] = mapped_column(default="")
    received_at: Mapped[datetime]
    body: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(default="new")
    """new, taken (by a job), ignored (not a section that is synced, or live sync is off) or malformed."""


class LiveSync(Base):
    """One installation's live sync: the address that Schoology's triggers call, and how it goes."""

    __tablename__ = "live_sync"
    __table_args__ = (
        Index("ix_live_sync_secret_hash", "secret_hash"),
        Index("ix_live_sync_former_hash", "former_hash"),
    )

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(Text, default="", info=SEALED)
    """The secret part of the address, kept to register it again."""
    secret_hash: Mapped[str] = mapped_column(default="")
    """SHA-256 of it, by which an event finds its installation; empty while live sync is off."""
    former_hash: Mapped[str] = mapped_column(default="")
    """That of the secret before, until Schoology has taken the new address."""
    target_id: Mapped[str] = mapped_column(default="")
    leftovers: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """Targets that Schoology still has and that are to go."""
    since: Mapped[int] = mapped_column(default=0)
    """Unix moment: what Schoology says was changed before it is backlog."""
    turned_on_at: Mapped[datetime | None]
    previewed_at: Mapped[datetime | None]
    """When everything was last looked at before turning it on."""
    checked_at: Mapped[datetime | None]
    confirmed: Mapped[bool] = mapped_column(default=False)
    """Whether Schoology confirmed target and subscriptions when last asked."""
    problem: Mapped[Reason] = mapped_column(ReasonText, default=NO_REASON)
    last_event_at: Mapped[datetime | None]


class LiveSection(Base):
    """What live sync knows of one Schoology section."""

    __tablename__ = "live_section"

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    section_id: Mapped[str] = mapped_column(primary_key=True)
    last_event_at: Mapped[datetime | None]
    active_at: Mapped[datetime | None]
    """The last event or push; what was active lately is swept every quarter of an hour."""
    pushed_at: Mapped[datetime | None]
    compared_at: Mapped[datetime | None]
    """When the whole gradebook was last compared, not only what changed."""
    dealt_at: Mapped[datetime | None]
    """When the last job came to its end, good or bad; the next one follows a little later."""
    owed: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A job has taken events and has not come to a good end yet."""
    why: Mapped[Reason] = mapped_column(ReasonText, default=NO_REASON)
    """Why nothing is sent automatically, for the teacher; empty when it is."""
    far: Mapped[str] = mapped_column(Text, default="")
    """Schoology's gradebook as last dealt with (lti_app.grades.live.last_seen)."""
    begun: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it was settled what the backlog is."""
    backlog: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What was waiting when live sync began (lti_app.grades.rules.waiting)."""
    refused: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What the SIS refused, so that it is not sent again and again; in the same shape."""
    held: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Deletes and clears that a brake holds (lti_app.grades.rules.held)."""
    spared: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """Items that a person decided to keep in the SIS though Schoology deleted them."""


class Sweep(Base):
    """One comparison of many sections with what events told."""

    __tablename__ = "sweep"
    __table_args__ = (Index("ix_sweep_installation_id_id", "installation_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    whole: Mapped[bool] = mapped_column(default=False)
    """Every section and every grade; otherwise the sections with recent activity."""
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    compared: Mapped[int] = mapped_column(default=0)
    unread: Mapped[int] = mapped_column(default=0, server_default="0")
    """Sections that Schoology answered wrongly: compared again by the next sweep."""
    differed: Mapped[int] = mapped_column(default=0)
    repaired: Mapped[int] = mapped_column(default=0)
    """Items and scores that were sent or deleted because of it: changes found without an event."""


class RemovedAssignment(Base):
    """An assignment that a sync deleted in the SIS, whole, so that it can be put back."""

    __tablename__ = "removed_assignment"
    __table_args__ = (
        Index("ix_removed_assignment_section", "installation_id", "section_id", "removed_at"),
        Index("ix_removed_assignment_removed_at", "installation_id", "removed_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    section_id: Mapped[str]
    section_key: Mapped[str]
    item_id: Mapped[str]
    title: Mapped[str] = mapped_column(Text, default="")
    assignment: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    scores: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Student → canonical text of the score."""
    removed_at: Mapped[datetime]
    """When it was about to be deleted."""
    done: Mapped[bool] = mapped_column(default=False)
    """Whether the SIS said that it is gone."""
    restored_at: Mapped[datetime | None]
    restored_by: Mapped[str] = mapped_column(default="")
