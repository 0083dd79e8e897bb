"""Gradebook settings of the sandbox's sections: seeded by the section's key, the same at every start.

A third of the sections count total points, the others weigh categories; a quarter cut averages off instead of
rounding them. Codes of alpha marks belong to a building, and not every building calls *excused* the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from random import Random

from lti_app.sandbox.district.records import Section
from lti_app.sandbox.sis.averages import AlphaMark, Category

DISTRICT_CATEGORIES = {
    "HW": (1, "Homework"),
    "CW": (2, "Classwork"),
    "QUIZ": (3, "Quizzes"),
    "TEST": (4, "Tests"),
    "PROJ": (5, "Projects"),
    "PART": (6, "Participation"),
    "LAB": (7, "Laboratory Reports"),
    "EXAM": (8, "Final Exam"),
}
_SETS = (
    (("HW", 20), ("QUIZ", 30), ("TEST", 50)),
    (("HW", 15), ("CW", 25), ("QUIZ", 20), ("TEST", 40)),
    (("CW", 30), ("PROJ", 40), ("PART", 30)),
    (("HW", 25), ("LAB", 25), ("TEST", 35), ("PART", 15)),
)


@dataclass(frozen=True)
class Settings:
    """How a section's gradebook counts."""

    section_key: int
    use_total_points: bool
    cut_off: bool
    categories: tuple[Category, ...]
    alpha_marks: tuple[AlphaMark, ...]

    def in_period(self, session: int, marking_period: str) -> list[Category]:
        """The categories of a session that may be used in a marking period."""
        own = (row for row in self.categories if row.session == session)
        return [row for row in own if marking_period in row.marking_periods]

    def mark(self, code: str) -> AlphaMark | None:
        """An alpha mark of the building by its code."""
        return next((row for row in self.alpha_marks if row.code == code), None)


def settings_of(section: Section) -> Settings:
    """The settings of a section; only sessions that receive marks have categories."""
    rng = Random(f"gradebook/{section.section_key}")
    total_points = section.section_key % 3 == 0
    chosen = rng.choice(_SETS)
    exam = rng.random() < 0.25
    drops = {code: rng.choice((0, 1)) if code in ("HW", "QUIZ") else 0 for code, _ in chosen}
    categories = []
    for session in section.sessions:
        if not session.receive_mark:
            continue
        for code, weight in chosen:
            everywhere = session.marking_periods
            shown = 1 if total_points else weight
            categories.append(_category(session.number, code, everywhere, weight=shown, drop=drops[code]))
        if exam:
            last = session.marking_periods[-1:]
            categories.append(_category(session.number, "EXAM", last, weight=1 if total_points else 20))
    marks = _alpha_marks(section.building)
    return Settings(section.section_key, total_points, rng.random() < 0.25, tuple(categories), marks)


def _category(session: int, code: str, periods: tuple[str, ...], *, weight: int, drop: int = 0) -> Category:
    number, description = DISTRICT_CATEGORIES[code]
    return Category(session, code, number, description, periods, Decimal(weight), drop, code == "PART")


def _alpha_marks(building: int) -> tuple[AlphaMark, ...]:
    excused = AlphaMark("XC" if building % 4 == 3 else "EX", "Excused", True, None)
    missing = AlphaMark("M", "Missing", False, Decimal(0))
    incomplete = AlphaMark("INC", "Incomplete", True, None)
    passed = AlphaMark("P", "Pass", False, Decimal(100))
    return (excused, missing, incomplete, passed)
