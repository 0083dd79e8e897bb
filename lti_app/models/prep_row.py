"""Data Prep: what both sides had when they were read, and the keys to match by."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base
from lti_app.models.reasons import Reasoned, ReasonValues
from lti_app.school.reasons import Reason


class Side(StrEnum):
    """Whose row it is."""

    SIS = "sis"
    SCHOOLOGY = "schoology"


class PrepState(StrEnum):
    """OK can be used. BLOCKED: the rules cannot use this SIS record. INACTIVE: a deactivated account."""

    OK = "ok"
    BLOCKED = "blocked"
    INACTIVE = "inactive"


class PrepStatus(StrEnum):
    """LINKED: a sync updates it. PAIRED: a pair that is not linked yet. AMBIGUOUS: several may fit, a person
    decides. CONFLICT: two SIS records claim one. ONLY: the other side has nothing like it."""

    LINKED = "linked"
    PAIRED = "paired"
    AMBIGUOUS = "ambiguous"
    CONFLICT = "conflict"
    ONLY = "only"


WAITING = (PrepStatus.PAIRED, PrepStatus.AMBIGUOUS, PrepStatus.CONFLICT)
"""An SIS record that waits for a decision is not made by a sync."""


class PrepRow(Reasoned, Base):
    """One person, course, section or enrollment of one side, as read by one run."""

    __tablename__ = "prep_row"
    __table_args__ = (
        Index("ix_prep_row_run_id_kind_status", "run_id", "kind", "side", "status"),
        Index("ix_prep_row_run_id_parent", "run_id", "kind", "side", "parent"),
        Index("ix_prep_row_run_id_number", "run_id", "kind", "side", "number"),
        {"sqlite_with_rowid": False},
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    side: Mapped[str] = mapped_column(primary_key=True)
    ident: Mapped[str] = mapped_column(primary_key=True)
    """The SIS id, or the Schoology id."""
    building: Mapped[str] = mapped_column(default="")
    """The SIS building, on both sides; empty where Schoology's is not mapped."""
    parent: Mapped[str] = mapped_column(default="")
    person: Mapped[str] = mapped_column(default="")
    feed: Mapped[str] = mapped_column(default="", server_default="")
    """The feed that brought an SIS record."""
    role: Mapped[str] = mapped_column(default="", server_default="")
    """As of a link, on the SIS's side."""
    number: Mapped[str] = mapped_column(default="", server_default="")
    """What people know a person or a course by, where the key says it to no one."""
    natural_key: Mapped[str] = mapped_column(default="")
    label: Mapped[str] = mapped_column(default="")
    search: Mapped[str] = mapped_column(Text, default="")
    """Names and ids in lower case, for looking up by hand."""
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What is shown and matched by; see lti_app.sync.data_prep.rows."""
    state: Mapped[str] = mapped_column(default=PrepState.OK)
    status: Mapped[str] = mapped_column(default="")
    doubt_code: Mapped[str] = mapped_column(default="", server_default="")
    """Why a person has to decide about an SIS record, a lti_app.school.prep.Doubt; empty for the others."""
    doubt_values: Mapped[Mapping[str, Any]] = mapped_column(ReasonValues, default=dict, server_default="")
    candidate: Mapped[str] = mapped_column(default="", server_default="")
    """The Schoology id of its one possible match, where there is just one."""

    @property
    def doubt(self) -> Reason:
        """Why a person has to decide, with the values of the sentence."""
        return Reason(self.doubt_code, self.doubt_values)


class PrepKey(Base):
    """A text by which a rule finds what belongs together."""

    __tablename__ = "prep_key"
    __table_args__ = (
        Index("ix_prep_key_run_id_ident", "run_id", "kind", "side", "ident"),
        {"sqlite_with_rowid": False},
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(primary_key=True)
    side: Mapped[str] = mapped_column(primary_key=True)
    ident: Mapped[str] = mapped_column(primary_key=True)
