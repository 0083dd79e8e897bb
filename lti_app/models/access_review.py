"""What keeps people in classes that they may have left, and waits for someone's decision."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base
from lti_app.models.reasons import Reasoned


class ReviewState(StrEnum):
    """COUNTING: the nights are still counted, and it may resolve itself. WAITING: an administrator decides.
    The others are decisions: IGNORED (a row no longer keeps anybody), KEPT, ENDED and BY_HAND."""

    COUNTING = "counting"
    WAITING = "waiting"
    IGNORED = "ignored"
    KEPT = "kept"
    ENDED = "ended"
    BY_HAND = "by_hand"

    @classmethod
    def open(cls) -> tuple[ReviewState, ...]:
        """No one has decided yet."""
        return (cls.COUNTING, cls.WAITING)


class AccessReview(Reasoned, Base):
    """One entry of the list *Access to review*; `topic` says what kind of entry it is (ReviewTopic in
    lti_app.store.access_review). The other columns are those of the change or staged row."""

    __tablename__ = "access_review"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it once

    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    sis_id: Mapped[str] = mapped_column(primary_key=True)
    building: Mapped[str] = mapped_column(default="")
    parent: Mapped[str] = mapped_column(default="")
    person: Mapped[str] = mapped_column(default="")
    label: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=ReviewState.COUNTING)
    days: Mapped[int] = mapped_column(default=0)
    """On how many days of the installation's zone a run came to the same verdict."""
    first_day: Mapped[str] = mapped_column(default="")
    """ISO day."""
    last_day: Mapped[str] = mapped_column(default="")
    """ISO day."""
    decided_by: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
