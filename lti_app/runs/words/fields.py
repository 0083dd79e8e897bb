"""Fields of records and payloads, and their values, as people read them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lti_app import formats
from lti_app.runs.names import Names

FIELDS = {
    "school_uid": "Unique ID",
    "role_id": "Role",
    "first_name": "First name",
    "middle_name": "Middle name",
    "last_name": "Last name",
    "username": "Username",
    "email": "Email",
    "building_id": "School",
    "additional_building_ids": "Additional schools",
    "graduation_year": "Graduation year",
    "student_uid": "Student",
    "parent_uid": "Parent",
    "code": "Code",
    "title": "Title",
    "department": "Department",
    "section_school_code": "Section school code",
    "section_code": "Section code",
    "course_code": "Course code",
    "grading_period_ids": "Grading periods",
    "admin": "Teaches the section",
    "sis_category": "SIS category",
    "calculation": "Calculation",
    "weight": "Weight in percent",
    "drop_lowest": "Drop lowest",
    "weighted": "Weighting of categories",
    "points": "Points",
    "item_weight": "Weight",
    "due": "Due date",
    "score": "Score",
    "mark": "Mark",
    "comment": "Comment",
}


@dataclass(frozen=True)
class FieldChange:
    """One field that differs; empty text where there was or will be nothing."""

    label: str
    before: str
    after: str


def field_changes(before: str, after: str, names: Names) -> list[FieldChange]:
    """The fields that differ between two payloads in canonical JSON, in the order of FIELDS."""
    old, new = _payload(before), _payload(after)
    order = [*FIELDS, *sorted((old.keys() | new.keys()) - FIELDS.keys())]
    lines = [
        FieldChange(FIELDS.get(name, name), *(display(name, each.get(name), names) for each in (old, new)))
        for name in order
        if name in old or name in new
    ]
    return [line for line in lines if line.before != line.after]


def fields_of(payload: Mapping[str, Any], names: Names) -> list[tuple[str, str]]:
    """The filled fields of a payload with their labels."""
    lines = [(FIELDS.get(name, name), display(name, payload.get(name), names)) for name in [*FIELDS]]
    return [(label, value) for label, value in lines if value]


FACTS = {"sis_id": "SIS ID", "email": "Email", "login": "Login"}
"""Names of a record's fields that are no words of people."""


def record_fields(record: Mapping[str, str]) -> list[tuple[str, str]]:
    """What the SIS says of a record that is not wanted, with labels."""
    return [
        (FACTS.get(name, name.replace("_", " ").capitalize()), value)
        for name, value in record.items()
        if name not in ("space", "key")  # the ID says it
    ]


def display(name: str, value: Any, names: Names) -> str:
    """A value of a payload as people read it."""
    if value is None or value == "":
        return ""
    if name == "due":
        return formats.stored(str(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(names.of(name, str(each)) for each in value)
    return names.of(name, str(value))


def _payload(text: str) -> dict[str, Any]:
    return dict(json.loads(text)) if text else {}
