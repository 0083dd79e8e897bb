"""Data Prep: what was proposed and decided, and files of pairs that wait."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base


class PairState(StrEnum):
    """PROPOSED by a rule, ACCEPTED by a person, REFUSED: never propose it again. NEW: no account in Schoology
    is this record, a sync makes one."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    NEW = "new"


STANDING = "state IN ('proposed', 'accepted')"
"""SQL of an index's condition: pairs that hold; one record and one object are in at most one of them."""


class PrepPair(Base):
    """What was proposed and decided. Decisions outlive the reading that they were made on."""

    __tablename__ = "prep_pair"
    __table_args__ = (
        Index(
            "uq_prep_pair_sis_id",
            "installation_id",
            "kind",
            "sis_id",
            unique=True,
            sqlite_where=text(STANDING),
            postgresql_where=text(STANDING),
        ),
        Index(
            "uq_prep_pair_schoology_id",
            "installation_id",
            "kind",
            "schoology_id",
            unique=True,
            sqlite_where=text(STANDING),
            postgresql_where=text(STANDING),
        ),
        {"sqlite_with_rowid": False},
    )

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    sis_id: Mapped[str] = mapped_column(primary_key=True)
    schoology_id: Mapped[str] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(default="")
    """The rule that proposed it, or hand or file."""
    state: Mapped[str] = mapped_column(default=PairState.PROPOSED)
    decided_by: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]


class PrepUpload(Base):
    """A file of pairs that waits to be confirmed: what differs from what stands, and its bad lines."""

    __tablename__ = "prep_upload"

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    changes: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """[schoology id, SIS id or empty] of each line that changes something."""
    errors: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """[line, reason] of each bad line."""
    same: Mapped[int] = mapped_column(default=0)
    uploaded_by: Mapped[str] = mapped_column(default="")
    uploaded_at: Mapped[datetime]
