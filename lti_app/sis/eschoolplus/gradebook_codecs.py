"""Rows of eSchoolPLUS's gradebook to values and back; every number is decimal text and becomes a Decimal.

What is wrong with a row of settings or averages stands in `row.faults`; an assignment and a score carry it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from lti_app.school.gradebook import (
    Assignment,
    Calculation,
    GradebookSettings,
    SchoolMark,
    ScoreOutcome,
    SisAverage,
    SisCategory,
    SisScore,
)
from lti_app.school.reasons import because
from lti_app.school.row_codes import RowCode
from lti_app.sis.eschoolplus.cells import (
    day,
    day_or_none,
    decimal,
    decimal_or_none,
    flag,
    flag_or_none,
    number,
    number_or_none,
    text,
    texts,
)
from lti_app.sis.rows import Row

UNKNOWN_SESSION = -1
"""The session of a row that does not tell it."""


def settings(row: Row) -> GradebookSettings:
    """The one row of GRADEBOOK_SETTINGS."""
    return GradebookSettings(
        section_key=str(number(row, "SECTION_KEY")),
        total_points=flag_or_none(row, "USE_TOTAL_POINTS"),
        truncates={"T": True, "R": False}.get(text(row, "ROUND_TRUNC")),
        calculation=Calculation.TOTAL_POINTS,
        categories=tuple(_category(each) for each in row.rows("CATEGORIES")),
        marks=tuple(_mark(each) for each in row.rows("ALPHA_MARKS")),
    )


def _category(row: Row) -> SisCategory:
    return SisCategory(
        session=number(row, "SESSION"),
        code=text(row, "CATEGORY"),
        category_id=text(row, "CATEGORY_ID"),
        name=text(row, "DESCRIPTION") or text(row, "CATEGORY"),
        terms=tuple(texts(row, "MARKING_PERIODS")),
        weight=decimal_or_none(row, "CATEGORY_WEIGHT"),
        drop_lowest=number_or_none(row, "DROP_LOWEST"),
        exclude_missing=flag_or_none(row, "EXCLUDE_MISSING"),
    )


def _mark(row: Row) -> SchoolMark:
    return SchoolMark(
        code=text(row, "CODE"),
        name=text(row, "DESCRIPTION"),
        exclude=flag(row, "EXCLUDE"),
        percent=decimal_or_none(row, "PERCENT_VALUE"),
    )


def assignment(row: Row) -> Assignment:
    """A row of ASSIGNMENTS; one that cannot be read says so, and keeps the others from nothing."""
    made = Assignment(
        session=number(row, "COURSE_SESSION"),
        item_id=text(row, "SCHOOLOGY_ID"),
        category=text(row, "CATEGORY"),
        title=text(row, "DESCRIPTION"),
        points=decimal(row, "POINTS"),
        weight=decimal(row, "WEIGHT") if text(row, "WEIGHT") else Decimal(1),
        due=day(row, "DUE_DATE"),
        assigned=day_or_none(row, "ASSIGN_DATE"),
        detail=text(row, "DETAIL"),
        published=flag(row, "PUBLISH"),
        number=text(row, "ASMT_NUMBER"),
    )
    session = UNKNOWN_SESSION if row.is_faulty("COURSE_SESSION") else made.session
    unreadable = row.take_faults()
    if not unreadable:
        return made
    blank: dict[str, Any] = {
        "category": "",
        "points": Decimal(0),
        "weight": Decimal(0),
        "due": date.max,
        "assigned": None,
    }
    return replace(made, session=session, unreadable=unreadable, **blank)


def score(row: Row) -> tuple[tuple[int, str], SisScore]:
    """A row of SCORES with its place: session and number of the assignment."""
    session = number(row, "COURSE_SESSION")
    if row.is_faulty("COURSE_SESSION"):
        session = UNKNOWN_SESSION
    place = (session, text(row, "ASMT_NUMBER"))
    made = SisScore(
        student_id=text(row, "STUDENT_ID"),
        score=decimal_or_none(row, "ASMT_SCORE"),
        mark=text(row, "ASMT_ALPHA_MARK"),
        comment=text(row, "COMMENT"),
    )
    faults = row.take_faults()
    if not faults:
        return place, made
    why = because(RowCode.SCORE_CELLS_UNREADABLE, why=faults)
    return place, replace(made, score=None, mark="", unreadable=why)


def average(row: Row) -> SisAverage:
    """A row of AVERAGES; one that cannot be read is none."""
    found = SisAverage(text(row, "STUDENT_ID"), text(row, "MARKING_PERIOD"), decimal_or_none(row, "AVERAGE"))
    row.take_faults()
    return found


def assignment_body(value: Assignment) -> dict[str, Any]:
    """What a PUT of an assignment sends; without a day on which it was assigned that field is null."""
    return {
        "CATEGORY": value.category,
        "DESCRIPTION": value.title,
        "DETAIL": value.detail,
        "POINTS": f"{value.points:f}",
        "WEIGHT": "1" if value.weight is None else f"{value.weight:f}",
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
