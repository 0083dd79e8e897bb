"""Data Prep: what was proposed and decided, and files of pairs that wait."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base
from lti_app.models.reasons import ReasonText
from lti_app.school.reasons import NO_REASON, Reason


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
    """A file of pairs that waits to be confirmed, with the numbers of its lines."""

    __tablename__ = "prep_upload"

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    accepts: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many of its lines accept a proposed pair; the next two make a pair, and part one."""
    pairs: Mapped[int] = mapped_column(default=0, server_default="0")
    parts: Mapped[int] = mapped_column(default=0, server_default="0")
    same: Mapped[int] = mapped_column(default=0)
    """How many change nothing."""
    problems: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many cannot be used."""
    refused: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many were good when the file was checked and could not be applied any more."""
    first_refused: Mapped[Reason] = mapped_column(ReasonText, default=NO_REASON, server_default="")
    """The first of these, with the reason."""
    to_check: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many of its lines a job still has to check; what they change isn't known before."""
    uploaded_by: Mapped[str] = mapped_column(default="")
    uploaded_at: Mapped[datetime]

    @property
    def changes(self) -> int:
        """How many lines change something."""
        return self.accepts + self.pairs + self.parts


class PrepLine(Base):
    """A line of such a file that changes something or cannot be used; it goes when it is applied."""

    __tablename__ = "prep_line"
    __table_args__ = ({"sqlite_with_rowid": False},)

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    verb: Mapped[str] = mapped_column(primary_key=True)
    """accept, pair or part; problem for one that cannot be used; raw for one that is not checked yet."""
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    schoology_id: Mapped[str] = mapped_column(default="")
    sis_id: Mapped[str] = mapped_column(default="")
    problem: Mapped[Reason] = mapped_column(ReasonText, default=NO_REASON)
