"""What set statements of other rooms say of links: conditions and values beside a row of another table.

`owner` is the installation: its id, or the column of the other table that holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from lti_app.models import Change, Hides, Link, LinkState, Staged
from lti_app.models.base import alias
from lti_app.school.records import Kind, SeatRole
from lti_app.school.told import PEOPLE, Told


def is_linked(
    owner: Any, kind: Any, *, sis_id: Any = None, schoology_id: Any = None, states: Collection[LinkState] = ()
) -> ColumnElement[bool]:
    """There is a link of the record, or of the object; in one of the states, if any are given."""
    named = [Link.sis_id == sis_id] if sis_id is not None else []
    named += [Link.schoology_id == schoology_id] if schoology_id is not None else []
    allowed = [Link.state.in_(states)] if states else []
    return exists().where(Link.installation_id == owner, Link.kind == kind, *named, *allowed)


def applied_to(owner: int, kinds: Collection[Kind]) -> Subquery:
    """What was last applied to each object that Schoology has: kind, sis_id, fingerprint, payload."""
    columns = (Link.kind, Link.sis_id, Link.fingerprint, Link.payload)
    known = (Link.installation_id == owner, Link.kind.in_(kinds), Link.state.in_(LinkState.known()))
    return select(*columns).where(*known, Link.fingerprint != "").subquery()


def todays_building(run_id: Any) -> ColumnElement[str]:
    """The school of a link: for a seat, that of its section as the run read it; else the one it keeps."""
    section = alias(Staged, "section_of_seat")
    told = select(section.building).where(
        Link.kind == Kind.ENROLLMENT,
        section.run_id == run_id,
        section.kind == Kind.SECTION,
        section.sis_id == Link.parent,
        section.building != "",
    )
    return func.coalesce(told.correlate_except(section).scalar_subquery(), Link.building)


def is_in_reach_of(row: type[Staged]) -> ColumnElement[bool]:
    """A staged row that isn't understood may stand for a link's record."""
    reaches = or_(
        row.hides == Hides.EVERYWHERE,
        and_(row.hides == Hides.BUILDING, row.building == todays_building(row.run_id)),
        and_(row.hides == Hides.SECTION, row.parent == Link.parent),
        and_(row.hides == Hides.PERSON, row.person == Link.person),
    )
    return and_(or_(row.role == "", row.role == Link.role), reaches)


def people_who_would_leave(owner: int, run_id: int) -> Select[str]:
    """The people of enrollments that a run didn't read anymore."""
    read = exists().where(
        Staged.run_id == run_id, Staged.kind == Kind.ENROLLMENT, Staged.sis_id == Link.sis_id
    )
    mine = (Link.installation_id == owner, Link.kind == Kind.ENROLLMENT, Link.state.in_(LinkState.in_use()))
    return select(Link.person).where(*mine, ~read)


def is_linked_elsewhere() -> ColumnElement[bool]:
    """The record of a line is linked in another building than the line says."""
    return exists().where(*_of_line(), Link.building != "", Link.building != Change.building)


def is_asked_for() -> ColumnElement[bool]:
    """A line's record has to be sent again, because it isn't known what Schoology holds."""
    return exists().where(*_of_line(), Link.fingerprint == "")


def with_applied(lines: Select[*tuple[Any, ...]]) -> Select[Any]:
    """Lines of a plan, each with the fingerprint last applied to its record, if it is linked."""
    return lines.add_columns(Link.fingerprint).outerjoin(Link, and_(*_of_line()))


def with_staged_link(rows: Select[*tuple[Any, ...]], owner: Any) -> Select[Any]:
    """Staged rows, each with the fingerprint and payload last applied to its record, or with None."""
    of_row = (Link.installation_id == owner, Link.kind == Staged.kind, Link.sis_id == Staged.sis_id)
    return rows.add_columns(Link.fingerprint, Link.payload).outerjoin(Link, and_(*of_row))


def with_link(lines: Select[Change]) -> Select[Change, Link]:
    """Lines of a plan, each with the link of its record or with none."""
    return lines.add_columns(Link).outerjoin(Link, and_(*_of_line()))


def label_of_section(owner: Any, section_id: Any) -> ScalarSelect[str]:
    """What a section of Schoology is called; nothing when it is not linked."""
    found = select(Link.label).where(
        Link.installation_id == owner, Link.kind == Kind.SECTION, Link.schoology_id == section_id
    )
    return found.scalar_subquery()


def has_teacher(
    owner: Any, section: Any, *, unless: Callable[[Any], ColumnElement[bool]]
) -> ColumnElement[bool]:
    """Schoology has a teacher of the section; `unless` says of the SIS id of an enrollment that it ends."""
    seat = alias(Link, "seat_of_section")
    return exists().where(
        seat.installation_id == owner,
        seat.kind == Kind.ENROLLMENT,
        seat.parent == section,
        seat.role == SeatRole.TEACHER,
        seat.state.in_(LinkState.known()),
        ~unless(seat.sis_id),
    )


def whose(role: Any) -> ColumnElement[str]:
    """Whose seat it is: a few teachers would vanish among all the students. Without parameters, so that
    PostgreSQL sees that what is selected is what is grouped by."""
    teaches = role == literal_column(f"'{SeatRole.TEACHER}'")
    return case((teaches, literal_column("'staff'")), else_=literal_column("''"))


def told_by(kind: Kind) -> ColumnElement[str]:
    """Which part of a read tells whether a link's record is still in the SIS (Told)."""
    if kind == Kind.USER:
        groups = [(Link.role == str(group), literal(str(told))) for group, told in PEOPLE.items()]
        return case(*groups, else_=literal(str(Told.STAFF)))
    if kind == Kind.ENROLLMENT:
        return case(
            (Link.role == SeatRole.TEACHER, literal(str(Told.TEACHERS))),
            else_=literal(str(Told.ENROLLMENTS)),
        )
    told = {Kind.PARENT_LINK: Told.CONTACTS, Kind.COURSE: Told.COURSES, Kind.SECTION: Told.SECTIONS}[kind]
    return literal(str(told))


def _of_line() -> tuple[ColumnElement[bool], ...]:
    return (
        Link.installation_id == Change.installation_id,
        Link.kind == Change.kind,
        Link.sis_id == Change.sis_id,
    )
