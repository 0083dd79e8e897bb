"""What both sides have, in batches: accepted pairs, and enrollments of what is linked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.models import PairState, PrepPair, PrepRow, PrepState, Side
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync.data_prep import reading

ROWS_AT_ONCE = 2000
SHOWN = (
    PrepRow.ident,
    PrepRow.building,
    PrepRow.parent,
    PrepRow.person,
    PrepRow.role,
    PrepRow.number,
    PrepRow.natural_key,
    PrepRow.label,
    PrepRow.facts,
    PrepRow.state,
)
"""Columns that a link is made of."""


@dataclass(frozen=True)
class Match:
    """An SIS row, the object of Schoology that it is, and why."""

    ours: Any
    theirs: Any
    reason: Reason


def accepted(district: District, run_id: int, kind: Kind) -> Iterator[list[Match]]:
    """Pairs that a person accepted and that are not linked yet."""
    last = ""
    while True:
        query = district.select(PrepPair).where(
            PrepPair.kind == kind,
            PrepPair.sis_id > last,
            PrepPair.state == PairState.ACCEPTED,
        )
        pairs = district.session.scalars(query.order_by(PrepPair.sis_id).limit(ROWS_AT_ONCE)).all()
        if not pairs:
            return
        last = pairs[-1].sis_id
        known = links.read.linked(district, kind, [each.sis_id for each in pairs])
        ours = _rows(district.session, run_id, kind, Side.SIS, idents=[each.sis_id for each in pairs])
        theirs = _rows(
            district.session, run_id, kind, Side.SCHOOLOGY, idents=[each.schoology_id for each in pairs]
        )
        yield [
            Match(ours[each.sis_id], theirs[each.schoology_id], _why(each))
            for each in pairs
            if each.sis_id in ours
            and each.sis_id not in known
            and each.schoology_id in theirs
            and theirs[each.schoology_id].state != PrepState.INACTIVE
        ]


def _rows(session: Session, run_id: int, kind: Kind, side: Side, *, idents: Sequence[str]) -> dict[str, Any]:
    query = select(*SHOWN).where(reading.row_is(run_id, kind, side), PrepRow.ident.in_(idents))
    return {row.ident: row for row in session.execute(query)}


def seats(district: District, run_id: int) -> Iterator[list[Match]]:
    """Enrollments of the SIS whose section and person are linked, and that Schoology has too."""
    last = ""
    while True:
        query = select(*SHOWN).where(reading.row_is(run_id, Kind.ENROLLMENT, Side.SIS), PrepRow.ident > last)
        ours = district.session.execute(query.order_by(PrepRow.ident).limit(ROWS_AT_ONCE)).all()
        if not ours:
            return
        last = ours[-1].ident
        sections, people = (
            links.read.schoology_ids(district, kind, {getattr(row, column) for row in ours})
            for kind, column in ((Kind.SECTION, "parent"), (Kind.USER, "person"))
        )
        known = links.read.linked(district, Kind.ENROLLMENT, [row.ident for row in ours])
        there = _members(district.session, run_id, set(sections.values()))
        yield [
            Match(row, there[seat], because(Code.FOUND_ON_BOTH_SIDES))
            for row in ours
            if (seat := (sections.get(row.parent, ""), people.get(row.person, ""))) in there
            and row.ident not in known
        ]


def _members(session: Session, run_id: int, sections: set[str]) -> dict[tuple[str, str], Any]:
    """Section and uid → seat, of those whose id Schoology told."""
    query = select(*SHOWN).where(
        reading.row_is(run_id, Kind.ENROLLMENT, Side.SCHOOLOGY), PrepRow.parent.in_(sections)
    )
    return {(row.parent, row.person): row for row in session.execute(query) if ":" not in row.ident}


def _why(pair: PrepPair) -> Reason:
    if pair.rule == "hand":
        return because(Code.PAIRED_BY_HAND, by=pair.decided_by)
    if pair.rule == "file":
        return because(Code.PAIRED_BY_FILE, by=pair.decided_by)
    return because(Code.PAIRED_BY_RULE, rule=pair.rule, by=pair.decided_by)
