"""Courses, classes and enrollments of a OneRoster bundle; the mapping is told in roster.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from lti_app.sandbox.district.records import Course, District, Enrollment, Ranges, Section, Session, Term
from lti_app.sandbox.oneroster.files import Bundle, Row, follow
from lti_app.sandbox.oneroster.people import People

_CODE_WIDTH = 10


def load_classes(
    district: District,
    bundle: Bundle,
    classes: dict[str, Row],
    *,
    buildings: dict[str, int],
    periods: dict[str, tuple[str, Term]],
) -> None:
    """Read courses.csv and classes.csv into courses and sections. Raises RosterError."""
    courses = bundle.index("courses.csv")
    codes: dict[tuple[int, str], str] = {}
    counters: dict[tuple[int, str], int] = {}
    for row in classes.values():
        course = follow(row, "courseSourcedId", courses, target="courses.csv")
        if row.deleted or course is None:
            continue
        building = buildings.get(row["schoolSourcedId"])
        if building is None:
            raise row.error("schoolSourcedId", "is no school of orgs.csv", "Name one of its schools")
        code = _course_code(district, codes, building, course)
        counters[building, code] = number = counters.get((building, code), 0) + 1
        _add_section(district, row, (building, code, number), periods)


def load_enrollments(district: District, bundle: Bundle, classes: dict[str, Row], people: People) -> None:
    """Read enrollments.csv into teachers of sessions and enrollments of students. Raises RosterError."""
    found: dict[int, dict[str, Ranges]] = {key: {} for key in district.sections}
    for row in bundle.rows("enrollments.csv"):
        target = follow(row, "classSourcedId", classes, target="classes.csv")
        user = follow(row, "userSourcedId", people.users, target="users.csv")
        if row.deleted or target is None or user is None or target.number not in district.sections:
            continue
        section = district.sections[target.number]
        if row["role"] == "teacher":
            _add_teacher(district, section, row, people)
        elif row["role"] == "student":
            student = people.student_ids.get(row["userSourcedId"])
            if student is None:
                raise row.error("role", "is student, but the user is not", "Correct the role of either")
            ranges = found[target.number]
            ranges[student] = (*ranges.get(student, ()), _date_range(district, section, row))
    for key, students in found.items():
        building = district.sections[key].building
        district.enrollments[key] = [
            Enrollment(student, key, building, False, _status(ranges, district.as_of), ranges)
            for student, ranges in students.items()
        ]


def _course_code(district: District, codes: dict[tuple[int, str], str], building: int, row: Row) -> str:
    """The code of a course in a building, adding the course at its first use."""
    key = (building, row["sourcedId"])
    if key not in codes:
        wanted = (row["courseCode"] or f"C{row.number}")[:_CODE_WIDTH].strip()
        candidates = [wanted, *(f"{wanted[: _CODE_WIDTH - 1]}{digit}" for digit in range(2, 10))]
        free = [code for code in candidates if (building, code) not in district.courses]
        if not free:
            raise row.error(
                "courseCode", f"{wanted!r} is used by ten courses of a school", "Give them different codes"
            )
        codes[key] = free[0]
        subjects = row.listed("subjects")
        title, department = row["title"], subjects[0][:5] if subjects else ""
        district.courses[building, free[0]] = Course(building, free[0], title, title, department)
    return codes[key]


def _add_section(
    district: District,
    row: Row,
    place: tuple[int, str, int],
    periods: dict[str, tuple[str, Term]],
) -> None:
    terms = [periods[source_id] for source_id in row.listed("termSourcedIds") if source_id in periods]
    meetings = row.listed("periods")
    session = Session(1, "", meetings[0] if meetings else "", True, "", (), tuple(code for code, _ in terms))
    year = terms[0][1].school_year if terms else district.school_year
    district.sections[row.number] = Section(row.number, year, *place, row["title"], "R", (session,))


def _add_teacher(district: District, section: Section, row: Row, people: People) -> None:
    staff_id = people.staff_ids.get(row["userSourcedId"])
    if staff_id is None:
        raise row.error("role", "is teacher, but the user is not on the staff", "Correct the role of either")
    session = section.sessions[0]
    if row["primary"].lower() == "true" and not session.primary_staff_id:
        session = replace(session, primary_staff_id=staff_id)
    else:
        session = replace(session, co_staff_ids=(*session.co_staff_ids, staff_id))
    district.sections[section.section_key] = replace(section, sessions=(session,))


def _date_range(district: District, section: Section, row: Row) -> tuple[date, date | None]:
    terms = district.terms_of(section, section.sessions[0])
    begin = row.day("beginDate") or (terms[0].start if terms else district.as_of)
    end = row.day("endDate")
    if end is not None and end >= district.as_of and (not terms or end >= terms[-1].end):
        end = None
    return begin, end


def _status(ranges: Ranges, today: date) -> str:
    return "D" if all(last is not None and last < today for _, last in ranges) else "A"
