"""Words of Data Prep: where a row stands, what a rule looks at, what a table is called."""

from __future__ import annotations

from typing import Any

from lti_app.school.records import OBJECTS

KINDS = {str(each): each.plural.capitalize() for each in OBJECTS}
STATUSES = {
    "linked": "Linked",
    "paired": "Matched",
    "ambiguous": "Several possible matches",
    "conflict": "Conflict",
    "only": "Only in the SIS",
    "alone": "Only in Schoology",
}
COLORS = {"linked": "success", "paired": "primary", "ambiguous": "warning", "conflict": "danger"}
MEANS = {
    "linked": "Syncs keep this record up to date.",
    "paired": "Accept the match if it’s right, then confirm.",
    "ambiguous": "Choose a match. Until then, syncs skip this record.",
    "conflict": "Two SIS records match the same Schoology record. Choose one. Until then, syncs skip both.",
    "only": "The next sync creates it in Schoology.",
    "alone": "Not changed by syncs.",
}
FILTERS = {
    "undecided": "Needs a decision",
    "paired": "Matched",
    "linked": "Linked",
    "only": "Only in the SIS",
    "alone": "Only in Schoology",
    "conflict": "Conflicts",
    "inactive": "Deactivated accounts",
    "twins": "Possible duplicate accounts",
}
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


def facts(row: Any) -> list[str]:
    """What tells one row from another, such as “unique id 100123”."""
    found = []
    for name in FACTS[row.kind]:
        value = row.facts.get(name)
        if value:
            found.append(f"{LABELS[name]} {value}" if name in LABELS else str(value))
    return found
