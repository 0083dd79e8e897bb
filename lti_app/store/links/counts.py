"""How many links there are: by kind, building, person, section and state."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, distinct, func, select

from lti_app.models import Link, LinkState, Run
from lti_app.school.records import Kind, PersonGroup, SeatRole
from lti_app.store.built_once import AnyRun
from lti_app.store.district import District
from lti_app.store.links.conditions import told_by, whose


def every(district: District, kind: Kind) -> int:
    """Links of a kind, in any state."""
    return _number(district, Link.kind == kind)


def in_use(district: District, kind: Kind) -> int:
    """Links of a kind that both sides have."""
    return _number(district, *_in_use(kind))


def in_buildings(district: District, kind: Kind, buildings: Collection[str]) -> int:
    """Links of a kind in these buildings that both sides have."""
    return _number(district, *_in_use(kind), Link.building.in_(buildings))


def by_kind(district: District, buildings: Collection[str]) -> dict[Kind, int]:
    """Kind → links in these buildings that both sides have."""
    rows = district.session.execute(
        district.select(Link.kind, func.count())
        .where(Link.building.in_(list(buildings)), Link.state.in_(LinkState.in_use()))
        .group_by(Link.kind)
    )
    return {Kind(kind): number for kind, number in rows}


def by_state(district: District, kind: Kind, states: Collection[LinkState]) -> dict[str, int]:
    """State → links of a kind."""
    rows = district.session.execute(
        district.select(Link.state, func.count())
        .where(Link.kind == kind, Link.state.in_(states))
        .group_by(Link.state)
    )
    return {state: number for state, number in rows}


def by_told(run: AnyRun | Run, kind: Kind, buildings: Select[str]) -> Select[str, str, int]:
    """(part of a read, building, number) of links of a kind, in the buildings of a query."""
    part = told_by(kind)
    mine = (
        Link.installation_id == run.installation_id,
        Link.kind == kind,
        Link.state.in_(LinkState.in_use()),
    )
    return (
        select(part, Link.building, func.count())
        .where(*mine, Link.building.in_(buildings))
        .group_by(part, Link.building)
    )


def missing(district: District) -> int:
    """Objects that were deleted in Schoology and wait for a decision."""
    return _number(district, Link.state == LinkState.MISSING)


def people(district: District, group: PersonGroup, *, role_id: str = "") -> int:
    """Accounts of a group; only those that were last sent with a role, if one is given."""
    same_group = Link.role == group
    with_role = Link.payload.contains(f'"role_id":"{role_id}"', autoescape=True)
    return _number(district, *_in_use(Kind.USER), same_group, *([with_role] if role_id else []))


def seats_of_people_in(district: District, buildings: Collection[str]) -> int:
    """Enrollments of the people of these buildings."""
    there = district.select(Link.sis_id).where(*_in_use(Kind.USER), Link.building.in_(buildings))
    return _number(district, *_in_use(Kind.ENROLLMENT), Link.person.in_(there))


def seats_of_sections(district: District, sections: Collection[str]) -> int:
    """Enrollments of these sections."""
    return _number(district, *_in_use(Kind.ENROLLMENT), Link.parent.in_(sections))


def co_teachers(district: District) -> int:
    """Teachers beyond the first one of each section: a section has one primary teacher."""
    seats = select(func.count(), func.count(distinct(Link.parent))).where(
        Link.installation_id == district.id,
        *_in_use(Kind.ENROLLMENT),
        Link.role == SeatRole.TEACHER,
    )
    every_seat, sections = district.session.execute(seats).one()
    return int(every_seat - sections)


def students_by_section(district: District, sections: Select[str]) -> dict[str, int]:
    """Section → students whose enrollment Schoology has, of the sections that a query names."""
    rows = district.session.execute(
        district.select(Link.parent, func.count())
        .where(
            Link.kind == Kind.ENROLLMENT,
            Link.state.in_(LinkState.known()),
            Link.role == SeatRole.STUDENT,
            Link.parent.in_(sections),
        )
        .group_by(Link.parent)
    )
    return {section: number for section, number in rows}


def seats_by_building(district: District, sections: Select[str, str]) -> dict[tuple[str, str], int]:
    """(building, whose seat) → enrollments that Schoology has, of the sections that a query names, each with
    its building."""
    who = whose(Link.role)
    section = sections.subquery()
    key, building = section.c
    rows = district.session.execute(
        select(building, who, func.count())
        .join_from(Link, section, key == Link.parent)
        .where(
            Link.installation_id == district.id,
            Link.kind == Kind.ENROLLMENT,
            Link.state.in_(LinkState.known()),
        )
        .group_by(building, who)
    )
    return {(school, person): number for school, person, number in rows}


def by_building(district: District, *kinds: Kind) -> dict[tuple[str, str], int]:
    """(building, kind) → links of these kinds that both sides have."""
    rows = district.session.execute(
        district.select(Link.building, Link.kind, func.count())
        .where(Link.kind.in_(kinds), Link.state.in_(LinkState.in_use()))
        .group_by(Link.building, Link.kind)
    )
    return {(building, kind): number for building, kind, number in rows}


def with_account(district: District) -> Select[str]:
    """The SIS ids of people who have an account, for a condition."""
    return district.select(Link.sis_id).where(*_in_use(Kind.USER))


def with_class(district: District) -> Select[str]:
    """The SIS ids of people who are in a class, for a condition."""
    return district.select(Link.person).where(*_in_use(Kind.ENROLLMENT))


def _in_use(kind: Kind) -> tuple[ColumnElement[bool], ...]:
    return (Link.kind == kind, Link.state.in_(LinkState.in_use()))


def _number(district: District, *which: ColumnElement[bool]) -> int:
    mine = Link.installation_id == district.id
    return district.session.scalar(select(func.count()).select_from(Link).where(mine, *which)) or 0
