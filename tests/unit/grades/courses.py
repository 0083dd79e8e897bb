"""Small gradebooks for the pure parts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from lti_app.grades.rules.dates import Calendar, Period
from lti_app.grades.rules.preflight import SectionRules
from lti_app.school.gradebook import (
    Calculation,
    GradebookSettings,
    GradeCategory,
    GradedItem,
    SchoolMark,
    SisCategory,
)
from lti_app.sis.capabilities import Capabilities, Limits

PERIODS = (
    Period("Q1", "Quarter 1", date(2026, 8, 24), date(2026, 10, 30), "81"),
    Period("Q2", "Quarter 2", date(2026, 11, 2), date(2027, 1, 22), "82"),
)
HOMEWORK = SisCategory(1, "HW", "1", "Homework", ("Q1", "Q2"), Decimal(40), 1, False)
EXAM = SisCategory(1, "EXAM", "8", "Final Exam", ("Q2",), Decimal(60), 0, False)
MARKS = (
    SchoolMark("EX", "Excused", True),
    SchoolMark("M", "Missing", False, Decimal(0)),
    SchoolMark("INC", "Incomplete", True),
)
SETTINGS = GradebookSettings("1001", False, False, (HOMEWORK, EXAM), MARKS, Calculation.TOTAL_POINTS)
ABLE = Capabilities(
    "Able",
    grades=True,
    delete=True,
    clear=True,
    marks=True,
    comments=True,
    settings=True,
    category_weights=True,
    item_weight=True,
    publish=True,
    averages=True,
    class_days=True,
    limits=Limits(title=255, detail=1000, comment=255, digits=9, points=Decimal(99999)),
)
"""An SIS that can do everything by marks of its schools."""
BARE = Capabilities("Bare", grades=True)
"""One that can only take numbers."""
CATEGORIES = {"c1": GradeCategory("c1", "Homework"), "c2": GradeCategory("c2", "Exams")}


def course(**changes: Any) -> SectionRules:
    """A course with both categories matched."""
    made = SectionRules(
        settings=SETTINGS,
        session=1,
        categories=CATEGORIES,
        mapped={"c1": "HW", "c2": "EXAM"},
        calendar=Calendar(PERIODS, date(2026, 11, 23), class_days=True),
        sis=ABLE,
    )
    return replace(made, **changes)


def item(**changes: Any) -> GradedItem:
    """An item that nothing is wrong with."""
    made = GradedItem(
        id="7",
        title="Sheet",
        kind="assignment",
        category_id="c1",
        max_points=Decimal(10),
        factor=Decimal(1),
        due=datetime(2026, 11, 19, 23, 59),  # noqa: DTZ001 - local, as Schoology writes it
    )
    return replace(made, **changes)
