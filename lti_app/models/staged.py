"""A record of one run, after the rules."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base
from lti_app.models.reasons import Reasoned


class StagedState(StrEnum):
    """OK is wanted in Schoology; OUT is in the SIS but not chosen or not mapped; BLOCKED cannot be used.

    A row in any of these means that the SIS still has the record, so it never leads to a drop. LEFT, with the
    kind LEFT_PERSON, is someone that the SIS still lists as gone: a row that names them leads somewhere.
    """

    OK = "ok"
    OUT = "out"
    BLOCKED = "blocked"
    LEFT = "left"


LEFT_PERSON = "left_person"
HIDING = "hides != ''"
"""SQL of an index's condition: spelled as in a query."""


class Hides(StrEnum):
    """How far a row that isn't understood may reach: one of these records may be what it means, so none of
    them is taken for gone. SECTION is the section of an enrollment and the parent of a parent link."""

    EVERYWHERE = "everywhere"
    BUILDING = "building"
    SECTION = "section"
    PERSON = "person"


KEYED = "natural_key != ''"
"""SQL of an index's condition: spelt as in a query. Enrollments, most of the rows, have no key."""


class Staged(Reasoned, Base):
    """`parent` is the section of an enrollment, the course of a section, the guardian of a parent link;
    `person` is the person of an enrollment and the student of a parent link."""

    __tablename__ = "staged"
    __table_args__ = (
        Index(
            "ix_staged_keyed",
            "run_id",
            "kind",
            "natural_key",
            sqlite_where=text(KEYED),
            postgresql_where=text(KEYED),
        ),
        Index(
            "ix_staged_hiding",
            "run_id",
            "kind",
            sqlite_where=text(HIDING),
            postgresql_where=text(HIDING),
        ),
        {"sqlite_with_rowid": False},
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    sis_id: Mapped[str] = mapped_column(primary_key=True)
    building: Mapped[str] = mapped_column(default="")
    parent: Mapped[str] = mapped_column(default="")
    person: Mapped[str] = mapped_column(default="")
    feed: Mapped[str] = mapped_column(default="", server_default="")
    """The feed that brought it."""
    role: Mapped[str] = mapped_column(default="", server_default="")
    """As of a link."""
    number: Mapped[str] = mapped_column(default="", server_default="")
    """What people know a person or a course by, where the key says it to no one."""
    natural_key: Mapped[str] = mapped_column(default="")
    second_key: Mapped[str] = mapped_column(default="")
    """Another key that must be unique, too: the email of a user, in lowercase."""
    label: Mapped[str] = mapped_column(default="")
    fingerprint: Mapped[str] = mapped_column(default="")
    payload: Mapped[str] = mapped_column(Text, default="")
    """The desired Schoology object as canonical JSON (lti_app.school.desired)."""
    state: Mapped[str] = mapped_column(default=StagedState.OK)
    hides: Mapped[str] = mapped_column(default="", server_default="")
    """Of a row that can't be read or leads nowhere: whose absence it may explain (Hides)."""
    kept_fields: Mapped[str] = mapped_column(default="", server_default="")
    """Fields of the payload, separated by blanks, that the SIS tells badly: what Schoology holds stays."""
    twins: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Further rows with this id, one a line (lti_app.sync.stage.twins)."""
    birth_mark: Mapped[str] = mapped_column(default="", server_default="")
    """As of a link."""
    record: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What the SIS says of a record that was left out or blocked, as JSON (lti_app.sync.stage.facts)."""
