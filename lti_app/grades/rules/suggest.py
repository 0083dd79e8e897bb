"""Which SIS category a Schoology category probably means, by name. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

from lti_app.school.grade_policy import fold
from lti_app.school.gradebook import GradeCategory, SisCategory

CLOSE = 0.75
"""Least likeness of two names, 0 to 1, for a suggestion."""


def suggest(category: GradeCategory, offered: Iterable[SisCategory]) -> str:
    """The code of the category whose name or code is alike, or empty text."""
    wanted = fold(category.title)
    if not wanted:
        return ""
    ranked = sorted(((_likeness(wanted, each), each.code) for each in offered), reverse=True)
    return ranked[0][1] if ranked and ranked[0][0] >= CLOSE else ""


def _likeness(wanted: str, offered: SisCategory) -> float:
    names = [fold(offered.name), fold(offered.code)]
    if wanted in names:
        return 1.0
    stems = [name.rstrip("s") for name in names]
    if wanted.rstrip("s") in stems:
        return 0.95
    return max(SequenceMatcher(None, wanted, name).ratio() for name in names)
