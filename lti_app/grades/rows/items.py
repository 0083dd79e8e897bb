"""The rows of a section: item states and score states, loaded together and made when needed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_app.models import ItemState, ScoreState
from lti_app.school.reasons import NO_REASON
from lti_app.store.district import District

NOT_YET, SYNCED, ERROR, CONFLICT, BLOCKED = "not_yet_synced", "synced", "error", "conflict", "blocked"
"""The statuses of item_state and score_state; an item is NOT_YET, SYNCED or ERROR."""


@dataclass
class Book:
    """The rows of one section and SIS session."""

    session: Session
    installation_id: int
    section_id: str
    sis_session: int
    items: dict[str, ItemState] = field(default_factory=dict)
    """Schoology item id → row."""
    _scores: dict[int, dict[str, ScoreState]] = field(default_factory=dict)

    def item(self, item_id: str) -> ItemState:
        """The row of an item, made when there is none."""
        if item_id not in self.items:
            row = ItemState(
                installation_id=self.installation_id,
                section_id=self.section_id,
                session=self.sis_session,
                item_id=item_id,
                fingerprint="",
                seen="",
                sis_assignment="",
                status=NOT_YET,
                reason=NO_REASON,
                opted_out=False,
                held=False,
                gone=False,
                title="",
                shown={},
                choices={},
                pending=0,
                place=0,
            )
            self.session.add(row)
            self.session.flush()
            self.items[item_id] = row
        return self.items[item_id]

    def scores_of(self, item_id: str) -> dict[str, ScoreState]:
        """Student → row of an item."""
        row = self.items.get(item_id)
        return self._scores.get(row.id, {}) if row else {}

    def score(self, item_id: str, student_id: str) -> ScoreState:
        """The row of a score, made when there is none."""
        item = self.item(item_id)
        rows = self._scores.setdefault(item.id, {})
        if student_id not in rows:
            row = ScoreState(item_state_id=item.id, student_id=student_id, pushed="", seen="", status=NOT_YET)
            row.known, row.reason, row.wanted, row.offered = False, NO_REASON, "", ""
            row.seat = row.loss = ""
            row.kept = row.unchecked = False
            self.session.add(row)
            rows[student_id] = row
        return rows[student_id]

    def forget_score(self, item_id: str, student_id: str) -> None:
        """Forget what is kept of a score."""
        row = self.scores_of(item_id).pop(student_id, None)
        if row is not None:
            self.session.delete(row)

    def forget_pushes(self, item_id: str) -> None:
        """Its assignment is not in the SIS any more, and no score of it."""
        for row in self.scores_of(item_id).values():
            if row.known:
                row.pushed, row.seen, row.status = "", "", NOT_YET
                row.known = row.unchecked = row.kept = False
                row.loss = ""

    def forget(self, item_id: str) -> None:
        """Forget an item with its scores."""
        row = self.items.pop(item_id, None)
        if row is not None:
            self.session.execute(delete(ScoreState).where(ScoreState.item_state_id == row.id))
            self._scores.pop(row.id, None)
            self.session.delete(row)
            self.session.flush()


def load(district: District, section_id: str, sis_session: int) -> Book:
    """Everything that is kept of a section."""
    book = Book(district.session, district.id, section_id, sis_session)
    rows = district.session.scalars(
        district.select(ItemState).where(
            ItemState.section_id == section_id,
            ItemState.session == sis_session,
        ),
        execution_options={"populate_existing": True},
    ).all()
    book.items = {row.item_id: row for row in rows}
    for score in scores_of_items(district.session, [row.id for row in rows]):
        book._scores.setdefault(score.item_state_id, {})[score.student_id] = score
    return book


def scores_of_items(session: Session, ids: Iterable[int]) -> list[ScoreState]:
    """The score rows of item rows."""
    wanted = list(ids)
    found = select(ScoreState).where(ScoreState.item_state_id.in_(wanted))
    return list(session.scalars(found, execution_options={"populate_existing": True}))
