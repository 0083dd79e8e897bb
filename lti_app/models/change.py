"""One line of a plan, with before, after and outcome."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base
from lti_app.models.reasons import Reasoned


class Action(StrEnum):
    """What a change does. RELEASE, BLOCK, KEEP, DIFFER and ADOPT send nothing."""

    CREATE = "create"
    UPDATE = "update"
    DROP = "drop"
    RELEASE = "release"
    BLOCK = "block"
    KEEP = "keep"
    DIFFER = "differ"
    ADOPT = "adopt"

    @property
    def label(self) -> str:
        """How a line of a log begins."""
        return _ACTIONS[self][0]

    @property
    def to_do(self) -> str:
        """What is going to be done with so many users, courses or sections."""
        return _ACTIONS[self][1]


_ACTIONS = {
    Action.CREATE: ("Create", "to create"),
    Action.UPDATE: ("Update", "to update"),
    Action.DROP: ("Drop", "to drop from their section"),
    Action.RELEASE: ("No longer managed", "no longer in the SIS; kept in Schoology"),
    Action.BLOCK: ("Blocked", "with problems to fix"),
    Action.KEEP: ("Not changed", "not changed"),
    Action.DIFFER: ("Differs", "with differences"),
    Action.ADOPT: ("Match", "to match"),
}
SENDING = (Action.CREATE, Action.UPDATE, Action.DROP)
"""What sends something to Schoology."""


class ChangeState(StrEnum):
    """SENT means: marked before sending, outcome not yet written; after a crash it is looked up."""

    PLANNED = "planned"
    HELD = "held"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"
    BLOCKED = "blocked"
    DISCARDED = "discarded"


class Change(Reasoned, Base):
    """The log of a run is the list of its changes."""

    __tablename__ = "change"
    __table_args__ = (
        Index("uq_change_run_id_seq", "run_id", "seq", unique=True),
        Index("ix_change_run_id_state_seq", "run_id", "state", "seq"),
        Index(
            "ix_change_sent",
            "installation_id",
            "run_id",
            "seq",
            sqlite_where=text("state = 'sent'"),
            postgresql_where=text("state = 'sent'"),
        ),
        Index("ix_change_installation_id_kind_sis_id", "installation_id", "kind", "sis_id"),
        Index(
            "ix_change_run_id_reason_code",
            "run_id",
            "reason_code",
            sqlite_where=text("reason_code != ''"),
            postgresql_where=text("reason_code != ''"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    seq: Mapped[int]
    kind: Mapped[str]
    action: Mapped[str]
    sis_id: Mapped[str]
    schoology_id: Mapped[str] = mapped_column(default="")
    building: Mapped[str] = mapped_column(default="")
    parent: Mapped[str] = mapped_column(default="")
    person: Mapped[str] = mapped_column(default="")
    role: Mapped[str] = mapped_column(default="", server_default="")
    """As of a link."""
    number: Mapped[str] = mapped_column(default="", server_default="")
    """What people know a person or a course by, where the key says it to no one."""
    natural_key: Mapped[str] = mapped_column(default="")
    label: Mapped[str] = mapped_column(default="")
    fingerprint: Mapped[str] = mapped_column(default="")
    before: Mapped[str] = mapped_column(Text, default="")
    after: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(default=ChangeState.PLANNED)
    batch: Mapped[int] = mapped_column(default=0)
    wave: Mapped[int] = mapped_column(default=0, server_default="0")
    """Lines of another wave are sent once those before them were answered: a value is given up before it is
    taken. Negative ones are parts of a swap."""
    known: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A blocked line that was refused in just this way before."""
    words: Mapped[str] = mapped_column(Text, default="")
    """The vendor's own words."""
    finished_at: Mapped[datetime | None]


class Refusal(Reasoned, Base):
    """What Schoology refused of a record, or what a plan found taken: it waits until something changes."""

    __tablename__ = "refusal"

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    sis_id: Mapped[str] = mapped_column(primary_key=True)
    action: Mapped[str]
    """What was refused: create, update or drop; email where only that was left out; wait for what was not
    sent because another record keeps a value."""
    fingerprint: Mapped[str]
    """Of the payload that was refused."""
    asked: Mapped[str] = mapped_column(Text, default="")
    """{field: value} as JSON of what was refused because an account of Schoology may hold it."""
    holder: Mapped[str] = mapped_column(default="")
    """The name of that account, where it belongs to no record and is known."""
    words: Mapped[str] = mapped_column(Text, default="")
    since: Mapped[datetime]
