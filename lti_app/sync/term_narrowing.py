"""What unmapping terms would stop: linked sections with no grading period left. Nothing of it is dropped."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app.models import Link
from lti_app.school.records import Kind
from lti_app.sync.mapping import SYNCED
from lti_app.sync.term_mapping import TermGroup

CHUNK = 500
"""Most values in one IN (…), far below SQLite's limit for variables."""


def count_outside(
    session: Session, installation_id: int, groups: Sequence[TermGroup], closing: Sequence[TermGroup]
) -> dict[Kind, int]:
    """Linked sections whose every grading period would be closed to them, and their enrollments.

    Nothing of it is dropped. `closing` are the groups among `groups` that would be unmapped.
    """
    lost = _lost_periods(groups, closing)
    stopping = [
        sis_id
        for sis_id, building, payload in session.execute(
            select(Link.sis_id, Link.building, Link.payload)
            .where(
                Link.installation_id == installation_id,
                Link.kind == Kind.SECTION,
                Link.state.in_(SYNCED),
                Link.building.in_(list(lost)),
            )
            .execution_options(yield_per=CHUNK)
        )
        if (periods := _periods_of(payload)) and periods <= lost[building]
    ]
    seats = _seats(session, installation_id, stopping)
    return {kind: n for kind, n in ((Kind.SECTION, len(stopping)), (Kind.ENROLLMENT, seats)) if n}


def _lost_periods(groups: Sequence[TermGroup], closing: Sequence[TermGroup]) -> dict[str, set[str]]:
    """Building → grading periods to which none of its terms would lead any more."""
    closed = {group.key for group in closing}
    before: dict[str, set[str]] = defaultdict(set)
    after: dict[str, set[str]] = defaultdict(set)
    mapped = [(group, row) for group in groups for row in group.rows if row.grading_period_id]
    for group, row in mapped:
        before[row.building].add(row.grading_period_id)
        if group.key not in closed:
            after[row.building].add(row.grading_period_id)
    return {building: gone for building, ids in before.items() if (gone := ids - after[building])}


def _periods_of(payload: str) -> set[str]:
    return set(json.loads(payload).get("grading_period_ids", [])) if payload else set()


def _seats(session: Session, installation_id: int, sections: list[str]) -> int:
    total = 0
    for start in range(0, len(sections), CHUNK):
        total += (
            session.scalar(
                select(func.count())
                .select_from(Link)
                .where(
                    Link.installation_id == installation_id,
                    Link.kind == Kind.ENROLLMENT,
                    Link.state.in_(SYNCED),
                    Link.parent.in_(sections[start : start + CHUNK]),
                )
            )
            or 0
        )
    return total
