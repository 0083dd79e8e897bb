"""Scores that were changed in the SIS and wait for a teacher."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.grades.rows.items import CONFLICT, SYNCED
from lti_app.grades.rules import shown
from lti_app.grades.rules.compare import is_blank, is_spelling, score_of
from lti_app.grades.rules.held import Loss
from lti_app.models import ItemState, ScoreState
from lti_app.school.reasons import NO_REASON


def find(session: Session, place: tuple[int, str], item_id: str, student_id: str) -> ScoreState | None:
    """The row of a score of one section; `place` is (installation id, section id)."""
    return session.scalars(
        select(ScoreState)
        .join(ItemState, ItemState.id == ScoreState.item_state_id)
        .where(
            ItemState.installation_id == place[0],
            ItemState.section_id == place[1],
            ItemState.item_id == item_id,
            ScoreState.student_id == student_id,
        )
    ).first()


def keep_sis(row: ScoreState) -> None:
    """Let the SIS's score stand until Schoology's changes again. The caller commits."""
    row.pushed, row.seen = row.wanted, row.offered
    row.known, row.status, row.reason, row.wanted = True, SYNCED, NO_REASON, ""


def keep_as_is(row: ScoreState, loss: Loss) -> None:
    """Leave a score of the SIS alone that would have been cleared or replaced. The caller commits."""
    row.known, row.status, row.reason, row.loss = True, SYNCED, NO_REASON, ""
    if is_blank(loss.after):
        row.pushed, row.kept = "", True
    else:
        row.pushed, row.seen = loss.after, loss.before


def send_ours(row: ScoreState) -> None:
    """Let Schoology's score go out with the next push, over what the SIS has now. The caller commits."""
    row.agreed, row.agreed_for, row.status = row.offered, row.wanted, SYNCED
    if not row.known:
        row.pushed, row.seen, row.known = "", "", True


def is_decided(row: ScoreState) -> bool:
    """Whether the SIS keeps a score of its own by a person's word: kept, or put back."""
    if not row.known or row.unchecked or row.status != SYNCED or row.loss:
        return False
    return row.kept or not is_spelling(row.pushed, row.seen)


def is_rounded(row: ScoreState) -> bool:
    """Whether the SIS keeps the number that was sent with fewer decimals."""
    if not row.known or row.unchecked or row.status != SYNCED or row.loss:
        return False
    ours, theirs = score_of("", row.pushed).score, score_of("", row.seen).score
    return ours != theirs and is_spelling(row.pushed, row.seen)


def use_ours(row: ScoreState) -> None:
    """Change one's mind about such a score: the next sync sends what Schoology has. The caller commits."""
    if is_blank(row.pushed):
        row.kept, row.pushed = False, row.seen  # so that the blank cell is a clear again
    else:
        row.agreed, row.agreed_for = row.seen, row.pushed
        row.seen = row.pushed


def digest(row: ScoreState) -> str:
    """Stands for both values as they are shown: a decision about other ones is asked again."""
    return shown.digest([row.wanted, row.offered])


def decided_digest(row: ScoreState) -> str:
    """Stands for both values of a score that the SIS keeps, as they are shown."""
    return shown.digest([row.pushed, row.seen])


def waits(row: ScoreState) -> bool:
    """Whether a score waits for the teacher."""
    return row.status == CONFLICT
