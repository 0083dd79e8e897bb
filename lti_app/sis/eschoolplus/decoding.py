"""Raw rows of eSchoolPLUS to records, whatever stands in them.

A row with a cell that can't be read becomes a BadRecord that names each such column with what it holds; a
minor field costs only that field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from lti_app.school.clean import row_key
from lti_app.school.reasons import because
from lti_app.school.records import (
    BadRecord,
    Course,
    Kind,
    Person,
    PersonGroup,
    Record,
    Seat,
    SeatRole,
    seat_id,
)
from lti_app.school.row_codes import RowCode
from lti_app.sis.eschoolplus import codecs, keys, wire
from lti_app.sis.eschoolplus.cells import number, text
from lti_app.sis.eschoolplus.columns import ROW_TYPES
from lti_app.sis.pages import RawRow
from lti_app.sis.rows import Fault, NotARow, Row, RowType

Decoder = Callable[[Row], Record | list[Record] | list[Seat] | None]


def decode(decoder: Decoder, raw: RawRow) -> list[Record]:
    """A raw row as records; none for rows that stand for nothing, and one BadRecord for a faulty row.

    A fault of a minor field costs that field only.
    """
    kind = KINDS.get(decoder)
    try:
        row = TYPES[decoder].read(raw)
    except NotARow:
        return [_not_an_object(decoder, kind, raw)] if kind else []
    found = decoder(row)
    if row.faults and not are_minor(decoder, row):
        return [_bad(decoder, kind, row, raw=raw)] if kind else []
    every = list(found) if isinstance(found, list) else [] if found is None else [found]
    return [_without_bad_fields(decoder, row, each) for each in every] if row.faults else every


MINOR: dict[Any, Mapping[str, str]] = {
    codecs.building: dict.fromkeys(("NAME", "ABBREVIATION", "STREET1", "CITY", "STATE", "ZIP", "PHONE"), ""),
    codecs.term: dict.fromkeys(("DESCRIPTION", "MP_ORDER"), ""),
    codecs.student: {
        "MIDDLE_NAME": "middle_name",
        "GRADE": "grade",
        "GRADUATION_YEAR": "graduation_year",
        "LOGIN_ID": "login",
        "CONTACTS": "email",
    },
    codecs.staff: {"MIDDLE_NAME": "middle_name", "LOGIN_ID": "login", "EMAIL": "email"},
    codecs.contact: {"MIDDLE_NAME": "middle_name", "LOGIN_ID": "login", "EMAIL": "email"},
    codecs.course: {"DEPARTMENT": "department"},
}
"""Decoder → column of a minor field → the field of the record."""


def _column(fault: Fault) -> str:
    return fault.column.partition("[")[0]


def are_minor(decoder: Any, row: Row) -> bool:
    """Whether every fault of a row costs one field only."""
    minor = MINOR.get(decoder, {})
    return all(_column(each) in minor for each in row.faults)


def _without_bad_fields(decoder: Decoder, row: Row, record: Record) -> Record:
    if not isinstance(record, Person | Course):
        return record
    told = {MINOR[decoder][_column(each)]: each.value for each in row.faults}
    empty: dict[str, Any] = {"graduation_year": None} if "graduation_year" in told else {}
    record = replace(record, **empty)
    bad = tuple((field, value) for field, value in told.items() if not getattr(record, field))
    return replace(record, bad_fields=bad)


TYPES: dict[Decoder, RowType] = {
    codecs.student: ROW_TYPES[wire.STUDENTS],
    codecs.staff: ROW_TYPES[wire.STAFF],
    codecs.contact: ROW_TYPES[wire.CONTACTS],
    codecs.course: ROW_TYPES[wire.COURSES],
    codecs.section: ROW_TYPES[wire.SECTIONS],
    codecs.teachers: ROW_TYPES[wire.SECTIONS],
    codecs.enrollment: ROW_TYPES[wire.ENROLLMENTS],
}
KINDS: dict[Decoder, Kind] = {
    codecs.student: Kind.USER,
    codecs.staff: Kind.USER,
    codecs.contact: Kind.USER,
    codecs.course: Kind.COURSE,
    codecs.section: Kind.SECTION,
    codecs.enrollment: Kind.ENROLLMENT,
}
"""Decoder → what its bad rows are. Bad rows of `teachers` are told as sections."""
GROUPS: dict[Decoder, PersonGroup] = {
    codecs.student: PersonGroup.STUDENT,
    codecs.staff: PersonGroup.STAFF,
    codecs.contact: PersonGroup.CONTACT,
}


def _not_an_object(decoder: Decoder, kind: Kind, raw: RawRow) -> BadRecord:
    content = bytes(raw) if isinstance(raw, msgspec.Raw) else raw
    return BadRecord(
        kind,
        row_key(content),
        "",
        because(RowCode.ROW_NOT_AN_OBJECT),
        GROUPS.get(decoder, ""),
        role=SeatRole.STUDENT if kind == Kind.ENROLLMENT else "",
        has_key=False,
    )


def _bad(decoder: Decoder, kind: Kind, row: Row, *, raw: RawRow) -> BadRecord:
    """A row that cannot be read, under the key that its record would have had; else under one of its own."""
    reason = row.told()
    building, content = _told(row, "BUILDING"), bytes(raw) if isinstance(raw, msgspec.Raw) else raw
    group = GROUPS.get(decoder)
    bad = BadRecord(kind, row_key(content), building, reason, group or "", has_key=False)
    found = ""
    if group is not None:
        person_id = _told(row, keys.PEOPLE[group][1])
        found = keys.person(group, person_id) if person_id else ""
    elif kind == Kind.COURSE:
        code = _told(row, "COURSE")
        found = keys.course(building, code) if code and building else ""
    elif kind == Kind.SECTION:
        found = _told(row, "SECTION_KEY")
    else:
        section, student_id = _told(row, "SECTION_KEY"), _told(row, "STUDENT_ID")
        person = keys.person(PersonGroup.STUDENT, student_id) if student_id else ""
        found = seat_id(section, person) if section and person else ""
        bad = replace(bad, section=section, person=person, role=SeatRole.STUDENT)
    return replace(bad, key=found, has_key=True) if found else bad


def _told(row: Row, column: str) -> str:
    """What a cell holds; empty where it can't be read. A number is spelled as in a record."""
    value = text(row, column)
    if row.is_faulty(column):
        return ""
    return str(number(row, column)) if column == "SECTION_KEY" else value
