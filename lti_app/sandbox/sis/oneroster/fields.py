"""What a body of a write may hold: every field of both versions, and which are required.

From the standard's own descriptions: 1.2 gradebook service (LineItem, Result), 1.1 sections 4.8 and 4.11.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from lti_app.sandbox.sis.oneroster.errors import Wrong
from lti_app.sandbox.sis.oneroster.spelling import Wire

TEXT, NUMBER, DAY, MOMENT, REF, REFS, WORD, OBJECT = (
    *("text", "number", "day", "moment", "ref", "refs", "word", "object"),
)
HEAD = {"sourcedId": TEXT, "status": TEXT, "dateLastModified": MOMENT, "metadata": OBJECT}
LINE_ITEM: Mapping[str, Mapping[str, str]] = {
    "1.1": HEAD
    | {"title": TEXT, "description": TEXT, "assignDate": MOMENT, "dueDate": MOMENT, "class": REF}
    | {"category": REF, "gradingPeriod": REF, "resultValueMin": NUMBER, "resultValueMax": NUMBER},
    "1.2": HEAD
    | {"title": TEXT, "description": TEXT, "assignDate": MOMENT, "dueDate": MOMENT, "class": REF}
    | {"school": REF, "category": REF, "gradingPeriod": REF, "academicSession": REF, "scoreScale": REF}
    | {"resultValueMin": NUMBER, "resultValueMax": NUMBER, "learningObjectiveSet": REFS},
}
RESULT: Mapping[str, Mapping[str, str]] = {
    "1.1": HEAD
    | {"lineItem": REF, "student": REF, "scoreStatus": TEXT, "score": NUMBER, "scoreDate": DAY}
    | {"comment": TEXT},
    "1.2": HEAD
    | {"lineItem": REF, "student": REF, "class": REF, "scoreScale": REF, "scoreStatus": TEXT}
    | {"score": NUMBER, "textScore": TEXT, "scoreDate": DAY, "comment": TEXT, "learningObjectiveSet": REFS}
    | {"inProgress": WORD, "incomplete": WORD, "late": WORD, "missing": WORD},
}
REQUIRED = {
    ("lineItem", "1.1"): "sourcedId status dateLastModified title assignDate dueDate class category "
    "gradingPeriod resultValueMin resultValueMax",
    ("lineItem", "1.2"): "sourcedId status dateLastModified title assignDate dueDate class school category",
    ("result", "1.1"): "sourcedId status dateLastModified lineItem student scoreStatus score scoreDate",
    ("result", "1.2"): "sourcedId status dateLastModified lineItem student scoreStatus scoreDate",
}
MINIMAL = {"lineItem": "title dueDate class category", "result": "lineItem student"}
"""What cannot be done without in lax mode."""
STATUSES = ("exempt", "fully graded", "not submitted", "partially graded", "submitted")
REF_FIELDS = frozenset(("href", "sourcedId", "type"))


def opened(body: Any, name: str, version: str, *, strict: bool) -> Wire:
    """The object of a body, checked. Raises Wrong."""
    fields = (LINE_ITEM if name == "lineItem" else RESULT)[version]
    if not isinstance(body, dict) or (strict and set(body) != {name}):
        raise Wrong(400, f"The body must be an object with {name}.")
    inside = body.get(name, body)
    if not isinstance(inside, dict):
        raise Wrong(400, f"{name} must be an object.")
    required = (REQUIRED[name, version] if strict else MINIMAL[name]).split()
    missing = [each for each in required if inside.get(each) in (None, "")]
    if missing:
        raise Wrong(422, f"{missing[0]} is missing.")
    if strict:
        unknown = sorted(set(inside) - set(fields))
        if unknown:
            raise Wrong(422, f"{unknown[0]} is no field of a {name} in {version}.")
        for field, value in inside.items():
            _check(field, fields[field], value)
    return inside


def _check(field: str, kind: str, value: Any) -> None:
    try:
        fine = GOOD[kind](value)
    except (ValueError, TypeError):
        fine = False
    if not fine or (field == "status" and value not in ("active", "tobedeleted")):
        raise Wrong(422, f"{field} must be a {kind}.")
    if field == "scoreStatus" and value not in STATUSES:
        raise Wrong(422, f"scoreStatus must be one of {', '.join(STATUSES)}.")


def _is_ref(value: Any) -> bool:
    texts = isinstance(value, dict) and all(isinstance(each, str) and each for each in value.values())
    return texts and set(value) == REF_FIELDS and value["href"].startswith(("http://", "https://"))


def _is_moment(value: Any) -> bool:
    return "T" in value and value.endswith("Z") and datetime.fromisoformat(value).year > 0


GOOD: Mapping[str, Callable[[Any], bool]] = {
    TEXT: lambda value: isinstance(value, str) and value != "",
    NUMBER: lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    DAY: lambda value: len(value) == 10 and date.fromisoformat(value).year > 0,
    MOMENT: _is_moment,
    REF: _is_ref,
    REFS: lambda value: isinstance(value, list) and all(map(_is_ref, value)),
    WORD: lambda value: value in ("true", "false"),
    OBJECT: lambda value: isinstance(value, dict),
}
"""Kind of a field → whether a value is of it."""
