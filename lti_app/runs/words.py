"""Words of the tables as people read them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lti_app import formats
from lti_app.models import Action
from lti_app.runs.names import Names
from lti_app.school.records import GradeKind, Kind
from lti_app.school.run_kinds import WHOLE, RunKind

KINDS = {str(each): (each.singular, each.plural) for each in Kind}
GRADE_KINDS = {str(each): (each.singular, each.plural) for each in GradeKind}
LOGGED_KINDS = {**KINDS, **GRADE_KINDS}
"""Every kind of line that a log can have → one and many of them, in the order of sending."""
FEEDS = {
    "students": "students",
    "staff": "staff",
    "contacts": "parents and contacts",
    "courses": "courses",
    "sections": "sections",
    "enrollments": "enrollments",
}
ACTIONS = {str(each): each.label for each in Action}
TO_DO = {str(each): each.to_do for each in Action}
OUTCOMES = {
    "planned": "Planned",
    "held": "Held",
    "sent": "Sent, no answer yet",
    "done": "Done",
    "failed": "Failed",
    "blocked": "Blocked",
    "discarded": "Not sent",
}
STATES = {
    "queued": "Queued",
    "running": "Running",
    "staging": "Reading the SIS",
    "planning": "Making the plan",
    "planned": "Previewed",
    "applying": "Sending",
    "held": "Held",
    "done": "Done",
    "done_with_problems": "Done with problems",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
COLORS = {
    "done": "success",
    "done_with_problems": "warning",
    "failed": "danger",
    "blocked": "warning",
    "held": "warning",
    "cancelled": "secondary",
    "discarded": "secondary",
    "running": "primary",
    "staging": "primary",
    "planning": "primary",
    "applying": "primary",
}
TRIGGERS = {
    "manual": "by hand",
    "scheduled": "on schedule",
    "live": "live",
    "undo": "undo",
    "cli": "from the command line",
}
GRADE_PHASES = {
    "reading_schoology_gradebook": "Reading the gradebook in Schoology",
    "reading_sis_gradebook": "Reading the gradebook in the SIS",
    "sending_grades": "Sending grades to the SIS",
    "reading_courses": "Reading courses",
    "comparing_sections": "Comparing courses",
}
WHATS: Mapping[str, str] = {
    RunKind.ALL: "Everything",
    RunKind.USERS: "Users",
    RunKind.COURSES: "Courses",
    RunKind.SECTIONS: "Sections and enrollments",
    RunKind.ONE: "One record",
    RunKind.UNDO: "Undo of an earlier sync",
    RunKind.DRIFT: "Check of what Schoology has",
    RunKind.PREP: "Data Prep",
    RunKind.GRADES: "Grades",
    RunKind.SWEEP: "Comparison of courses",
    RunKind.LIVE_PREVIEW: "Look before live sync",
    RunKind.LIVE_CONFIRM: "Confirmation of live sync",
}
"""What a run covers, or what it is where it covers nothing of the SIS."""
FIELDS = {
    "school_uid": "Unique id",
    "role_id": "Role",
    "first_name": "First name",
    "middle_name": "Middle name",
    "last_name": "Last name",
    "username": "Username",
    "email": "E-mail",
    "building_id": "Building",
    "additional_building_ids": "Additional buildings",
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


FACTS = {"sis_id": "SIS id", "email": "E-mail", "login": "Login"}
"""Names of a record's fields that are no words of people."""


def record_fields(record: Mapping[str, str]) -> list[tuple[str, str]]:
    """What the SIS says of a record that is not wanted, with labels."""
    return [
        (FACTS.get(name, name.replace("_", " ").capitalize()), value)
        for name, value in record.items()
        if name != "space"  # the id says it
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


def phase(name: str) -> str:
    """The phase of a job as a sentence without its stop."""
    if name in GRADE_PHASES:
        return GRADE_PHASES[name]
    verb, _, rest = name.partition("_")
    if verb == "reading" and rest:
        return f"Reading {FEEDS.get(rest, rest.replace('_', ' '))} from the SIS"
    if verb == "looking" and rest:
        return f"Reading {rest.replace('_', ' ')} from Schoology"
    if verb == "sending" and rest:
        return f"Sending {counted_kind(rest, 2)} to Schoology"
    if verb in ("matching", "linking") and rest:
        return f"{verb.capitalize()} {counted_kind(rest, 2)}"
    if verb == "planning":
        return "Comparing the SIS with what is linked in Schoology"
    return name.replace("_", " ").capitalize() or "Starting"


def title(what: str, *, plan_only: bool = False) -> str:
    """What a run does, such as “Sync of users”; it names no record."""
    words = WHATS.get(what, what)
    if what not in (*WHOLE, RunKind.ONE):
        return words
    return f"{'Preview' if plan_only else 'Sync'} of {words.lower()}"


def counted_kind(kind: str, count: int) -> str:
    """The kind in singular or plural."""
    one, many = LOGGED_KINDS.get(kind, (kind, kind))
    return one if count == 1 else many


def outcomes(counts: Mapping[str, int]) -> str:
    """Change state → lines in one line, such as “12 done, 3 failed”."""
    return ", ".join(
        f"{formats.number(count)} {OUTCOMES.get(state, state).lower()}"
        for state, count in sorted(counts.items())
        if count
    )


def _payload(text: str) -> dict[str, Any]:
    return dict(json.loads(text)) if text else {}
