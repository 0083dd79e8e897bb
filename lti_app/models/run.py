"""One execution of a provisioning job, and what it read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base
from lti_app.models.reasons import Reasoned
from lti_app.school.run_notes import RunNotes


class RunState(StrEnum):
    """The state of a run. STAGING, PLANNING and APPLYING can be resumed."""

    STAGING = "staging"
    PLANNING = "planning"
    PLANNED = "planned"
    APPLYING = "applying"
    HELD = "held"
    DONE = "done"
    DONE_WITH_PROBLEMS = "done_with_problems"
    FAILED = "failed"
    CANCELED = "cancelled"
    """Rows of before spell it so."""


UNFINISHED = (RunState.STAGING, RunState.PLANNING, RunState.APPLYING)


class Run(Reasoned, Base):
    """What one night, or one press of Sync now, did."""

    __tablename__ = "run"
    __table_args__ = (
        Index("ix_run_installation_id_id", "installation_id", "id"),
        Index("ix_run_installation_id_what", "installation_id", "what", "finished_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id"), index=True)
    what: Mapped[str]
    """all, users, courses, sections, one (record), undo, drift, prep, or what a job of grades did."""
    plan_only: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default=RunState.STAGING)
    digest: Mapped[str] = mapped_column(default="")
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """{"read": {kind: n}, "left_out": {kind: {code of a reason: n}}, "plan": {kind: {action: n}}, …}."""
    checkpoint: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """Its notes, as RunNotes writes them."""
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    @property
    def notes(self) -> RunNotes:
        """What it knows of itself."""
        return RunNotes.from_json(self.checkpoint)

    def note(self, **changes: Any) -> None:
        """Change some of its notes."""
        self.checkpoint = replace(self.notes, **changes).to_json()

    @classmethod
    def rehearses(cls) -> ColumnElement[bool]:
        """The condition that it plans for a day that was chosen, and not for its own."""
        day: ColumnElement[str] = cls.checkpoint["on"].as_string()
        return day.is_not(None)


class Scope(Base):
    """A kind within a building; complete only when the rows that the server claimed have arrived."""

    __tablename__ = "scope"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    building: Mapped[str] = mapped_column(primary_key=True)
    claimed: Mapped[int] = mapped_column(default=0)
    received: Mapped[int] = mapped_column(default=0)
    complete: Mapped[bool] = mapped_column(default=False)
