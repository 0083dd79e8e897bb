"""Roles of both versions, however they are spelled, and what they are to the app."""

from __future__ import annotations

from lti_app.school.records import PersonRole, SeatRole

PEOPLE = {
    "student": PersonRole.STUDENT,
    "learner": PersonRole.STUDENT,
    "teacher": PersonRole.TEACHER,
    "instructor": PersonRole.TEACHER,
    "parent": PersonRole.GUARDIAN,
    "guardian": PersonRole.GUARDIAN,
    "relative": PersonRole.GUARDIAN,
}
"""Role in small letters → role of the app; every other one, `ext:` among them, is staff."""
SEATS = {
    "student": SeatRole.STUDENT,
    "learner": SeatRole.STUDENT,
    "teacher": SeatRole.TEACHER,
    "instructor": SeatRole.TEACHER,
}


def of_person(role: str) -> PersonRole:
    """The role of a person."""
    return PEOPLE.get(role.lower(), PersonRole.STAFF)


def of_seat(role: str) -> SeatRole:
    """The role of a person in a section."""
    return SEATS.get(role.lower(), SeatRole.OTHER)
