"""The gradebook as programs see it: rows of the four calls, and the writes (docs/eschoolplus-wire.md)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Blueprint, request

from lti_app.sandbox.sis.averages import AlphaMark, Category
from lti_app.sandbox.sis.gradebook import Gradebook
from lti_app.sandbox.sis.rules import Assignment, Score
from lti_app.sandbox.sis.settings import Settings
from lti_app.sandbox.sis.state import state
from lti_app.sandbox.sis.wire import MAX_SCORES, Refusal, Wire, char, day, flag

_ITEM = "/sections/<int:key>/sessions/<int:session>/assignments/<item>"
_ITEM_DIGITS = 20


def register_gradebook(api: Blueprint) -> None:
    """Add the writing routes to the interface."""
    api.add_url_rule(_ITEM, view_func=put_assignment, methods=["PUT"])
    api.add_url_rule(_ITEM, view_func=delete_assignment, methods=["DELETE"])
    api.add_url_rule(f"{_ITEM}/scores", view_func=put_scores, methods=["PUT"])


def put_assignment(key: int, session: int, item: str) -> tuple[Wire, int]:
    """Create or change the assignment of a Schoology item."""
    body = _object(request.get_json(silent=True))
    sis = state()
    with sis.lock:
        assignment, new = sis.gradebook.put_assignment(key, session, _item(item), body)
    return {"ASMT_NUMBER": assignment.number}, 201 if new else 200


def delete_assignment(key: int, session: int, item: str) -> tuple[str, int]:
    """Remove an assignment with its scores."""
    sis = state()
    with sis.lock:
        sis.gradebook.delete_assignment(key, session, _item(item))
    return "", 204


def put_scores(key: int, session: int, item: str) -> tuple[Wire, int]:
    """Set scores of up to 100 students; each has its own outcome."""
    body = _object(request.get_json(silent=True))
    entries = body.get("SCORES")
    if set(body) != {"SCORES"} or not isinstance(entries, list) or not 1 <= len(entries) <= MAX_SCORES:
        raise Refusal("BAD_CALL", f"The body must hold SCORES, a list of 1 to {MAX_SCORES} entries.")
    for entry in entries:
        _object(entry)
    sis = state()
    with sis.lock:
        results = [_put_score(sis.gradebook, (key, session, _item(item)), entry) for entry in entries]
    return {"RESULTS": results}, 207


def gradebook_rows(gradebook: Gradebook, call_type: str, section_key: object) -> list[Wire]:
    """The rows of one of the four gradebook calls. Raises Refusal for a bad or unknown section."""
    if not isinstance(section_key, int) or isinstance(section_key, bool):
        raise Refusal("BAD_CALL", "SECTION_KEY must be a whole number.")
    if call_type == "GRADEBOOK_SETTINGS":
        return [_settings(gradebook.settings(section_key))]
    if call_type == "ASSIGNMENTS":
        return [_assignment(row) for row in gradebook.assignments(section_key)]
    if call_type == "SCORES":
        return [_score(row, score) for row, score in gradebook.scores(section_key)]
    return [
        {
            "SECTION_KEY": section_key,
            "STUDENT_ID": char(student, 10),
            "MARKING_PERIOD": char(period, 3),
            "AVERAGE": _decimal(value),
        }
        for student, period, value in gradebook.averages(section_key)
    ]


def _put_score(gradebook: Gradebook, place: tuple[int, int, str], entry: Wire) -> Wire:
    result: Wire = {"STUDENT_ID": entry.get("STUDENT_ID")}
    try:
        gradebook.put_score(*place, entry)
    except Refusal as refusal:
        if refusal.status != 422:
            raise
        return result | {"STATUS": 422, "CODE": refusal.code, "MESSAGE": refusal.message}
    return result | {"STATUS": 200}


def _settings(row: Settings) -> Wire:
    return {
        "SECTION_KEY": row.section_key,
        "USE_TOTAL_POINTS": flag(row.use_total_points),
        "USE_CAT_WEIGHT": flag(not row.use_total_points),
        "ROUND_TRUNC": "T" if row.cut_off else "R",
        "CATEGORIES": [_category(category) for category in row.categories],
        "ALPHA_MARKS": [_alpha_mark(mark) for mark in row.alpha_marks],
    }


def _category(row: Category) -> Wire:
    return {
        "SESSION": row.session,
        "CATEGORY": char(row.code, 5),
        "CATEGORY_ID": row.category_id,
        "DESCRIPTION": row.description,
        "MARKING_PERIODS": [char(code, 3) for code in row.marking_periods],
        "CATEGORY_WEIGHT": _decimal(row.weight),
        "DROP_LOWEST": row.drop_lowest,
        "EXCLUDE_MISSING": flag(row.exclude_missing),
    }


def _alpha_mark(row: AlphaMark) -> Wire:
    return {
        "CODE": char(row.code, 5),
        "DESCRIPTION": row.description,
        "EXCLUDE": flag(row.exclude),
        "PERCENT_VALUE": _decimal(row.percent),
    }


def _assignment(row: Assignment) -> Wire:
    return {
        "SECTION_KEY": row.section_key,
        "COURSE_SESSION": row.session,
        "ASMT_NUMBER": row.number,
        "SCHOOLOGY_ID": row.schoology_id,
        "CATEGORY": char(row.category, 5),
        "DESCRIPTION": row.description,
        "DETAIL": row.detail or None,
        "POINTS": _decimal(row.points),
        "WEIGHT": _decimal(row.weight),
        "ASSIGN_DATE": day(row.assign_date),
        "DUE_DATE": day(row.due_date),
        "PUBLISH": flag(row.publish),
    }


def _score(assignment: Assignment, row: Score) -> Wire:
    return {
        "SECTION_KEY": assignment.section_key,
        "COURSE_SESSION": assignment.session,
        "ASMT_NUMBER": assignment.number,
        "STUDENT_ID": char(row.student_id, 10),
        "ASMT_SCORE": _decimal(row.score),
        "ASMT_ALPHA_MARK": char(row.mark, 5) if row.mark else None,
        "ASMT_EXCEPTION": char(row.exception, 5) if row.exception else None,
        "COMMENT": row.comment or None,
    }


def _decimal(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _item(text: str) -> str:
    if not text.isdecimal() or len(text) > _ITEM_DIGITS:
        raise Refusal("BAD_CALL", "The Schoology item id must be a number.")
    return text


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refusal("BAD_CALL", "A JSON object is wanted.")
    return value
