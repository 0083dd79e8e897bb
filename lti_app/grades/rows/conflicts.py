"""Scores that were changed in the SIS and wait for a teacher."""

from __future__ import annotations

import hashlib
import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.grades.rows.items import CONFLICT, SYNCED
from lti_app.grades.rules.compare import is_blank
from lti_app.grades.rules.held import Loss
from lti_app.models import ItemState, ScoreState


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
    row.known, row.status, row.reason, row.wanted = True, SYNCED, "", ""


def keep_as_is(row: ScoreState, loss: Loss) -> None:
    """Leave a score of the SIS alone that would have been cleared or replaced. The caller commits."""
    row.known, row.status, row.reason, row.loss = True, SYNCED, "", ""
    if is_blank(loss.after):
        row.pushed, row.kept = "", True
    else:
        row.pushed, row.seen = loss.after, loss.before


def send_ours(row: ScoreState) -> None:
    """Let Schoology's score go out with the next push, over what the SIS has now. The caller commits."""
    row.agreed, row.agreed_for, row.status = row.offered, row.wanted, SYNCED
    if not row.known:
        row.pushed, row.seen, row.known = "", "", True


def digest(row: ScoreState) -> str:
    """Stands for both values as they are shown: a decision about other ones is asked again."""
    text = json.dumps([row.wanted, row.offered])
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def waits(row: ScoreState) -> bool:
    """Whether a score waits for the teacher."""
    return row.status == CONFLICT
