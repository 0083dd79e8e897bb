"""The lists of Data Prep: SIS records with what they are paired with, and what Schoology alone has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from lti_app.models import Link, PairState, PrepPair, PrepRow, PrepStatus, Side
from lti_app.school.prep import Doubt
from lti_app.store.district import District
from lti_app.store.paging import CHUNK, Page, page_of
from lti_app.sync.data_prep import reading

MATCH = func.coalesce(Link.schoology_id, PrepPair.schoology_id)
"""The Schoology id that an SIS record is linked or matched with."""
DOUBTS = frozenset(str(each) for each in Doubt)


@dataclass(frozen=True)
class Filter:
    """Which lines to show; empty means all."""

    status: str = ""
    building: str = ""
    rule: str = ""
    text: str = ""


@dataclass(frozen=True)
class Line:
    """One line: an SIS record, an object of Schoology, or both.

    `standing` is one of lti_app.sync.data_prep.counts.STANDINGS.
    """

    ours: PrepRow | None
    theirs: PrepRow | None
    standing: str
    rule: str = ""
    state: str = ""
    by: str = ""


def page(district: District, run_id: int, *, kind: str, wanted: Filter, number: int) -> Page[Line]:
    """A page of lines in the order of their names. An undecided record comes with its one possible match."""
    query = _lines(district.id, run_id, kind, wanted, partner_id=func.coalesce(MATCH, PrepRow.candidate))
    found = page_of(district.session, query, number)
    lines = [_line(row) for row in found.rows]
    return Page(lines, found.number, found.total)


def each(district: District, run_id: int, kind: str) -> Iterator[Line]:
    """Every line, streamed; undecided records without a match."""
    query = _lines(district.id, run_id, kind, Filter(), partner_id=MATCH).execution_options(yield_per=CHUNK)
    for row in district.session.execute(query):
        yield _line(row)


def _lines(
    installation_id: int, run_id: int, kind: str, wanted: Filter, *, partner_id: Any
) -> Select[*tuple[Any, ...]]:
    partner = aliased(PrepRow)
    listed = or_(
        PrepRow.side == Side.SIS,
        and_(
            PrepRow.side == Side.SCHOOLOGY,
            PrepRow.status.in_((PrepStatus.ONLY, PrepStatus.AMBIGUOUS)),
        ),
    )
    query = (
        select(PrepRow, partner, PrepPair.rule, PrepPair.state, PrepPair.decided_by)
        .select_from(PrepRow)
        .outerjoin(
            PrepPair,
            and_(
                PrepRow.side == Side.SIS,
                reading.stands(installation_id, kind),
                PrepPair.sis_id == PrepRow.ident,
            ),
        )
        .outerjoin(
            Link,
            and_(
                PrepRow.side == Side.SIS,
                Link.installation_id == installation_id,
                Link.kind == kind,
                Link.sis_id == PrepRow.ident,
            ),
        )
        .outerjoin(
            partner,
            and_(reading.key_is(partner, run_id, kind, Side.SCHOOLOGY), partner.ident == partner_id),
        )
        .where(PrepRow.run_id == run_id, PrepRow.kind == kind, listed, *_narrowed(wanted, partner))
    )
    return query.order_by(PrepRow.label, PrepRow.side, PrepRow.ident)


def _narrowed(wanted: Filter, partner: Any) -> Iterator[Any]:
    if wanted.status:
        yield _standing(wanted.status, partner)
    if wanted.building:
        yield PrepRow.building == wanted.building
    if wanted.rule:
        yield PrepPair.rule == wanted.rule
    for word in wanted.text.casefold().split():
        yield or_(
            PrepRow.search.contains(word, autoescape=True), partner.search.contains(word, autoescape=True)
        )


def _standing(wanted: str, partner: Any) -> Any:
    """The condition of one choice of the filter: a standing, a doubt, or a kind of account."""
    ours, theirs = (PrepRow.side == side for side in (Side.SIS, Side.SCHOOLOGY))
    undecided = PrepRow.status.in_((PrepStatus.AMBIGUOUS, PrepStatus.CONFLICT))
    paired = and_(ours, PrepRow.status == PrepStatus.PAIRED)
    choices = {
        "alone": theirs,
        "undecided": and_(ours, undecided),
        "suggested": and_(paired, PrepPair.state == PairState.PROPOSED),
        "accepted": and_(paired, PrepPair.state == PairState.ACCEPTED),
        "inactive": or_(partner.state == "inactive", PrepRow.state == "inactive"),
        "twins": and_(theirs, PrepRow.reason_code != ""),
        **dict.fromkeys(DOUBTS, and_(ours, PrepRow.doubt_code == wanted)),
    }
    return choices.get(wanted, and_(ours, PrepRow.status == wanted))


def _line(row: Any) -> Line:
    own, partner, rule, state, by = row
    if own.side == Side.SCHOOLOGY:
        return Line(None, own, "alone")
    return Line(own, partner, standing_of(own.status, state or ""), rule or "", state or "", by or "")


def standing_of(status: str, state: str = "") -> str:
    """Where an SIS record stands, by the status of its row and the state of its match."""
    if status in (PrepStatus.AMBIGUOUS, PrepStatus.CONFLICT):
        return "undecided"
    if status == PrepStatus.PAIRED:
        return "accepted" if state == PairState.ACCEPTED else "suggested"
    return status
