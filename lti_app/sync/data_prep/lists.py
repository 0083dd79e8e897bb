"""The lists of Data Prep: SIS records with what they are paired with, and what Schoology alone has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from lti_app.models import Link, PrepPair, PrepRow, PrepStatus, Side
from lti_app.store.district import District
from lti_app.store.paging import CHUNK, Page, page_of
from lti_app.sync.data_prep import reading


@dataclass(frozen=True)
class Filter:
    """Which lines to show; empty means all."""

    status: str = ""
    building: str = ""
    rule: str = ""
    text: str = ""


@dataclass(frozen=True)
class Line:
    """One line: a SIS record, an object of Schoology, or both."""

    ours: PrepRow | None
    theirs: PrepRow | None
    status: str
    rule: str = ""
    state: str = ""
    by: str = ""


def page(district: District, run_id: int, *, kind: str, wanted: Filter, number: int) -> Page[Line]:
    """A page of lines in the order of their names."""
    found = page_of(district.session, _lines(district.id, run_id, kind, wanted), number)
    return Page([_line(row) for row in found.rows], found.number, found.total)


def each(district: District, run_id: int, kind: str) -> Iterator[Line]:
    """Every line, streamed."""
    query = _lines(district.id, run_id, kind, Filter()).execution_options(yield_per=CHUNK)
    for row in district.session.execute(query):
        yield _line(row)


def _lines(installation_id: int, run_id: int, kind: str, wanted: Filter) -> Select[*tuple[Any, ...]]:
    partner = aliased(PrepRow)
    listed = or_(
        PrepRow.side == Side.SIS,
        and_(
            PrepRow.side == Side.SCHOOLOGY,
            PrepRow.status.in_((PrepStatus.ONLY, PrepStatus.AMBIGUOUS)),
        ),
    )
    partner_id = func.coalesce(Link.schoology_id, PrepPair.schoology_id)
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
    if wanted.status == "alone":
        yield PrepRow.side == Side.SCHOOLOGY
    elif wanted.status == "undecided":
        yield PrepRow.side == Side.SIS
        yield PrepRow.status.in_((PrepStatus.AMBIGUOUS, PrepStatus.CONFLICT))
    elif wanted.status == "inactive":
        yield or_(partner.state == "inactive", PrepRow.state == "inactive")
    elif wanted.status == "twins":
        yield PrepRow.side == Side.SCHOOLOGY
        yield PrepRow.reason_code != ""
    elif wanted.status:
        yield PrepRow.side == Side.SIS
        yield PrepRow.status == wanted.status
    if wanted.building:
        yield PrepRow.building == wanted.building
    if wanted.rule:
        yield PrepPair.rule == wanted.rule
    for word in wanted.text.casefold().split():
        yield or_(
            PrepRow.search.contains(word, autoescape=True), partner.search.contains(word, autoescape=True)
        )


def _line(row: Any) -> Line:
    own, partner, rule, state, by = row
    if own.side == Side.SCHOOLOGY:
        return Line(None, own, "alone")
    return Line(own, partner, own.status, rule or "", state or "", by or "")
