"""Words of Data Prep: the status of a row, what a rule looks at, what a table is called."""

from __future__ import annotations

from typing import Any

from lti_app.runs.words.reasons.doubts import TITLES as DOUBTS
from lti_app.school.prep import SINGLE
from lti_app.school.records import OBJECTS

__all__ = ["DOUBTS", "SINGLE"]

KINDS = {str(each): each.plural.capitalize() for each in OBJECTS}
STANDINGS = {
    "linked": "Linked",
    "accepted": "Accepted",
    "suggested": "Suggested",
    "undecided": "Needs a decision",
    "only": "Only in the SIS",
    "alone": "Only in Schoology",
}
"""Where a line stands: the words of the progress table, the filter, the badges, and the file."""
COLORS = {"linked": "success", "accepted": "success", "suggested": "primary", "undecided": "warning"}
MEANS = {
    "linked": "Syncs keep this record up to date.",
    "accepted": "Confirm the accepted matches on the Data Prep tab. Until then, syncs skip this record.",
    "suggested": "Accept the match if it’s right, then confirm. Until then, syncs skip this record.",
    "undecided": "Choose a match, or create a new record. Until then, syncs skip this record.",
    "only": "The next sync creates this record in Schoology.",
    "alone": "Not changed by syncs.",
}
ACCOUNTS = {"inactive": "Deactivated accounts", "twins": "Possible second accounts"}
"""Further choices of the filter, for users."""
RULES = {
    "unique_id": ("Unique ID", "Same unique ID and a matching name."),
    "id_template": (
        "Unique ID, different format",
        "Same unique ID without prefix and leading zeros, and a matching name.",
    ),
    "email": ("Email", "Same email and a matching first name."),
    "username": ("Username", "Same username and a matching first name."),
    "name": (
        "Name and school",
        "Same first and last name, school, role, and graduation year (if both have one).",
    ),
    "code": ("Course code", "Same course code as on the Courses tab, or same SIS code at the same school."),
    "title": ("Title and school", "Same title at the same school."),
    "school_code": ("Section school code", "Same section school code."),
    "section_code": (
        "Course, section code, term",
        "In a matched course: same section code and grading periods.",
    ),
    "teacher": (
        "Course, teacher, period",
        "In a matched course: same teacher and same period in the title.",
    ),
    "hand": ("Manual", "Matched manually."),
    "file": ("File", "Matched by an uploaded file."),
}
FACTS = {
    "user": ("school_uid", "username", "email", "role", "year"),
    "course": ("code", "number"),
    "section": ("school_code", "section_code", "period"),
}
LABELS = {
    "school_uid": "unique ID",
    "year": "graduates",
    "code": "code",
    "number": "SIS code",
    "school_code": "school code",
    "section_code": "code",
    "period": "period",
}


ROLES = {"student": "Student", "teacher": "Teacher", "staff": "Staff", "guardian": "Parent"}
"""Role in the SIS → one person who has it. Roles of Schoology have titles of their own."""


def fact(row: Any, name: str) -> Any:
    """What a row says of one of its facts, as people read it; empty for nothing."""
    value = row.facts.get(name, "")
    return ROLES.get(value, value) if name == "role" else value


def facts(row: Any) -> list[str]:
    """What tells one row from another, such as “unique ID 100123”."""
    found = []
    for name in FACTS[row.kind]:
        value = fact(row, name)
        if value:
            found.append(f"{LABELS[name]} {value}" if name in LABELS else str(value))
    return found
