"""Every spelling of the assumed eSchoolPLUS wire, sandbox side, profile ``assumed-1``.

Written from docs/eschoolplus-wire.md alone. Nothing else in the sandbox knows a column name of the
roster, a path or an error code's status.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from lti_app.sandbox.district.records import (
    Building,
    Contact,
    Course,
    District,
    Enrollment,
    Section,
    Session,
    Staff,
    Student,
    Term,
)

PREFIX = "/schoology/v1/<site>"
SESSION_HEADER = "X-Session-Token"
APPLICATION = "schoology"
MAX_PER_PAGE = 1000
MAX_SCORES = 100

STATUS = {
    "AUTH_FAILED": 401,
    "TOKEN_EXPIRED": 401,
    "NOT_LICENSED": 403,
    "SITE_UNKNOWN": 404,
    "JOB_UNKNOWN": 404,
    "PAGE_UNKNOWN": 404,
    "SECTION_UNKNOWN": 404,
    "ASSIGNMENT_UNKNOWN": 404,
    "BAD_CALL": 400,
    "THROTTLED": 429,
}
"""Statuses of the error codes; the codes that are not here are refusals of one item, 422."""

Wire = dict[str, Any]


class Refusal(Exception):
    """An answer that is an error; the code decides the status."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = STATUS.get(code, 422)

    def body(self) -> Wire:
        """The JSON of the answer."""
        return {"error": {"code": self.code, "message": self.message}}


def char(text: str, width: int) -> str:
    """A char column: padded with blanks, never cut."""
    return text.ljust(width)


def flag(value: bool) -> str:
    """Y or N."""
    return "Y" if value else "N"


def day(value: date | None) -> str | None:
    """A date, or null."""
    return None if value is None else value.isoformat()


def _building(row: Building) -> Wire:
    return {
        "BUILDING": row.building,
        "NAME": row.name,
        "ABBREVIATION": char(row.abbreviation, 10),
        "STREET1": row.street or None,
        "CITY": row.city or None,
        "STATE": char(row.state, 2),
        "ZIP": char(row.zip_code, 10),
        "PHONE": row.phone or None,
        "OUT_OF_DISTRICT": flag(row.out_of_district),
    }


def _term(row: Term) -> Wire:
    return {
        "BUILDING": row.building,
        "SCHOOL_YEAR": row.school_year,
        "SUMMER_SCHOOL": "N",
        "TRACK": char(row.track, 3),
        "MARKING_PERIOD": char(row.marking_period, 3),
        "DESCRIPTION": row.description,
        "MP_ORDER": row.order,
        "START_DATE": day(row.start),
        "END_DATE": day(row.end),
    }


def _student(row: Student) -> Wire:
    return {
        "STUDENT_ID": char(row.student_id, 10),
        "FIRST_NAME": row.first_name,
        "MIDDLE_NAME": row.middle_name or None,
        "LAST_NAME": row.last_name,
        "GRADE": char(row.grade, 2),
        "GRADUATION_YEAR": row.graduation_year,
        "CURRENT_STATUS": row.status,
        "BUILDING": row.building,
        "OTHER_BUILDINGS": list(row.other_buildings),
        "LOGIN_ID": row.login_id or None,
        "CONTACTS": [{"CONTACT_TYPE": kind, "EMAIL": email} for kind, email in row.contacts],
        **({"BIRTHDATE": row.birth_date} if row.birth_date else {}),
    }


def _staff(row: Staff) -> Wire:
    places = [
        {
            "BUILDING": place.building,
            "PRIMARY_BUILDING": flag(place.primary),
            "IS_TEACHER": flag(place.is_teacher),
            "IS_COUNSELOR": flag(place.is_counselor),
            "ACTIVE": flag(place.active),
        }
        for place in row.buildings
    ]
    return {
        "STAFF_ID": char(row.staff_id, 10),
        "FIRST_NAME": row.first_name,
        "MIDDLE_NAME": row.middle_name or None,
        "LAST_NAME": row.last_name,
        "EMAIL": row.email or None,
        "LOGIN_ID": char(row.login_id, 20),
        "BUILDINGS": places,
    }


def _contact(row: Contact) -> Wire:
    ties = [
        {
            "STUDENT_ID": char(tie.student_id, 10),
            "CONTACT_TYPE": tie.contact_type,
            "RELATION": tie.relation,
            "BUILDING": tie.building,
        }
        for tie in row.students
    ]
    return {
        "CONTACT_ID": row.contact_id,
        "FIRST_NAME": row.first_name,
        "MIDDLE_NAME": row.middle_name or None,
        "LAST_NAME": row.last_name,
        "EMAIL": row.email or None,
        "LOGIN_ID": row.login_id or None,
        "STUDENTS": ties,
    }


def _course(row: Course) -> Wire:
    return {
        "BUILDING": row.building,
        "COURSE": char(row.course, 10),
        "DESCRIPTION": row.description or None,
        "LONG_DESCRIPTION": row.long_description or None,
        "DEPARTMENT": char(row.department, 5),
        "ACTIVE": flag(row.active),
    }


def _session(row: Session) -> Wire:
    return {
        "COURSE_SESSION": row.number,
        "DESCRIPTION": row.description or None,
        "PERIOD": row.period or None,
        "RECEIVE_MARK": flag(row.receive_mark),
        "PRIMARY_STAFF_ID": char(row.primary_staff_id, 10) if row.primary_staff_id else None,
        "CO_STAFF_IDS": [char(staff_id, 10) for staff_id in row.co_staff_ids],
        "MARKING_PERIODS": [char(code, 3) for code in row.marking_periods],
    }


def _section(row: Section) -> Wire:
    return {
        "SECTION_KEY": row.section_key,
        "SCHOOL_YEAR": row.school_year,
        "SUMMER_SCHOOL": "N",
        "BUILDING": row.building,
        "COURSE": char(row.course, 10),
        "COURSE_SECTION": row.course_section,
        "DESCRIPTION": row.description or None,
        "TRACK": char(row.track, 3),
        "SESSIONS": [_session(session) for session in row.sessions],
    }


def _enrollment(row: Enrollment) -> Wire:
    return {
        "STUDENT_ID": char(row.student_id, 10),
        "SECTION_KEY": row.section_key,
        "BUILDING": row.building,
        "MODELED": flag(row.modeled),
        "COURSE_STATUS": row.status,
        "DATE_RANGES": [{"DATE_ADDED": day(first), "DATE_DROPPED": day(last)} for first, last in row.ranges],
    }


ROSTER_CALLS: dict[str, tuple[Callable[[District], list[Any]], Callable[[Any], Wire]]] = {
    "BUILDINGS": (lambda district: list(district.buildings.values()), _building),
    "TERMS": (lambda district: list(district.terms), _term),
    "STUDENTS": (lambda district: list(district.students.values()), _student),
    "STAFF": (lambda district: list(district.staff.values()), _staff),
    "CONTACTS": (lambda district: list(district.contacts.values()), _contact),
    "COURSES": (lambda district: list(district.courses.values()), _course),
    "SECTIONS": (lambda district: list(district.sections.values()), _section),
    "ENROLLMENTS": (District.all_enrollments, _enrollment),
}
"""Call type → what to lay down as the snapshot, and how a row of it is spelled."""
GRADEBOOK_CALLS = ("GRADEBOOK_SETTINGS", "ASSIGNMENTS", "SCORES", "AVERAGES")
