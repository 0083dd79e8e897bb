"""What the course's page shows of live sync, out of the rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session

from lti_app.grades.rows import live
from lti_app.grades.rows import removed as rows_removed
from lti_app.grades.rows.items import ERROR
from lti_app.grades.rules.held import Held
from lti_app.grades.rules.waiting import Waiting
from lti_app.models import ItemState, LiveSection, RemovedAssignment, ScoreState
from lti_app.school.reasons import NO_REASON, Reason
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.store.district import District


@dataclass(frozen=True)
class LiveView:
    """The state of one course. `failed`: scores and items that the SIS refused."""

    on: bool = False
    why: Reason = NO_REASON
    last_event_at: datetime | None = None
    pushed_at: datetime | None = None
    waiting: int = 0
    failed: int = 0
    backlog: Waiting = field(default_factory=Waiting)
    held: Held = field(default_factory=Held)
    removed: Sequence[RemovedAssignment] = ()

    @property
    def backlog_items(self) -> int:
        """How many items have something in the backlog."""
        return len({*self.backlog.items, *self.backlog.scores})


def live_view(district: District, section_id: str) -> LiveView:
    """The state of live sync in a section."""
    section = district.session.get(LiveSection, (district.id, section_id))
    on = live.is_on(district)
    removed = rows_removed.restorable(district, section_id)
    if section is None:
        return LiveView(on=on, removed=removed)
    return LiveView(
        on=on,
        why=section.why,
        last_event_at=section.last_event_at,
        pushed_at=section.pushed_at,
        waiting=_waiting(district.session, section),
        failed=_failed(district.session, section),
        backlog=Waiting.load(section.backlog),
        held=Held.load(section.held),
        removed=removed,
    )


def _waiting(session: Session, section: LiveSection) -> int:
    """What was to be sent when both sides were last compared, without what is opted out or held back."""
    return (
        session.scalar(
            select(func.coalesce(func.sum(ItemState.pending), 0)).where(
                *_items(section), ItemState.opted_out.is_(False), ItemState.held.is_(False)
            )
        )
        or 0
    )


def _failed(session: Session, section: LiveSection) -> int:
    """Scores that the SIS refused, and items that it refused as a whole."""
    scores = select(func.count()).select_from(ScoreState).join(ItemState).where(*_items(section))
    refused = exists().where(ScoreState.item_state_id == ItemState.id, ScoreState.status == ERROR)
    items = (
        select(func.count())
        .select_from(ItemState)
        .where(*_items(section), ItemState.status == ERROR, ~refused)
    )
    return (session.scalar(scores.where(ScoreState.status == ERROR)) or 0) + (session.scalar(items) or 0)


def _items(section: LiveSection) -> tuple[ColumnElement[bool], ...]:
    return (
        ItemState.installation_id == section.installation_id,
        ItemState.section_id == section.section_id,
    )


@dataclass(frozen=True)
class HeldCourse:
    """A course in which a brake holds something."""

    section_id: str
    label: str
    held: Held


def held_courses(district: District) -> list[HeldCourse]:
    """Every course that waits for a person's word."""
    found = district.session.scalars(district.select(LiveSection).order_by(LiveSection.section_id))
    lines = []
    for section in found:
        held = Held.load(section.held) if section.held else Held()
        if held.waits:
            lines.append(HeldCourse(section.section_id, label_of(district, section.section_id), held))
    return lines


def label_of(district: District, section_id: str) -> str:
    """What a course is called."""
    return links.read.label_of_object(district, Kind.SECTION, section_id) or section_id
