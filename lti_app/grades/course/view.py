"""What the Sync tab of a course shows, out of the rows alone: opening it asks neither system."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.grades.context import LANE
from lti_app.grades.first_score import confirmed
from lti_app.grades.rows import conflicts, removed
from lti_app.grades.rows import items as books
from lti_app.grades.rows.items import BLOCKED, CONFLICT, ERROR
from lti_app.grades.rules.compare import is_blank
from lti_app.grades.rules.snapshot import Snapshot
from lti_app.models import ItemState, Job, JobState, KeptScore, ScoreState, SectionSettings
from lti_app.store.district import District


@dataclass(frozen=True)
class StudentView:
    """One student's score of an item where there is something to say."""

    student_id: str
    name: str
    status: str
    reason: str
    ours: str
    theirs: str
    digest: str
    """Stands for both values: a decision carries it."""
    loss: str = ""
    """What the next sync would do to the SIS's value: "replace", "clear" or nothing."""


@dataclass(frozen=True)
class LossView:
    """A score of the SIS that the next sync would replace or clear, or that one has replaced or cleared."""

    title: str
    name: str
    theirs: str
    ours: str
    loss: str
    id: int = 0
    """Of the row that keeps it, once it was sent."""
    at: datetime | None = None


@dataclass(frozen=True)
class ItemView:
    """A graded item. `status` is one of not_yet, queued, synced, updates, error, opted_out, held, gone."""

    id: str
    title: str
    status: str
    reason: str
    shown: Mapping[str, Any]
    pending: int
    pushed_at: datetime | None
    students: tuple[StudentView, ...]
    in_sis: bool = False

    @property
    def conflicts(self) -> list[StudentView]:
        """Scores that wait for the teacher."""
        return [each for each in self.students if each.status == CONFLICT]

    @property
    def findings(self) -> list[dict[str, str]]:
        """What preflight says of it."""
        return list(self.shown.get("findings", []))


@dataclass(frozen=True)
class CourseView:
    """The whole tab."""

    items: tuple[ItemView, ...] = ()
    gone: tuple[ItemView, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    """Status → number of items."""
    looked_at: datetime | None = None
    problem: str = ""
    strangers: tuple[tuple[str, str], ...] = ()
    trial: Mapping[str, Any] = field(default_factory=dict)
    losses: tuple[LossView, ...] = ()
    """What the next sync would take from the SIS."""
    shown: str = ""
    """Stands for exactly these losses."""
    kept: tuple[LossView, ...] = ()
    """What syncs of the last 30 days took from the SIS and can be put back, newest first."""

    def losses_of(self, loss: str) -> int:
        """How many scores the next sync would replace, or clear."""
        return sum(1 for each in self.losses if each.loss == loss)

    @property
    def failed(self) -> int:
        """Items that a retry would send."""
        return sum(1 for each in self.items if each.status == "error" and not stopped(each.shown))


def stopped(shown: Mapping[str, Any]) -> bool:
    """Whether preflight keeps an item from being sent."""
    return any(each["level"] == "stop" for each in shown.get("findings", []))


def course_view(district: District, section_id: str, active: Job | None) -> CourseView:
    """The tab of a section; `active` is its push that is queued or running, if any."""
    row = district.session.get(SectionSettings, (district.id, section_id))
    if row is None:
        return CourseView()
    snapshot = Snapshot.from_json(row.snapshot)
    rows = _item_rows(district.session, row, snapshot.session)
    scores = _scores(district.session, [each.id for each in rows])
    queued = _queued(active)
    shown = [each for each in rows if not each.gone or each.sis_assignment]
    items = [_item(each, scores.get(each.id, []), snapshot.students, queued) for each in shown]
    listed = tuple(each for each in items if each.status != "gone")
    counts: dict[str, int] = {}
    for each in listed:
        counts[each.status] = counts.get(each.status, 0) + 1
    losses, copies = losses_of(rows, scores), removed.scores(district, section_id)
    return CourseView(
        losses=tuple(_loss(*each, snapshot.students) for each in losses),
        shown=digest_of(losses),
        kept=tuple(_kept(each, snapshot.students) for each in reversed(copies)),
        items=listed,
        gone=tuple(each for each in items if each.status == "gone"),
        counts=counts,
        looked_at=row.looked_at,
        problem=row.problem,
        strangers=snapshot.strangers,
        trial={} if confirmed(district) else row.trial,
    )


Losses = list[tuple[ItemState, ScoreState]]


def shown_losses(district: District, section_id: str) -> Losses:
    """The scores of the SIS that the page shows as to be replaced or cleared."""
    row = district.session.get(SectionSettings, (district.id, section_id))
    if row is None:
        return []
    rows = _item_rows(district.session, row, Snapshot.from_json(row.snapshot).session)
    return losses_of(rows, _scores(district.session, [each.id for each in rows]))


def losses_of(rows: Sequence[ItemState], scores: Mapping[int, list[ScoreState]]) -> Losses:
    """Those of items that take part in the sync."""
    taking_part = [
        each for each in rows if not (each.gone or each.opted_out or each.held or stopped(each.shown))
    ]
    return [(item, each) for item in taking_part for each in scores.get(item.id, []) if each.loss]


def digest_of(losses: Losses) -> str:
    """Stands for exactly these values: a press about other ones is asked again."""
    texts = sorted([item.item_id, row.student_id, row.offered, row.wanted] for item, row in losses)
    return hashlib.blake2b(json.dumps(texts).encode(), digest_size=8).hexdigest()


def _loss(item: ItemState, row: ScoreState, names: Mapping[str, str]) -> LossView:
    name = names.get(row.student_id, row.student_id)
    return LossView(item.title, name, display(row.offered), display(row.wanted), row.loss)


def _kept(row: KeptScore, names: Mapping[str, str]) -> LossView:
    name = names.get(row.student_id, row.student_id)
    loss = "clear" if is_blank(row.after) else "replace"
    return LossView(row.title, name, display(row.before), display(row.after), loss, row.id, row.kept_at)


def _item_rows(session: Session, row: SectionSettings, sis_session: int) -> list[ItemState]:
    return list(
        session.scalars(
            select(ItemState)
            .where(
                ItemState.installation_id == row.installation_id,
                ItemState.section_id == row.section_id,
                ItemState.session == sis_session,
            )
            .order_by(ItemState.place, ItemState.id)
        )
    )


def _scores(session: Session, ids: Collection[int]) -> dict[int, list[ScoreState]]:
    """The scores about which there is something to say."""
    found: dict[int, list[ScoreState]] = {}
    for row in books.scores_of_items(session, ids):
        if row.status in (ERROR, CONFLICT, BLOCKED) or row.loss:
            found.setdefault(row.item_state_id, []).append(row)
    return found


def _queued(active: Job | None) -> Collection[str] | None:
    """The items that a push is going to send: a set, or None for all of them; empty when there is none."""
    if active is None or not active.request.sends_items:
        return ()
    return active.request.items or None


def _item(
    row: ItemState, scores: list[ScoreState], names: Mapping[str, str], queued: Collection[str] | None
) -> ItemView:
    status, reason = status_of(row, queued is None or row.item_id in queued)
    students = [_student(each, names) for each in scores]
    return ItemView(
        id=row.item_id,
        title=row.title,
        status=status,
        reason=reason,
        shown=row.shown,
        pending=row.pending,
        pushed_at=row.pushed_at,
        in_sis=row.sis_assignment != "",
        students=tuple(sorted(students, key=lambda each: (each.name, each.student_id))),
    )


def status_of(row: ItemState, queued: bool) -> tuple[str, str]:
    """Status and reason of an item."""
    if row.gone:
        return "gone", ""
    if row.opted_out:
        return "opted_out", ""
    if stopped(row.shown):
        return "error", ""
    if queued and row.pending and not row.held:
        return "queued", ""
    if row.status == ERROR:
        return "error", row.reason
    if row.held:
        return "held", ""
    if row.pushed_at is None and row.pending:
        return "not_yet", ""
    return ("updates" if row.pending else "synced"), ""


def _student(row: ScoreState, names: Mapping[str, str]) -> StudentView:
    return StudentView(
        student_id=row.student_id,
        name=names.get(row.student_id, row.student_id),
        status=row.status,
        reason=row.reason,
        ours=display(row.wanted if row.status == CONFLICT or row.loss else row.pushed),
        theirs=display(row.offered if row.status == CONFLICT or row.loss else row.seen),
        digest=conflicts.digest(row),
        loss=row.loss,
    )


def display(text: str) -> str:
    """A canonical score as people read it."""
    value, _, comment = text.partition("\n")
    shown = value.removeprefix("=") or "blank"
    return f"{shown}, “{comment}”" if comment else shown


def last_push(district: District, section_id: str) -> Job | None:
    """The newest push of a section that is over."""
    return district.session.scalars(
        district.select(Job)
        .where(
            Job.lane == LANE,
            Job.section_id == section_id,
            Job.state.not_in((JobState.QUEUED, JobState.RUNNING)),
        )
        .order_by(Job.id.desc())
        .limit(1)
    ).first()
