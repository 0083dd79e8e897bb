"""Rows of eSchoolPLUS to records; lti_app.sis.eschoolplus.cells says how a cell is read, and
lti_app.sis.eschoolplus.decoding what becomes of a row with a cell that can't be read.
"""

from __future__ import annotations

from datetime import date

from lti_app.school.clean import cleaned
from lti_app.school.records import (
    ALWAYS,
    Building,
    Course,
    DateRange,
    GuardianLink,
    Person,
    PersonGroup,
    PersonRole,
    Record,
    Seat,
    SeatRole,
    Section,
    Term,
    TermKind,
)
from lti_app.school.row_codes import RowCode
from lti_app.sis.eschoolplus import keys
from lti_app.sis.eschoolplus.cells import (
    EMPTY_YEAR,
    day,
    day_or_none,
    flag,
    key,
    number,
    number_or_none,
    text,
    texts,
)
from lti_app.sis.rows import Row

DUMMY_STAFF = "0"
MAILING = "M"
NOBODY = ("", DUMMY_STAFF)


def building(row: Row) -> Building:
    """A row of BUILDINGS."""
    return Building(
        sis_id=str(number(row, "BUILDING")),
        name=cleaned(text(row, "NAME")) or f"School {text(row, 'BUILDING')}",
        code=text(row, "ABBREVIATION"),
        address=text(row, "STREET1"),
        city=text(row, "CITY"),
        state=text(row, "STATE"),
        postal_code=text(row, "ZIP"),
        phone=text(row, "PHONE"),
        out_of_district=flag(row, "OUT_OF_DISTRICT"),
    )


def term(row: Row) -> Term:
    """A row of TERMS: a marking period of one building and track."""
    building, track, period = str(number(row, "BUILDING")), text(row, "TRACK"), text(row, "MARKING_PERIOD")
    year, summer = number(row, "SCHOOL_YEAR"), flag(row, "SUMMER_SCHOOL")
    start, end = day(row, "START_DATE"), day(row, "END_DATE")
    if end < start and not row.is_faulty("START_DATE"):
        row.fault("END_DATE", end.isoformat(), RowCode.CELL_ENDS_EARLY, first=start)
    return Term(
        key=keys.term(building, track, year, summer=summer, period=period),
        name=cleaned(text(row, "DESCRIPTION")) or period,
        start=start,
        end=end,
        kind=TermKind.SUMMER if summer else TermKind.GRADING_PERIOD,
        buildings=(building,),
        year=year,
        code=period,
        order=number(row, "MP_ORDER"),
    )


def student(row: Row) -> Person:
    """A row of STUDENTS; the email is that of the mailing contact."""
    mailing = [each for each in row.rows("CONTACTS") if text(each, "CONTACT_TYPE") == MAILING]
    return Person(
        key=_person_key(PersonGroup.STUDENT, row),
        sis_id=text(row, "STUDENT_ID"),
        roles=frozenset({PersonRole.STUDENT}),
        first_name=text(row, "FIRST_NAME"),
        middle_name=text(row, "MIDDLE_NAME"),
        last_name=text(row, "LAST_NAME"),
        email=text(mailing[0], "EMAIL") if mailing else "",
        login=text(row, "LOGIN_ID"),
        main_building=text(row, "BUILDING"),
        other_buildings=tuple(texts(row, "OTHER_BUILDINGS")),
        grade=text(row, "GRADE"),
        graduation_year=number_or_none(row, "GRADUATION_YEAR"),
        active=text(row, "CURRENT_STATUS") == "A",
        birth_date=_birth_date(row),
    )


def _birth_date(row: Row) -> date | None:
    """The birth date, where there is one. One that can't be read is none and no fault: no line shows it."""
    row.faults[:] = [each for each in row.faults if each.column != "BIRTHDATE"]
    value = row.get("BIRTHDATE")
    try:
        found = date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found and found.year > EMPTY_YEAR else None


def staff(row: Row) -> Person | None:
    """A row of STAFF; None for the dummy that stands for no one."""
    staff_id = text(row, "STAFF_ID")
    if staff_id == DUMMY_STAFF:
        return None
    places = [each for each in row.rows("BUILDINGS") if flag(each, "ACTIVE", "Y")]
    main = next((each for each in places if flag(each, "PRIMARY_BUILDING")), places[0] if places else None)
    teaches = any(flag(each, "IS_TEACHER") for each in places)
    return Person(
        key=_person_key(PersonGroup.STAFF, row),
        sis_id=staff_id,
        roles=frozenset({PersonRole.TEACHER if teaches else PersonRole.STAFF}),
        first_name=text(row, "FIRST_NAME"),
        middle_name=text(row, "MIDDLE_NAME"),
        last_name=text(row, "LAST_NAME"),
        email=text(row, "EMAIL"),
        login=text(row, "LOGIN_ID"),
        main_building=text(main, "BUILDING") if main else "",
        other_buildings=tuple(text(each, "BUILDING") for each in places if each is not main),
        active=bool(places),
    )


def contact(row: Row) -> list[Record]:
    """A row of CONTACTS: the person, at home where their children are, and a link to each child."""
    children = row.rows("STUDENTS")
    homes = list(dict.fromkeys(text(each, "BUILDING") for each in children if text(each, "BUILDING")))
    person = Person(
        key=_person_key(PersonGroup.CONTACT, row),
        sis_id=text(row, "CONTACT_ID"),
        roles=frozenset({PersonRole.GUARDIAN}),
        first_name=text(row, "FIRST_NAME"),
        middle_name=text(row, "MIDDLE_NAME"),
        last_name=text(row, "LAST_NAME"),
        email=text(row, "EMAIL"),
        login=text(row, "LOGIN_ID"),
        main_building=homes[0] if homes else "",
        other_buildings=tuple(homes[1:]),
    )
    links = (
        GuardianLink(
            person.key,
            _person_key(PersonGroup.STUDENT, each),
            text(each, "CONTACT_TYPE"),
            text(each, "RELATION"),
        )
        for each in children
    )
    return [person, *links]


def _person_key(group: PersonGroup, row: Row) -> str:
    return keys.person(group, key(row, keys.PEOPLE[group][1]))


def course(row: Row) -> Course:
    """A row of COURSES; the long description is the better title where there is one."""
    building, code = text(row, "BUILDING"), text(row, "COURSE")
    return Course(
        key=keys.course(building, code),
        code=code,
        title=text(row, "LONG_DESCRIPTION") or text(row, "DESCRIPTION"),
        buildings=(building,),
        department=text(row, "DEPARTMENT"),
        active=flag(row, "ACTIVE", "Y"),
    )


def section(row: Row) -> Section:
    """A row of SECTIONS; terms, period and a missing title come from the session that receives marks.

    One whose teachers cannot be read cannot be used: no one may leave it because of that.
    """
    teachers(row)
    session = _mark_session(row)
    building, track = text(row, "BUILDING"), text(row, "TRACK")
    year, summer = number(row, "SCHOOL_YEAR"), flag(row, "SUMMER_SCHOOL")
    periods = texts(session, "MARKING_PERIODS") if session else []
    return Section(
        key=str(number(row, "SECTION_KEY")),
        course=keys.course(building, text(row, "COURSE")),
        building=building,
        number=text(row, "COURSE_SECTION"),
        title=text(row, "DESCRIPTION") or (text(session, "DESCRIPTION") if session else ""),
        terms=tuple(keys.term(building, track, year, summer=summer, period=each) for each in periods),
        period=text(session, "PERIOD") if session else "",
        year=year,
        session=number(session, "COURSE_SESSION") if session else 1,
    )


def _mark_session(row: Row) -> Row | None:
    """The session that receives marks (the lowest number when several do), else the first one, else none."""
    sessions = row.rows("SESSIONS")
    return min(
        sessions,
        key=lambda each: (not flag(each, "RECEIVE_MARK"), number(each, "COURSE_SESSION")),
        default=None,
    )


def teachers(row: Row) -> list[Seat]:
    """The seats of the staff of a row of SECTIONS; the primary one is that of the session with marks."""
    section_key = str(number(row, "SECTION_KEY"))
    marked = _mark_session(row)
    primary = text(marked, "PRIMARY_STAFF_ID") if marked else ""
    named = {
        each
        for session in row.rows("SESSIONS")
        for each in (text(session, "PRIMARY_STAFF_ID"), *texts(session, "CO_STAFF_IDS"))
    }
    return [
        Seat(section_key, keys.person(PersonGroup.STAFF, each), SeatRole.TEACHER, each == primary, ALWAYS)
        for each in sorted(named - set(NOBODY))
    ]


def enrollment(row: Row) -> Seat | None:
    """A row of ENROLLMENTS; None for a draft (modeled) row. One that was dropped has no days."""
    if flag(row, "MODELED"):
        return None
    ranges = [_range(each) for each in row.rows("DATE_RANGES")]
    return Seat(
        section=str(number(row, "SECTION_KEY")),
        person=_person_key(PersonGroup.STUDENT, row),
        role=SeatRole.STUDENT,
        ranges=() if text(row, "COURSE_STATUS") == "D" else tuple(ranges),
    )


def _range(row: Row) -> DateRange:
    added, dropped = day(row, "DATE_ADDED"), day_or_none(row, "DATE_DROPPED")
    if dropped is not None and dropped < added and not row.is_faulty("DATE_ADDED"):
        row.fault("DATE_DROPPED", dropped.isoformat(), RowCode.CELL_ENDS_EARLY, first=added)
    return DateRange(added, dropped)
