"""Parts of a read: what must have come whole from a school before something of it may be called gone.

A feed may bring several of them, and people of one group may come in two feeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from lti_app.school.records import (
    BadRecord,
    Course,
    GuardianLink,
    Kind,
    Person,
    PersonGroup,
    Record,
    Seat,
    SeatRole,
)


class Told(StrEnum):
    """What is counted for each school, and what disappears together."""

    STUDENTS = "students"
    STAFF = "staff"
    CONTACTS = "contacts"
    COURSES = "courses"
    SECTIONS = "sections"
    TEACHERS = "teachers"
    ENROLLMENTS = "enrollments"


PEOPLE: Mapping[PersonGroup, Told] = {
    PersonGroup.STUDENT: Told.STUDENTS,
    PersonGroup.STAFF: Told.STAFF,
    PersonGroup.CONTACT: Told.CONTACTS,
}
OF_KIND: Mapping[Kind, tuple[Told, ...]] = {
    Kind.USER: tuple(PEOPLE.values()),
    Kind.PARENT_LINK: (Told.CONTACTS,),
    Kind.COURSE: (Told.COURSES,),
    Kind.SECTION: (Told.SECTIONS,),
    Kind.ENROLLMENT: (Told.TEACHERS, Told.ENROLLMENTS),
}


def told(record: Record) -> Told | None:
    """The part that a record belongs to; None where no one knows, and for links: they name no school."""
    match record:
        case Person():
            return PEOPLE[record.group]
        case Seat():
            return Told.TEACHERS if record.role == SeatRole.TEACHER else Told.ENROLLMENTS
        case Course():
            return Told.COURSES
        case GuardianLink():
            return None
        case BadRecord():
            return _of_bad(record)
    return Told.SECTIONS


def _of_bad(record: BadRecord) -> Told | None:
    if record.kind == Kind.USER:
        return PEOPLE[PersonGroup(record.group)] if record.group else None
    return OF_KIND[record.kind][-1]
