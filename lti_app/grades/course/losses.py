"""What the course page shows of scores that a sync takes from the SIS, has taken, or leaves to the SIS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lti_app.grades.rows import conflicts
from lti_app.grades.rules import shown
from lti_app.grades.rules.compare import is_blank
from lti_app.grades.rules.findings import stopped
from lti_app.models import ItemState, KeptScore, ScoreState


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
    place: tuple[str, str] = ("", "")
    """Item and SIS id of the student."""
    score: str = ""
    """item:student:digest of both values, of one that a person decided about."""


def display(text: str) -> str:
    """A canonical score as people read it."""
    value, _, comment = text.partition("\n")
    shown = value.removeprefix("=").removeprefix("!") or "blank"
    return f"{shown}, “{comment}”" if comment else shown


Losses = list[tuple[ItemState, ScoreState]]


def losses_of(rows: Sequence[ItemState], scores: Mapping[int, list[ScoreState]]) -> Losses:
    """Those of items that take part in the sync."""
    taking_part = [
        each for each in rows if not (each.gone or each.opted_out or each.held or stopped(each.shown))
    ]
    return [(item, each) for item in taking_part for each in scores.get(item.id, []) if each.loss]


def decided_of(rows: Sequence[ItemState], scores: Mapping[int, list[ScoreState]]) -> Losses:
    """Scores that the SIS keeps by a person's decision."""
    return [
        (item, each)
        for item in rows
        if not item.gone
        for each in scores.get(item.id, [])
        if conflicts.is_decided(each)
    ]


def decided_view(item: ItemState, row: ScoreState, names: Mapping[str, str]) -> LossView:
    """One that the SIS keeps."""
    name = names.get(row.student_id, row.student_id)
    values = (display(row.seen), display("" if row.kept else row.pushed))
    place = (item.item_id, row.student_id)
    score = ":".join((*place, conflicts.decided_digest(row)))
    return LossView(item.title, name, *values, "", place=place, score=score)


def digest_of(losses: Losses) -> str:
    """Stands for exactly these values: a press about other ones is asked again."""
    texts = sorted([item.item_id, row.student_id, row.offered, row.wanted] for item, row in losses)
    return shown.digest(texts)


def loss_view(item: ItemState, row: ScoreState, names: Mapping[str, str]) -> LossView:
    """One that the next sync would take."""
    name = names.get(row.student_id, row.student_id)
    values = (display(row.offered), display(row.wanted))
    return LossView(item.title, name, *values, row.loss, place=(item.item_id, row.student_id))


def kept_view(row: KeptScore, names: Mapping[str, str]) -> LossView:
    """One that a sync has taken."""
    name = names.get(row.student_id, row.student_id)
    loss = "clear" if is_blank(row.after) else "replace"
    return LossView(row.title, name, display(row.before), display(row.after), loss, row.id, row.kept_at)
