"""A row of the queue that people see."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, false, func, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.models.base import Base
from lti_app.models.reasons import ReasonText
from lti_app.school.job_request import JobRequest
from lti_app.school.reasons import NO_REASON, Reason


class JobState(StrEnum):
    """The state of a job. The last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    HELD = "held"
    DONE = "done"
    DONE_WITH_PROBLEMS = "done_with_problems"
    FAILED = "failed"
    CANCELED = "cancelled"
    """Rows of before spell it so."""


ACTIVE_STATES = (JobState.QUEUED, JobState.RUNNING)
FINAL_STATES = (JobState.DONE, JobState.DONE_WITH_PROBLEMS, JobState.FAILED, JobState.CANCELED)


class Job(Base):
    """Written in the transaction of what it belongs to; the unique index keeps "only one" true."""

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "uq_job_active",
            "installation_id",
            "lane",
            "section_id",
            unique=True,
            sqlite_where=text("state IN ('queued', 'running')"),
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
        Index("ix_job_state", "state"),
        Index("ix_job_installation_id_heartbeat_at", "installation_id", "heartbeat_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    installation_id: Mapped[int] = mapped_column(ForeignKey("installation.id"))
    kind: Mapped[str]
    """The name of the task in lti_app.tasks, such as provision or refresh."""
    lane: Mapped[str] = mapped_column(default="provision")
    section_id: Mapped[str] = mapped_column(default="")
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What it is asked to do, as JobRequest writes it."""
    trigger: Mapped[str] = mapped_column(default="manual")
    """manual, scheduled, live, undo or cli."""
    asked_by: Mapped[str] = mapped_column(default="")
    asked_by_uid: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default=JobState.QUEUED)
    phase: Mapped[str] = mapped_column(default="")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    message: Mapped[Reason] = mapped_column(ReasonText, default=NO_REASON)
    """The result, or why it failed or waits."""
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    owner: Mapped[str] = mapped_column(default="")
    """Which process runs it; only the owner may write the outcome."""
    heartbeat_at: Mapped[datetime | None]
    unanswered_since: Mapped[datetime | None]
    """Since when its oldest request has had no answer, if that is long; as its last heartbeat knew it."""
    unanswered_by: Mapped[str] = mapped_column(default="", server_default="")
    """Who was asked: schoology or sis."""
    resume_at: Mapped[datetime | None]
    """A queued job that an outage paused is not run before this moment."""
    pauses: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often outages have paused it."""
    take_overs: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often in a row its worker was lost at the same place."""
    lost_at: Mapped[str] = mapped_column(default="", server_default="")
    """Where it was when its worker was lost: phase:done."""
    parked_at: Mapped[datetime | None]
    """Since when a queued job waits for an administrator (lti_app.grades.parked)."""
    ends_at: Mapped[datetime | None]
    """When its sending probably ends; never moved to a later moment while it runs."""
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    @property
    def is_paused(self) -> bool:
        """Whether it waits for a moment, or for an administrator, before it goes on."""
        return self.state == JobState.QUEUED and (self.resume_at is not None or self.parked_at is not None)

    @property
    def request(self) -> JobRequest:
        """What it is asked to do."""
        return JobRequest.from_json(self.params)

    @request.setter
    def request(self, request: JobRequest) -> None:
        self.params = request.to_json()

    @classmethod
    def what(cls) -> ColumnElement[str]:
        """What its run covers."""
        what: ColumnElement[str] = cls.params["what"].as_string()
        return what

    @classmethod
    def due(cls) -> ColumnElement[str]:
        """The moment for which the schedule queued it, or NULL."""
        due: ColumnElement[str] = cls.params["due"].as_string()
        return due

    @classmethod
    def previews(cls) -> ColumnElement[bool]:
        """The condition that it sends nothing."""
        return func.coalesce(cls.params["plan_only"].as_boolean(), false())

    @classmethod
    def recovers(cls) -> ColumnElement[bool]:
        """The condition that it finds links again after a restore."""
        return func.coalesce(cls.params["recover"].as_boolean(), false())
