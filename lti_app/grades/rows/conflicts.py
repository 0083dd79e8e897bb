"""Scores that were changed in the SIS: a teacher decides, or the policy did and it can be put back."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.grades.rows.items import CONFLICT, SYNCED
from lti_app.models import ItemState, ScoreState
from lti_app.school.reasons import NO_REASON

RESTORABLE = timedelta(days=30)


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


def send_ours(row: ScoreState) -> None:
    """Let Schoology's score go out with the next push, over what the SIS has now. The caller commits."""
    row.agreed, row.status = row.offered, SYNCED
    if not row.known:
        row.pushed, row.seen, row.known = "", "", True


def waits(row: ScoreState) -> bool:
    """Whether a score waits for the teacher."""
    return row.status == CONFLICT


def restorable(row: ScoreState) -> bool:
    """Whether what the last push overwrote can still be put back."""
    return (
        row.replaced is not None
        and row.replaced_at is not None
        and row.replaced_at > clock.now() - RESTORABLE
    )
