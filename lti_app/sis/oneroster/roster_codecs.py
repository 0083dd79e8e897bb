"""Rows of the roster lists to records; each version's fields are looked for in every row.

What is missing and optional stays empty; a row that can't be used is a BadRecord that names what is wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import msgspec

from lti_app.school.bad_rows import BadRow
from lti_app.school.clean import row_key
from lti_app.school.reasons import because, encoded
from lti_app.school.records import (
    BadRecord,
    Building,
    Course,
    Kind,
    Person,
    PersonGroup,
    PersonRole,
    Record,
    SeatRole,
    Section,
    Term,
    TermKind,
    group_of,
    seat_id,
)
from lti_app.school.row_codes import RowCode
from lti_app.sis.oneroster import roles
from lti_app.sis.oneroster.kept import SeatRow
from lti_app.sis.oneroster.paging import Broken
from lti_app.sis.oneroster.rows import Row

TERM_KINDS = {
    "schoolyear": TermKind.YEAR,
    "semester": TermKind.SEMESTER,
    "term": TermKind.TERM,
    "gradingperiod": TermKind.GRADING_PERIOD,
}
SCHOOL = "school"
OFFICES = ("department", "district", "local", "state", "national")
"""Types of orgs that are no schools (OneRoster 1.1, 4.13.6; 1.2, OrgTypeEnum)."""
NO_OBJECT = because(RowCode.ROW_NOT_AN_OBJECT)


@dataclass(frozen=True)
class Session:
    """An academicSession as it was read."""

    key: str
    title: str
    kind: str
    start: date
    end: date
    parent: str
    children: tuple[str, ...]
    year: int | None


def building(row: Row) -> Building | BadRow:
    """A school; OneRoster tells no address."""
    key = row.key("sourcedId")
    made = Building(key, row.text("name") or f"School {key}", row.text("identifier") or key)
    return BadRow(key, row.told()) if row.faults else made


def is_school(row: Row) -> bool:
    """Whether an org is a school: in any spelling, or by a type of the server's own that is no office."""
    kind = row.text("type").lower()
    return SCHOOL in kind or not (kind in OFFICES or kind.startswith("ext:"))


def session(row: Row) -> Session | BadRow:
    """An academicSession; without days no class can be placed by it."""
    start, end = row.day("startDate"), row.day("endDate")
    for name, value in (("startDate", start), ("endDate", end)):
        if value is None and not row.faults:
            row.fault(name, "", RowCode.CELL_EMPTY)
    if start and end and end < start:
        row.fault("endDate", end.isoformat(), RowCode.CELL_ENDS_EARLY, first=start)
    key = row.key("sourcedId")
    if row.faults or start is None or end is None:
        return BadRow(key, row.told())
    kind = row.text("type").lower().replace(" ", "").replace("_", "")
    year = row.text("schoolYear")
    return Session(
        key,
        row.text("title") or row.text("sourcedId"),
        TERM_KINDS.get(kind, TermKind.TERM),
        start,
        end,
        row.ref("parent"),
        tuple(row.refs("children")),
        int(year[-4:]) if year[-4:].isdecimal() and len(year) >= 4 else None,
    )


def terms(sessions: Mapping[str, Session], used: Mapping[str, Collection[str]]) -> list[Term]:
    """Sessions as terms; `used`: session → schools whose classes name it. A session is of the schools that
    use it, a part of it, or what it is a part of."""
    parents = {each.key: each.parent for each in sessions.values() if each.parent in sessions}
    for each in sessions.values():
        parents |= {child: each.key for child in each.children if child in sessions and child not in parents}
    lines = {key: _line(key, parents) for key in sessions}
    found = []
    for order, each in enumerate(sorted(sessions.values(), key=lambda one: (one.start, one.end, one.key)), 1):
        schools = {
            school
            for key, line in lines.items()
            if key in lines[each.key] or each.key in line
            for school in used.get(key, ())
        }
        parent = parents.get(each.key, "")
        found.append(
            Term(
                key=each.key,
                name=each.title,
                start=each.start,
                end=_last_day(each, parents, sessions),
                kind=each.kind,
                parent=parent,
                buildings=tuple(sorted(schools)),
                year=each.year,
                order=order,
            )
        )
    return found


def _line(key: str, parents: Mapping[str, str]) -> list[str]:
    """A session and everything that it is a part of."""
    found = [key]
    while (above := parents.get(found[-1], "")) and above not in found:
        found.append(above)
    return found


def _last_day(one: Session, parents: Mapping[str, str], every: Mapping[str, Session]) -> date:
    """The last day of a session; where the next one of its kind begins on it, it ended the day before."""
    nexts = any(
        other.start == one.end > one.start
        and other.kind == one.kind
        and parents.get(other.key, "") == parents.get(one.key, "")
        for other in every.values()
        if other.key != one.key
    )
    return one.end - timedelta(days=1) if nexts else one.end


@dataclass(frozen=True)
class User:
    """A user as a record, with the agents and the kind of contact that it is to students."""

    record: Record
    key: str
    roles: frozenset[str]
    contact: str
    agents: tuple[str, ...]


def user(row: Row, offices: Collection[str]) -> User:
    """A user of either version; `offices` are the orgs that are no schools."""
    own = row.rows("roles")
    names = [each.text("role") for each in own] or row.texts("role")
    found = frozenset(roles.of_person(each) for each in names if each) or frozenset({PersonRole.STAFF})
    homes = _homes(row, own, offices)
    key = row.key("sourcedId")
    contact = next((each.lower() for each in names if each.lower() in ("parent", "guardian", "relative")), "")
    record: Record = Person(
        key=key,
        sis_id=key,
        roles=found,
        first_name=row.text("givenName"),
        middle_name=row.text("middleName"),
        last_name=row.text("familyName"),
        email=row.text("email"),
        login=row.text("username") or _login(row),
        main_building=homes[0] if homes else "",
        other_buildings=tuple(homes[1:]),
        grade=next(iter(row.texts("grades")), ""),
        active=not row.is_deleted,
        number=row.text("identifier"),
        master_id=row.text("userMasterIdentifier"),
        user_ids=tuple((each.text("type"), each.text("identifier")) for each in row.rows("userIds")),
    )
    if row.faults:
        home = homes[0] if homes else ""
        record = bad(row, Kind.USER, building=home, group=group_of(found))
    return User(record, key, found, contact, tuple(row.refs("agents")))


def _homes(row: Row, own: list[Row], offices: Collection[str]) -> list[str]:
    """The schools of a user, the main one first. One that the server doesn't show today is a school, too."""
    primary = [each.ref("org") for each in own if each.text("roleType").lower() == "primary"]
    others = [each.ref("org") for each in own]
    every = dict.fromkeys([row.ref("primaryOrg"), *primary, *others, *row.refs("orgs")])
    named = [each for each in every if each]
    return [each for each in named if each not in offices] or named[:1]


def _login(row: Row) -> str:
    profiles = row.rows("userProfiles")
    every = (each.text("username") for profile in profiles for each in profile.rows("credentials"))
    return next((each for each in every if each), "")


def course(row: Row, offices: Collection[str]) -> Record:
    """A course; one of an org that is no school is the district's."""
    home = row.ref("org")
    key = row.key("sourcedId")
    if row.faults:
        return bad(row, Kind.COURSE)
    return Course(
        key=key,
        code=row.text("courseCode") or key,
        title=row.text("title"),
        buildings=(home,) if home and home not in offices else (),
        active=not row.is_deleted,
    )


def section(row: Row, sessions: Mapping[str, Session]) -> Record | None:
    """A class; None for one that is deleted."""
    if row.is_deleted:
        return None
    found = row.refs("terms")
    years = [sessions[each].year for each in found if each in sessions]
    made = Section(
        key=row.key("sourcedId"),
        course=row.ref("course"),
        building=row.ref("school"),
        number=row.text("classCode"),
        title=row.text("title"),
        terms=tuple(found),
        period=next(iter(row.texts("periods")), ""),
        year=next((each for each in years if each is not None), None),
    )
    for name in ("course", "school"):
        if not row.ref(name):
            row.fault(name, "", RowCode.CELL_EMPTY)
    return bad(row, Kind.SECTION, building=made.building) if row.faults else made


def seat(row: Row) -> SeatRow | BadRecord:
    """An enrollment; the last day still counts, whatever the version says of it (docs/oneroster.md)."""
    who, where = row.ref("user"), row.ref("class")
    for name, value in (("user", who), ("class", where)):
        if not value:
            row.fault(name, "", RowCode.CELL_EMPTY)
    added, dropped = row.day("beginDate"), row.day("endDate")
    if added and dropped and dropped < added:
        row.fault("endDate", dropped.isoformat(), RowCode.CELL_ENDS_EARLY, first=added)
    primary = row.flag("primary")
    role = roles.of_seat(row.text("role"))
    if row.faults:
        key = seat_id(where, who) if who and where else ""
        told = bad(row, Kind.ENROLLMENT, key=key)
        return BadRecord(**{**_fields(told), "section": where, "person": who, "role": role})
    return SeatRow(where, who, role, bool(primary), added, dropped, row.is_deleted)


def _fields(told: BadRecord) -> dict[str, Any]:
    return {name: getattr(told, name) for name in told.__dataclass_fields__}


def bad(row: Row, kind: Kind, *, building: str = "", group: str = "", key: str | None = None) -> BadRecord:
    """A row that can't be used, under the key that its record would have had, else under one of its own."""
    name = key if key is not None else row.text("sourcedId")
    reason = row.told()
    return BadRecord(
        kind, name or row_key(encoded(reason.to_json())), building, reason, group, has_key=bool(name)
    )


def broken(row: Broken, kind: Kind) -> BadRecord:
    """What is no object at all."""
    content = bytes(row.raw) if isinstance(row.raw, msgspec.Raw) else row.raw
    role = SeatRole.STUDENT if kind == Kind.ENROLLMENT else ""
    group = PersonGroup.STUDENT if kind == Kind.USER else ""
    return BadRecord(kind, row_key(content), "", NO_OBJECT, group, role=role, has_key=False)
