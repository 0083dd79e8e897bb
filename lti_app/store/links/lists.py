"""Links as lists: for pages and downloads, and batch by batch for whoever looks at all of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Literal, TypeAlias

from sqlalchemy import ColumnElement, Row, Select, and_, or_, text

from lti_app.models import Link, LinkState
from lti_app.models.base import alias
from lti_app.models.link import LET_GO_LINKS
from lti_app.school.records import Kind
from lti_app.store.district import District
from lti_app.store.paging import CHUNK, Page, page_of

COLUMNS = (
    Link.kind,
    Link.sis_id,
    Link.schoology_id,
    Link.building,
    Link.parent,
    Link.person,
    Link.natural_key,
    Link.label,
    Link.payload,
)
LinkRow: TypeAlias = "Row[str, str, str, str, str, str, str, str, str]"
"""A link as plain columns (COLUMNS): a district has too many for objects of the ORM."""


def batch_after(district: District, kind: Kind, last: str, size: int) -> Sequence[LinkRow]:
    """The next links in use of a kind, in the order of their SIS ids, after this SIS id."""
    return district.session.execute(_rows(district, kind).where(Link.sis_id > last).limit(size)).all()


def of_objects(district: District, kind: Kind, schoology_ids: Collection[str]) -> Sequence[LinkRow]:
    """The links in use of these objects, in the order of their SIS ids."""
    rows = _rows(district, kind).where(Link.schoology_id.in_(list(schoology_ids)))
    return district.session.execute(rows).all()


def seats_of_sections(district: District, sections: Collection[str]) -> Sequence[LinkRow]:
    """The enrollments in use of these sections, in the order of their SIS ids."""
    rows = _rows(district, Kind.ENROLLMENT).where(Link.parent.in_(sections))
    return district.session.execute(rows).all()


def released_people(district: District) -> Iterator[tuple[str, str, str, str]]:
    """(SIS id, name, school, payload last applied) of people who left the SIS, streamed."""
    rows = district.session.execute(
        district.select(Link.sis_id, Link.label, Link.building, Link.payload)
        .where(Link.kind == Kind.USER, text(LET_GO_LINKS))
        .execution_options(yield_per=CHUNK)
    )
    yield from ((sis_id, label, building, payload) for sis_id, label, building, payload in rows)


def places(district: District, sections: Collection[str]) -> Iterator[tuple[str, str]]:
    """(Person, section) of every enrollment in use in these sections."""
    seats_there = district.select(Link.person, Link.parent).where(
        Link.kind == Kind.ENROLLMENT, Link.parent.in_(list(sections)), Link.state.in_(LinkState.in_use())
    )
    yield from ((person, section) for person, section in district.session.execute(seats_there))


def known_payloads(district: District, kind: Kind) -> Iterator[tuple[str, str, bool, str]]:
    """(SIS id, name, whether it is in use, payload last applied) of all that Schoology has, streamed."""
    rows = district.session.execute(
        district.select(Link.sis_id, Link.label, Link.state, Link.payload)
        .where(Link.kind == kind, Link.state.in_(LinkState.known()))
        .execution_options(yield_per=CHUNK)
    )
    yield from (
        (sis_id, label, state in LinkState.in_use(), payload) for sis_id, label, state, payload in rows
    )


def known_sections(district: District) -> Iterator[tuple[str, str, str, bool, str]]:
    """(SIS id, course, name, whether it is in use, payload last applied) of all in Schoology, streamed."""
    rows = district.session.execute(
        district.select(Link.sis_id, Link.parent, Link.label, Link.state, Link.payload)
        .where(Link.kind == Kind.SECTION, Link.state.in_(LinkState.known()))
        .execution_options(yield_per=CHUNK)
    )
    yield from (
        (sis_id, parent, label, state in LinkState.in_use(), payload)
        for sis_id, parent, label, state, payload in rows
    )


def teachers(district: District, section_key: str) -> list[tuple[str, str]]:
    """(SIS id, email address) of those who teach a section and have an address, as last synced."""
    seats = seats_of_sections(district, [section_key])
    people = {seat.person for seat in seats if json.loads(seat.payload or "{}").get("admin")}
    rows = district.session.execute(_rows(district, Kind.USER).where(Link.sis_id.in_(people))).all()
    found = [(row.sis_id, str(json.loads(row.payload or "{}").get("email") or "")) for row in rows]
    return [(sis_id, email) for sis_id, email in found if email]


def keys_in_use(district: District, kind: Kind) -> Sequence[Row[str, str, str, str, str]]:
    """(SIS id, role, number, natural key, label) of every link in use of a kind, by SIS id."""
    columns = (Link.sis_id, Link.role, Link.number, Link.natural_key, Link.label)
    listed = district.select(*columns).where(Link.kind == kind, Link.state.in_(LinkState.in_use()))
    return district.session.execute(listed.order_by(Link.sis_id)).all()


def _rows(district: District, kind: Kind) -> Select[str, str, str, str, str, str, str, str, str]:
    statement: Select[str, str, str, str, str, str, str, str, str] = district.select(*COLUMNS)
    return statement.where(Link.kind == kind, Link.state.in_(LinkState.in_use())).order_by(Link.sis_id)


def sections(district: District) -> Iterator[Link]:
    """Every section in use, by building and name."""
    listed = district.select(Link).where(Link.kind == Kind.SECTION, Link.state.in_(LinkState.in_use()))
    yield from district.session.scalars(listed.order_by(Link.building, Link.label, Link.sis_id))


def siblings(district: District, section: Link, *, person: str = "") -> list[Link]:
    """The other sections in use of a section's course, by name; only those with a person, if given."""
    found = district.select(Link).where(
        Link.kind == Kind.SECTION,
        Link.parent == section.parent,
        Link.sis_id != section.sis_id,
        Link.state.in_(LinkState.in_use()),
    )
    if person:
        seat = alias(Link, "listed_seat")
        found = found.join(seat, seat.parent == Link.sis_id).where(
            seat.installation_id == district.id,
            seat.kind == Kind.ENROLLMENT,
            seat.person == person,
            seat.state.in_(LinkState.in_use()),
        )
    return list(district.session.scalars(found.order_by(Link.label, Link.sis_id)))


def seats(district: District, of: Literal["person", "parent"], sis_id: str, *, limit: int) -> list[Link]:
    """The enrollments of a person or of a section, in any state."""
    column = Link.person if of == "person" else Link.parent
    found = district.select(Link).where(Link.kind == Kind.ENROLLMENT, column == sis_id)
    return list(district.session.scalars(found.limit(limit)))


SEARCHED = ("username", "email", "code", "section_code", "section_school_code", "school_uid")
"""Fields of a payload that people know a record by."""


def has_words(columns: Sequence[Any], payload: Any, words: Sequence[str]) -> ColumnElement[bool]:
    """The condition that each word is in one of the columns, or begins a field of the payload by which
    people know a record."""
    return and_(
        *(
            or_(
                *(column.icontains(word, autoescape=True) for column in columns),
                *(payload.icontains(f'"{name}":"{word}', autoescape=True) for name in SEARCHED),
            )
            for word in words
        )
    )


def search(district: District, kinds: Collection[Kind], words: Sequence[str], *, limit: int) -> list[Link]:
    """Links that have every word in their name, ID, number, key, username, email address, or code."""
    told = (Link.label, Link.sis_id, Link.natural_key, Link.number)
    found = district.select(Link).where(Link.kind.in_(kinds), has_words(told, Link.payload, words))
    return list(district.session.scalars(found.order_by(Link.label).limit(limit)))


def deleted(district: District, number: int) -> Page[Link]:
    """A page of objects deleted in Schoology: undecided ones first, then those left deleted."""
    listed = (
        district.select(Link)
        .where(Link.state.in_(LinkState.deleted()))
        .order_by(Link.state.desc(), Link.kind, Link.label, Link.sis_id)
    )
    return _page(district, listed, number)


def in_states(district: District, kind: Kind, states: Collection[LinkState], number: int) -> Page[Link]:
    """A page of links in these states, by name."""
    return _page(district, _by_name(district, kind, states), number)


def each_in_states(district: District, kind: Kind, states: Collection[LinkState]) -> Iterator[Link]:
    """Links in these states by name, streamed."""
    listed = _by_name(district, kind, states).execution_options(yield_per=CHUNK)
    yield from district.session.scalars(listed)


def _by_name(district: District, kind: Kind, states: Collection[LinkState]) -> Select[Link]:
    listed = district.select(Link).where(Link.kind == kind, Link.state.in_(states))
    return listed.order_by(Link.label, Link.sis_id)


def _page(district: District, listed: Select[Link], number: int) -> Page[Link]:
    found = page_of(district.session, listed, number)
    return Page([row[0] for row in found.rows], found.number, found.total)


def in_use(district: District, kind: Kind) -> list[str]:
    """The SIS ids of links of which both sides have the record."""
    rows = district.select(Link.sis_id).where(Link.kind == kind, Link.state.in_(LinkState.in_use()))
    return list(district.session.scalars(rows))
