"""Words of Data Prep: where a row stands, what a rule looks at, what a table is called."""

from __future__ import annotations

from typing import Any

from lti_app.school.records import OBJECTS

KINDS = {str(each): each.plural.capitalize() for each in OBJECTS}
STATUSES = {
    "linked": "Linked",
    "paired": "Paired",
    "ambiguous": "Several may fit",
    "conflict": "Conflict",
    "only": "Only in the SIS",
    "alone": "Only in Schoology",
}
COLORS = {"linked": "success", "paired": "primary", "ambiguous": "warning", "conflict": "danger"}
MEANS = {
    "linked": "A sync keeps it up to date.",
    "paired": "Accept the pairs that are right, then confirm.",
    "ambiguous": "Decide; until then a sync makes nothing for it.",
    "conflict": "Two records of the SIS claim the same. Decide; until then a sync makes nothing for them.",
    "only": "A sync makes it.",
    "alone": "Left as it is.",
}
FILTERS = {
    "undecided": "Needs a decision",
    "paired": "Paired",
    "linked": "Linked",
    "only": "Only in the SIS",
    "alone": "Only in Schoology",
    "conflict": "Conflicts",
    "inactive": "Deactivated accounts",
    "twins": "Perhaps second accounts",
}
RULES = {
    "unique_id": ("Unique id", "The unique ids are equal, and a name agrees."),
    "id_template": (
        "Unique id, otherwise written",
        "Equal after prefix and zeros in front, and a name agrees.",
    ),
    "email": ("E-mail", "The addresses are equal, and the first name agrees."),
    "username": ("Username", "The usernames are equal, and the first name agrees."),
    "name": (
        "Name and building",
        "First and last name, building, role, and graduation year where both have one.",
    ),
    "code": ("Course code", "The code of the Courses tab, or the SIS code within the building."),
    "title": ("Title and building", "The titles within a building are equal."),
    "school_code": ("Section school code", "The section school codes are equal."),
    "section_code": (
        "Course, section code, term",
        "In a paired course: the same section code and grading periods.",
    ),
    "teacher": (
        "Course, teacher, period",
        "In a paired course: the same teacher, and the same period in the title.",
    ),
    "hand": ("By hand", "A person paired the two."),
    "file": ("By file", "Paired by an uploaded file."),
}
FACTS = {
    "user": ("school_uid", "username", "email", "role", "year"),
    "course": ("code", "number"),
    "section": ("school_code", "section_code", "period"),
}
LABELS = {
    "school_uid": "unique id",
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
