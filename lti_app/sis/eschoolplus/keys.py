"""Keys of eSchoolPLUS: made of what identifies a row there, and understood nowhere else.

Students, staff and contacts are numbered apart, so a person's key begins with the list that has them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lti_app.school.records import PersonGroup
from lti_app.sis.eschoolplus import wire

PEOPLE = {
    PersonGroup.STUDENT: (wire.STUDENTS, "STUDENT_ID"),
    PersonGroup.STAFF: (wire.STAFF, "STAFF_ID"),
    PersonGroup.CONTACT: (wire.CONTACTS, "CONTACT_ID"),
}
"""Group → the call that lists its people, and the column of their ids."""

BUILDING_COLUMNS = ("BUILDING",)
TERM_COLUMNS = ("BUILDING", "TRACK", "SCHOOL_YEAR", "SUMMER_SCHOOL", "MARKING_PERIOD")
"""The columns that a key of a school or a marking period is made of."""


SAID = {
    PersonGroup.STUDENT: "student",
    PersonGroup.STAFF: "staff member",
    PersonGroup.CONTACT: "parent",
}
"""Group → what one of its people is called."""
KEY = re.compile(rf"({'|'.join(PersonGroup)}):([^:]+)")


def person(group: PersonGroup, number: str) -> str:
    """The key of a student, a member of staff or a contact, such as `student:000123`."""
    return f"{group}:{number}"


def course(building: str, code: str) -> str:
    """The key of a course, such as `10|ALG1`."""
    return f"{building}|{code}"


def term(building: str, track: str, year: int, *, summer: bool, period: str) -> str:
    """The key of a marking period, such as `10|R|2027||Q1`."""
    return "|".join((building, track, str(year), "S" if summer else "", period))


def one_person(key: str) -> tuple[str, Mapping[str, str]] | None:
    """The call and its parameters that read one person; None for a key of another SIS."""
    group, _, number = key.partition(":")
    if not number or group not in set(PersonGroup):
        return None
    call, column = PEOPLE[PersonGroup(group)]
    return call, {column: number}


def one_course(key: str) -> Mapping[str, str]:
    """The parameters that narrow COURSES to one course."""
    building, _, code = key.partition("|")
    return {"BUILDING": building, "COURSE": code}


def student_id(key: str) -> str:
    """The STUDENT_ID of a student's key; empty for anybody else."""
    beginning = person(PersonGroup.STUDENT, "")
    return key.removeprefix(beginning) if key.startswith(beginning) else ""


def said(key: str) -> str:
    """A person's key as people say it, such as “student 000123”; empty for every other key."""
    found = KEY.fullmatch(key)
    return f"{SAID[PersonGroup(found[1])]} {found[2]}" if found else ""
