"""Rows of eSchoolPLUS to records: padded text is trimmed, flags and dates are read strictly.

A value that cannot be read makes the row a BadRecord that names the field, the value and the remedy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from lti_app.school.records import (
    BadRecord,
    Building,
    Contact,
    Course,
    DateRange,
    Enrollment,
    Guardianship,
    IdSpace,
    Kind,
    Person,
    PersonRole,
    Record,
    Section,
    Session,
    Term,
)
from lti_app.sis.port import Feed

Row = Mapping[str, Any]
DUMMY_STAFF = "0"
MAILING = "M"
NOBODY = ("", DUMMY_STAFF)


class BadValue(ValueError):
    """A field of a row that cannot be read."""


def text(row: Row, field: str) -> str:
    """Trimmed text; null and missing are empty."""
    value = row.get(field)
    return "" if value is None else str(value).strip()


def number(row: Row, field: str) -> int:
    """A whole number. Raises BadValue."""
    try:
        return int(text(row, field))
    except ValueError:
        raise BadValue(
            f"{field} holds “{text(row, field)}”, expected a whole number: correct it in the SIS."
        ) from None


def flag(row: Row, field: str, default: str = "N") -> bool:
    """Y or N. Raises BadValue."""
    value = text(row, field) or default
    if value not in ("Y", "N"):
        raise BadValue(f"{field} holds “{value}”, expected Y or N: correct it in the SIS.")
    return value == "Y"


def day(row: Row, field: str) -> date:
    """A calendar day. Raises BadValue."""
    found = day_or_none(row, field)
    if found is None:
        raise BadValue(f"{field} is empty, expected a date: fill it in the SIS.")
    return found


def day_or_none(row: Row, field: str) -> date | None:
    """A calendar day, or None for an empty field. Raises BadValue."""
    value = text(row, field)
    if not value:
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        raise BadValue(f"{field} holds “{value}”, expected a date: correct it in the SIS.") from None


def _list(row: Row, field: str) -> list[Any]:
    value = row.get(field) or []
    if not isinstance(value, list):
        raise BadValue(f"{field} is not a list: contact the people who host this app.")
    return value


def building(row: Row) -> Building:
    """A row of BUILDINGS."""
    return Building(
        sis_id=str(number(row, "BUILDING")),
        name=text(row, "NAME"),
        code=text(row, "ABBREVIATION"),
        address=text(row, "STREET1"),
        city=text(row, "CITY"),
        state=text(row, "STATE"),
        postal_code=text(row, "ZIP"),
        phone=text(row, "PHONE"),
        out_of_district=flag(row, "OUT_OF_DISTRICT"),
    )


def term(row: Row) -> Term:
    """A row of TERMS."""
    return Term(
        building=str(number(row, "BUILDING")),
        track=text(row, "TRACK"),
        school_year=number(row, "SCHOOL_YEAR"),
        summer=flag(row, "SUMMER_SCHOOL"),
        marking_period=text(row, "MARKING_PERIOD"),
        name=text(row, "DESCRIPTION") or text(row, "MARKING_PERIOD"),
        order=number(row, "MP_ORDER"),
        start=day(row, "START_DATE"),
        end=day(row, "END_DATE"),
    )


def student(row: Row) -> Person:
    """A row of STUDENTS; the e-mail is that of the mailing contact."""
    mailing = [each for each in _list(row, "CONTACTS") if text(each, "CONTACT_TYPE") == MAILING]
    return Person(
        space=IdSpace.STUDENT,
        sis_id=text(row, "STUDENT_ID"),
        role=PersonRole.STUDENT,
        first_name=text(row, "FIRST_NAME"),
        middle_name=text(row, "MIDDLE_NAME"),
        last_name=text(row, "LAST_NAME"),
        email=text(mailing[0], "EMAIL") if mailing else "",
        login=text(row, "LOGIN_ID"),
        main_building=text(row, "BUILDING"),
        other_buildings=tuple(str(each).strip() for each in _list(row, "OTHER_BUILDINGS")),
        grade=text(row, "GRADE"),
        graduation_year=number(row, "GRADUATION_YEAR") if text(row, "GRADUATION_YEAR") else None,
        active=text(row, "CURRENT_STATUS") == "A",
    )


def staff(row: Row) -> Person | None:
    """A row of STAFF; None for the dummy that stands for nobody."""
    staff_id = text(row, "STAFF_ID")
    if staff_id == DUMMY_STAFF:
        return None
    places = [each for each in _list(row, "BUILDINGS") if flag(each, "ACTIVE", "Y")]
    main = next((each for each in places if flag(each, "PRIMARY_BUILDING")), places[0] if places else {})
    teaches = any(flag(each, "IS_TEACHER") for each in places)
    return Person(
        space=IdSpace.STAFF,
        sis_id=staff_id,
        role=PersonRole.TEACHER if teaches else PersonRole.STAFF,
        first_name=text(row, "FIRST_NAME"),
        middle_name=text(row, "MIDDLE_NAME"),
        last_name=text(row, "LAST_NAME"),
        email=text(row, "EMAIL"),
        login=text(row, "LOGIN_ID"),
        main_building=text(main, "BUILDING"),
        other_buildings=tuple(text(each, "BUILDING") for each in places if each is not main),
        active=bool(places),
    )


def contact(row: Row) -> Contact:
    """A row of CONTACTS; a contact is at home where its children are."""
    contact_id = text(row, "CONTACT_ID")
    children = _list(row, "STUDENTS")
    homes = list(dict.fromkeys(text(each, "BUILDING") for each in children if text(each, "BUILDING")))
    person = Person(
        space=IdSpace.CONTACT,
        sis_id=contact_id,
        role=PersonRole.GUARDIAN,
        first_name=text(row, "FIRST_NAME"),
        middle_name=text(row, "MIDDLE_NAME"),
        last_name=text(row, "LAST_NAME"),
        email=text(row, "EMAIL"),
        login=text(row, "LOGIN_ID"),
        main_building=homes[0] if homes else "",
        other_buildings=tuple(homes[1:]),
    )
    links = tuple(
        Guardianship(contact_id, text(each, "STUDENT_ID"), text(each, "CONTACT_TYPE"), text(each, "RELATION"))
        for each in children
    )
    return Contact(person, links)


def course(row: Row) -> Course:
    """A row of COURSES; the long description is the better title where there is one."""
    return Course(
        building=text(row, "BUILDING"),
        code=text(row, "COURSE"),
        title=text(row, "LONG_DESCRIPTION") or text(row, "DESCRIPTION"),
        department=text(row, "DEPARTMENT"),
        active=flag(row, "ACTIVE", "Y"),
    )


def section(row: Row) -> Section:
    """A row of SECTIONS with its sessions."""
    return Section(
        section_key=str(number(row, "SECTION_KEY")),
        school_year=number(row, "SCHOOL_YEAR"),
        summer=flag(row, "SUMMER_SCHOOL"),
        building=text(row, "BUILDING"),
        course_code=text(row, "COURSE"),
        number=text(row, "COURSE_SECTION"),
        title=text(row, "DESCRIPTION"),
        track=text(row, "TRACK"),
        sessions=tuple(_session(each) for each in _list(row, "SESSIONS")),
    )


def _session(row: Row) -> Session:
    primary = text(row, "PRIMARY_STAFF_ID")
    return Session(
        number=number(row, "COURSE_SESSION"),
        description=text(row, "DESCRIPTION"),
        period=text(row, "PERIOD"),
        receives_marks=flag(row, "RECEIVE_MARK"),
        marking_periods=tuple(str(each).strip() for each in _list(row, "MARKING_PERIODS")),
        primary_staff="" if primary in NOBODY else primary,
        co_staff=tuple(
            trimmed for each in _list(row, "CO_STAFF_IDS") if (trimmed := str(each).strip()) not in NOBODY
        ),
    )


def enrollment(row: Row) -> Enrollment | None:
    """A row of ENROLLMENTS; None for a draft (modelled) row."""
    if flag(row, "MODELED"):
        return None
    return Enrollment(
        section_key=str(number(row, "SECTION_KEY")),
        building=text(row, "BUILDING"),
        student_id=text(row, "STUDENT_ID"),
        dropped=text(row, "COURSE_STATUS") == "D",
        ranges=tuple(
            DateRange(day(each, "DATE_ADDED"), day_or_none(each, "DATE_DROPPED"))
            for each in _list(row, "DATE_RANGES")
        ),
    )


DECODERS: dict[Feed, Callable[[Row], Record | None]] = {
    Feed.STUDENTS: student,
    Feed.STAFF: staff,
    Feed.CONTACTS: contact,
    Feed.COURSES: course,
    Feed.SECTIONS: section,
    Feed.ENROLLMENTS: enrollment,
}


def decode(feed: Feed, row: Any) -> Record | None:
    """A row as a record; None for rows that stand for nothing."""
    if not isinstance(row, dict):
        return BadRecord(_KINDS[feed], "?", "", "The SIS sent a row that is not an object.")
    try:
        return DECODERS[feed](row)
    except BadValue as error:
        return BadRecord(_KINDS[feed], _name(feed, row), text(row, "BUILDING"), str(error))


_KINDS = {
    Feed.STUDENTS: Kind.USER,
    Feed.STAFF: Kind.USER,
    Feed.CONTACTS: Kind.USER,
    Feed.COURSES: Kind.COURSE,
    Feed.SECTIONS: Kind.SECTION,
    Feed.ENROLLMENTS: Kind.ENROLLMENT,
}


def _name(feed: Feed, row: Row) -> str:
    """The SIS id of a bad row, in the spelling that its record would have had."""
    spaces = {
        Feed.STUDENTS: (IdSpace.STUDENT, "STUDENT_ID"),
        Feed.STAFF: (IdSpace.STAFF, "STAFF_ID"),
        Feed.CONTACTS: (IdSpace.CONTACT, "CONTACT_ID"),
    }
    if feed in spaces:
        space, field = spaces[feed]
        return f"{space}:{text(row, field)}"
    if feed == Feed.COURSES:
        return f"{text(row, 'BUILDING')}|{text(row, 'COURSE')}"
    if feed == Feed.SECTIONS:
        return text(row, "SECTION_KEY")
    return f"{text(row, 'SECTION_KEY')}:{IdSpace.STUDENT}:{text(row, 'STUDENT_ID')}"
