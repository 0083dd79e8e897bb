"""What one SIS record may be in Schoology: by the keys that both have, or by a search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased

from lti_app.models import PrepKey, PrepRow, PrepStatus, Side
from lti_app.school.reasons import Reason
from lti_app.setup import choices
from lti_app.store.district import District
from lti_app.sync.data_prep import doubts, reading

MOST = 8
"""Candidates shown at one record."""
FOUND = 20
"""Rows shown of a search."""


def one(session: Session, run_id: int, kind: str, sis_id: str) -> PrepRow | None:
    """An SIS record of the reading."""
    return session.get(PrepRow, (run_id, kind, str(Side.SIS), sis_id))


def candidates(district: District, row: PrepRow) -> Sequence[PrepRow]:
    """What of Schoology shares a key with an SIS record and was not refused for it, the likeliest first."""
    own, theirs = aliased(PrepKey), aliased(PrepKey)
    telling = (
        select(theirs.ident, func.count().label("shared"))
        .where(
            reading.key_is(own, row.run_id, row.kind, Side.SIS),
            own.ident == row.ident,
            reading.key_is(theirs, row.run_id, row.kind, Side.SCHOOLOGY),
            theirs.rule == own.rule,
            theirs.text == own.text,
            ~reading.decided_against(district.id, row.kind, row.ident, theirs.ident),
        )
        .group_by(theirs.ident)
        .subquery()
    )
    query = (
        select(PrepRow)
        .join(telling, telling.c.ident == PrepRow.ident)
        .where(reading.row_is(row.run_id, row.kind, Side.SCHOOLOGY))
        .order_by(_free_first(), telling.c.shared.desc(), PrepRow.ident)
        .limit(MOST)
    )
    return district.session.scalars(query).all()


def why(district: District, row: PrepRow) -> dict[str, Reason]:
    """Schoology id → why it was not suggested as the match; of each object that shares a key with it."""
    shared = doubts.in_common(district, row.run_id, kind=row.kind, idents=[row.ident]).get(row.ident)
    if shared is None:
        return {}
    options = choices.data_prep_options(district)
    return {
        ident: doubts.told(
            district,
            doubts.judge(row.kind, row.facts, other.facts, rules=shared.rules[ident], options=options),
        )
        for ident, other in shared.rows.items()
    }


def search(session: Session, run_id: int, kind: str, text: str) -> Sequence[PrepRow]:
    """What of Schoology holds every word of a text."""
    words = text.casefold().split()
    if not words:
        return ()
    query = (
        select(PrepRow)
        .where(
            reading.row_is(run_id, kind, Side.SCHOOLOGY),
            *(PrepRow.search.contains(word, autoescape=True) for word in words),
        )
        .order_by(_free_first(), PrepRow.label, PrepRow.ident)
        .limit(FOUND)
    )
    return session.scalars(query).all()


def _free_first() -> Any:
    taken = (PrepStatus.PAIRED, PrepStatus.LINKED)
    return case((PrepRow.status.in_(taken), 1), else_=0)
