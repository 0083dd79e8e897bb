"""The pair of an SIS id and a Schoology id."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base


class LinkState(StrEnum):
    """OWNED: made by the app. ADOPTED: paired by an administrator, or found present. RELEASED: the SIS lost
    it, Schoology keeps it. RELEASED_BY_HAND: the same of a parent link that someone made by hand. MISSING:
    someone deleted it in Schoology; a person decides. IGNORED: a person decided to leave it missing."""

    OWNED = "owned"
    ADOPTED = "adopted"
    RELEASED = "released"
    RELEASED_BY_HAND = "released_by_hand"
    MISSING = "missing"
    IGNORED = "ignored"

    @classmethod
    def in_use(cls) -> tuple[LinkState, ...]:
        """Both sides have it."""
        return (cls.OWNED, cls.ADOPTED)

    @classmethod
    def known(cls) -> tuple[LinkState, ...]:
        """Schoology has it, whatever the SIS says."""
        return (*cls.in_use(), *cls.let_go())

    @classmethod
    def let_go(cls) -> tuple[LinkState, ...]:
        """The SIS lost it, Schoology keeps it."""
        return (cls.RELEASED, cls.RELEASED_BY_HAND)

    @classmethod
    def deleted(cls) -> tuple[LinkState, ...]:
        """Schoology has it no more."""
        return (cls.MISSING, cls.IGNORED)


DELETED_LINKS = "state IN ('missing', 'ignored')"
"""SQL of an index's condition: spelt as in a query, or the database does not see that they are the same."""

LET_GO_LINKS = "link.state IN ('released', 'released_by_hand')"
"""The same of another index."""


class Link(Base):
    """Read and written only in lti_app.store.links; tests/conventions/test_links.py lists the exceptions."""

    __tablename__ = "link"
    __table_args__ = (
        Index("uq_link_schoology_id", "installation_id", "kind", "schoology_id", unique=True),
        Index("ix_link_installation_id_kind_parent", "installation_id", "kind", "parent"),
        Index(
            "ix_link_deleted",
            "installation_id",
            sqlite_where=text(DELETED_LINKS),
            postgresql_where=text(DELETED_LINKS),
        ),
        Index(
            "ix_link_let_go",
            "installation_id",
            "kind",
            sqlite_where=text("state IN ('released', 'released_by_hand')"),
            postgresql_where=text("state IN ('released', 'released_by_hand')"),
        ),
        {"sqlite_with_rowid": False},
    )

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    sis_id: Mapped[str] = mapped_column(primary_key=True)
    schoology_id: Mapped[str]
    building: Mapped[str] = mapped_column(default="")
    parent: Mapped[str] = mapped_column(default="")
    person: Mapped[str] = mapped_column(default="")
    role: Mapped[str] = mapped_column(default="", server_default="")
    """The group of a user (PersonGroup), or what an enrollment's person does there (SeatRole)."""
    number: Mapped[str] = mapped_column(default="", server_default="")
    """What people know a person or a course by, where the key says it to no one."""
    natural_key: Mapped[str] = mapped_column(default="")
    label: Mapped[str] = mapped_column(default="")
    fingerprint: Mapped[str] = mapped_column(default="")
    """Of the desired payload last applied; empty forces an update."""
    payload: Mapped[str] = mapped_column(Text, default="")
    """The desired payload last applied, as canonical JSON: the "before" of the next change."""
    birth_mark: Mapped[str] = mapped_column(default="", server_default="")
    """A keyed hash of the name and birth date of a person, where the SIS tells it: two records with one mark
    are probably one person. The date itself is kept nowhere."""
    state: Mapped[str] = mapped_column(default=LinkState.OWNED)
    changed_at: Mapped[datetime]
