"""Rows of eSchoolPLUS's gradebook to values and back; every number is decimal text and becomes a Decimal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from lti_app.school.gradebook import (
    AlphaMark,
    Assignment,
    Calculation,
    GradebookSettings,
    ScoreOutcome,
    SisAverage,
    SisCategory,
    SisScore,
)
from lti_app.sis.eschoolplus.values import BadValue, Row, day, day_or_none, flag, number, text

Value = TypeVar("Value")


def decimal_or_none(row: Row, field: str) -> Decimal | None:
    """A finite decimal number, or None for an empty field. Raises BadValue."""
    value = text(row, field)
    if not value:
        return None
    try:
        found = Decimal(value)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise BadValue(f"{field} holds “{value}”, expected a number: correct it in the SIS.")
    return found


def decimal(row: Row, field: str, default: Decimal = Decimal(0)) -> Decimal:
    """A decimal number; an empty field is the default. Raises BadValue."""
    found = decimal_or_none(row, field)
    return default if found is None else found


def flag_or_none(row: Row, field: str) -> bool | None:
    """Y or N, or None for an empty field. Raises BadValue."""
    return flag(row, field) if text(row, field) else None


def settings(row: Row) -> GradebookSettings:
    """The one row of GRADEBOOK_SETTINGS."""
    return GradebookSettings(
        section_key=str(number(row, "SECTION_KEY")),
        total_points=flag_or_none(row, "USE_TOTAL_POINTS"),
        truncates={"T": True, "R": False}.get(text(row, "ROUND_TRUNC")),
        calculation=Calculation.TOTAL_POINTS,
        categories=tuple(_category(each) for each in row.get("CATEGORIES") or []),
        alpha_marks=tuple(_alpha_mark(each) for each in row.get("ALPHA_MARKS") or []),
    )


def _category(row: Row) -> SisCategory:
    return SisCategory(
        session=number(row, "SESSION"),
        code=text(row, "CATEGORY"),
        category_id=text(row, "CATEGORY_ID"),
        name=text(row, "DESCRIPTION") or text(row, "CATEGORY"),
        marking_periods=tuple(str(each).strip() for each in row.get("MARKING_PERIODS") or []),
        weight=decimal_or_none(row, "CATEGORY_WEIGHT"),
        drop_lowest=number(row, "DROP_LOWEST") if text(row, "DROP_LOWEST") else None,
        exclude_missing=flag_or_none(row, "EXCLUDE_MISSING"),
    )


def _alpha_mark(row: Row) -> AlphaMark:
    return AlphaMark(
        code=text(row, "CODE"),
        name=text(row, "DESCRIPTION"),
        exclude=flag(row, "EXCLUDE"),
        percent=decimal_or_none(row, "PERCENT_VALUE"),
    )


def assignment(row: Row) -> Assignment:
    """A row of ASSIGNMENTS; one that cannot be read says so, and keeps the others from nothing."""
    try:
        return _assignment(row)
    except BadValue as error:
        return Assignment(
            session=_or(row, number, "COURSE_SESSION", -1),
            item_id=text(row, "SCHOOLOGY_ID"),
            category="",
            title=text(row, "DESCRIPTION"),
            points=Decimal(0),
            weight=Decimal(0),
            due=date.max,
            number=text(row, "ASMT_NUMBER"),
            unreadable=str(error),
        )


def _or(row: Row, decode: Callable[[Row, str], Value], field: str, default: Value) -> Value:
    try:
        return decode(row, field)
    except BadValue:
        return default


def _assignment(row: Row) -> Assignment:
    return Assignment(
        session=number(row, "COURSE_SESSION"),
        item_id=text(row, "SCHOOLOGY_ID"),
        category=text(row, "CATEGORY"),
        title=text(row, "DESCRIPTION"),
        points=decimal(row, "POINTS"),
        weight=decimal(row, "WEIGHT", Decimal(1)),
        due=day(row, "DUE_DATE"),
        assigned=day_or_none(row, "ASSIGN_DATE"),
        detail=text(row, "DETAIL"),
        published=flag(row, "PUBLISH"),
        number=text(row, "ASMT_NUMBER"),
    )


def score(row: Row) -> tuple[tuple[int, str], SisScore]:
    """A row of SCORES with its place: session and number of the assignment."""
    place = (_or(row, number, "COURSE_SESSION", -1), text(row, "ASMT_NUMBER"))
    score, unreadable = None, ""
    try:
        score = decimal_or_none(row, "ASMT_SCORE")
    except BadValue as error:
        unreadable = f"What the SIS has here cannot be read, so nothing was sent over it. {error}"
    mark, comment = text(row, "ASMT_ALPHA_MARK"), text(row, "COMMENT")
    return place, SisScore(text(row, "STUDENT_ID"), score, mark, comment, unreadable)


def average(row: Row) -> SisAverage:
    """A row of AVERAGES."""
    value = _or(row, decimal_or_none, "AVERAGE", None)
    return SisAverage(text(row, "STUDENT_ID"), text(row, "MARKING_PERIOD"), value)


def assignment_body(value: Assignment) -> dict[str, Any]:
    """What a PUT of an assignment sends; without a day on which it was assigned that field is null."""
    return {
        "CATEGORY": value.category,
        "DESCRIPTION": value.title,
        "DETAIL": value.detail,
        "POINTS": f"{value.points:f}",
        "WEIGHT": f"{value.weight:f}",
        "ASSIGN_DATE": value.assigned.isoformat() if value.assigned else None,
        "DUE_DATE": value.due.isoformat(),
        "PUBLISH": "Y" if value.published else "N",
    }


def score_body(value: SisScore) -> dict[str, Any]:
    """One score of a PUT; neither number nor mark clears it."""
    return {
        "STUDENT_ID": value.student_id,
        "ASMT_SCORE": None if value.score is None else f"{value.score:f}",
        "ASMT_ALPHA_MARK": value.mark or None,
        "COMMENT": value.comment,
    }


def outcome(row: Row) -> ScoreOutcome:
    """What the SIS said of one score."""
    ok = text(row, "STATUS") in ("200", "201", "204")
    return ScoreOutcome(text(row, "STUDENT_ID"), ok, text(row, "CODE"), text(row, "MESSAGE"))
