"""What the Sync tab of a course shows, out of the rows alone: opening it asks neither system."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.grades.context import LANE
from lti_app.grades.course import effects
from lti_app.grades.course.effects import DropView, LateView
from lti_app.grades.course.losses import (
    Losses,
    LossView,
    decided_of,
    decided_view,
    digest_of,
    display,
    kept_view,
    loss_view,
    losses_of,
)
from lti_app.grades.first_score import confirmed
from lti_app.grades.rows import conflicts, removed
from lti_app.grades.rows import items as books
from lti_app.grades.rows.items import BLOCKED, CONFLICT, ERROR
from lti_app.grades.rules import shown
from lti_app.grades.rules.findings import Level, levels, stopped
from lti_app.grades.rules.snapshot import Snapshot
from lti_app.models import ItemState, Job, JobState, ScoreState, SectionSettings
from lti_app.school.reasons import NO_REASON, Reason
from lti_app.store.district import District


@dataclass(frozen=True)
class StudentView:
    """One student's score of an item where there is something to say."""

    student_id: str
    name: str
    status: str
    reason: Reason
    ours: str
    theirs: str
    digest: str
    """Stands for both values: a decision carries it."""
    loss: str = ""
    """What the next sync would do to the SIS's value: "replace", "clear", or ""."""


@dataclass(frozen=True)
class ItemView:
    """A graded item. `status` is one of not_yet, queued, synced, updates, error, waits, needs_category,
    not_sent, opted_out, held, gone."""

    id: str
    title: str
    status: str
    reason: Reason
    shown: Mapping[str, Any]
    pending: int
    pushed_at: datetime | None
    students: tuple[StudentView, ...]
    in_sis: bool = False
    rounded: tuple[StudentView, ...] = ()
    """Scores that the SIS keeps with fewer decimals."""
    names: Mapping[str, str] = field(default_factory=dict)
    """SIS id → name of the students of the course."""

    @property
    def conflicts(self) -> list[StudentView]:
        """Scores that wait for the teacher."""
        return [each for each in self.students if each.status == CONFLICT]

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What preflight says of it, with the names of students."""
        return [effects.named(each, self.names) for each in self.shown.get("findings", [])]


@dataclass(frozen=True)
class CourseView:
    """The whole tab."""

    items: tuple[ItemView, ...] = ()
    gone: tuple[ItemView, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    """Status → number of items."""
    looked_at: datetime | None = None
    problem: Reason = NO_REASON
    strangers: tuple[tuple[str, Reason], ...] = ()
    trial: Mapping[str, Any] = field(default_factory=dict)
    losses: tuple[LossView, ...] = ()
    """What the next sync would take from the SIS."""
    shown: str = ""
    """Stands for exactly these losses."""
    decided: tuple[LossView, ...] = ()
    """Scores that the SIS keeps by a person's decision."""
    kept: tuple[LossView, ...] = ()
    """What syncs of the last 30 days took from the SIS and can be put back, newest first."""
    drops: tuple[DropView, ...] = ()
    """Averages that the next sync would lower in the SIS and not in Schoology."""
    late: tuple[LateView, ...] = ()
    """Who joined after work was due that counts as zero."""
    excused: tuple[tuple[str, str], ...] = ()
    """SIS id and name of those who are excused from earlier work."""

    def losses_of(self, loss: str) -> int:
        """How many scores the next sync would replace, or clear."""
        return sum(1 for each in self.losses if each.loss == loss)

    def kept_scores(self, item_ids: Collection[str], student_id: str) -> list[LossView]:
        """The scores of one student that the SIS keeps by a person's decision, of these items."""
        return [each for each in self.decided if each.place[0] in item_ids and each.place[1] == student_id]

    def takes(self, item_ids: Collection[str]) -> bool:
        """Whether the next sync would replace or clear scores of these items."""
        return any(each.place[0] in item_ids for each in self.losses)

    @property
    def trial_shown(self) -> str:
        """Stands for the first score as it is shown."""
        return trial_digest(self.trial)

    @property
    def copied(self) -> list[str]:
        """The items that are on hold because they arrived with many others."""
        return [each.id for each in self.items if each.status == "held"]

    @property
    def failed(self) -> int:
        """Items that a retry would send."""
        return sum(1 for each in self.items if each.status == "error" and not stopped(each.shown))


def trial_digest(trial: Mapping[str, Any]) -> str:
    """Stands for a first score as it is shown."""
    return shown.digest({name: value for name, value in trial.items() if name != "wrong"})


def course_view(district: District, section_id: str, active: Job | None) -> CourseView:
    """The tab of a section; `active` is its push that is queued or running, if any."""
    row = district.session.get(SectionSettings, (district.id, section_id))
    if row is None:
        return CourseView()
    snapshot = Snapshot.from_json(row.snapshot)
    rows = _item_rows(district.session, row, snapshot.session)
    scores = _scores(district.session, [each.id for each in rows])
    queued = _queued(active)
    listable = [each for each in rows if not each.gone or each.sis_assignment]
    items = [_item(each, scores.get(each.id, []), snapshot.students, queued) for each in listable]
    listed = tuple(each for each in items if each.status != "gone")
    counts: dict[str, int] = {}
    for each in listed:
        counts[each.status] = counts.get(each.status, 0) + 1
    losses, copies = losses_of(rows, scores), removed.scores(district, section_id)
    return CourseView(
        drops=effects.drops(row, snapshot),
        late=effects.late(row, snapshot),
        excused=effects.excused(row, snapshot),
        losses=tuple(loss_view(*each, snapshot.students) for each in losses),
        shown=digest_of(losses),
        decided=tuple(decided_view(*each, snapshot.students) for each in decided_of(rows, scores)),
        kept=tuple(kept_view(each, snapshot.students) for each in reversed(copies)),
        items=listed,
        gone=tuple(each for each in items if each.status == "gone"),
        counts=counts,
        looked_at=row.looked_at,
        problem=row.problem,
        strangers=snapshot.strangers,
        trial={} if confirmed(district) else row.trial,
    )


def shown_losses(district: District, section_id: str) -> Losses:
    """The scores of the SIS that the page shows as to be replaced or cleared."""
    row = district.session.get(SectionSettings, (district.id, section_id))
    if row is None:
        return []
    rows = _item_rows(district.session, row, Snapshot.from_json(row.snapshot).session)
    return losses_of(rows, _scores(district.session, [each.id for each in rows]))


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
        special = row.status in (ERROR, CONFLICT, BLOCKED) or row.loss
        if special or conflicts.is_decided(row) or conflicts.is_rounded(row):
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
    rounded = [each for each in scores if conflicts.is_rounded(each)]
    others = [each for each in scores if each not in rounded and not conflicts.is_decided(each)]
    return ItemView(
        id=row.item_id,
        title=row.title,
        status=status,
        reason=reason,
        shown=row.shown,
        pending=row.pending,
        pushed_at=row.pushed_at,
        in_sis=row.sis_assignment != "",
        names=names,
        students=_by_name(others, names),
        rounded=_by_name(rounded, names),
    )


def _by_name(scores: list[ScoreState], names: Mapping[str, str]) -> tuple[StudentView, ...]:
    made = [_student(each, names) for each in scores]
    return tuple(sorted(made, key=lambda each: (each.name, each.student_id)))


def status_of(row: ItemState, queued: bool) -> tuple[str, Reason]:
    """Status and reason of an item."""
    if row.gone:
        return "gone", NO_REASON
    if row.opted_out:
        return "opted_out", NO_REASON
    if stopped(row.shown):
        return _why_stopped(levels(row.shown)), NO_REASON
    if queued and row.pending and not row.held:
        return "queued", NO_REASON
    if row.status == ERROR:
        return "error", row.reason
    if row.held:
        return "held", NO_REASON
    if row.pushed_at is None and row.pending:
        return "not_yet", NO_REASON
    return ("updates" if row.pending else "synced"), NO_REASON


def _why_stopped(found: set[str]) -> str:
    """A choice is no failure, and neither is a category that no one has matched yet."""
    if Level.STOP in found:
        return "error"
    if Level.WAIT in found:
        return "waits"
    return "not_sent" if Level.CHOICE in found else "needs_category"


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
