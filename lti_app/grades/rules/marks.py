"""What the SIS should have of a student's grade: a number, a mark, a blank, or nothing at all. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from lti_app.grades.rules.preflight import cut
from lti_app.school.grade_policy import ExceptionRule, GradePolicy, Handling
from lti_app.school.gradebook import (
    AlphaMark,
    Grade,
    GradebookSettings,
    GradedItem,
    GradeScale,
    ScoreException,
    SisScore,
)

MOST_DIGITS = 9
"""Significant digits of a score in the SIS."""
LONGEST_COMMENT = 255
NOT_OF_SCALE = "It is not a letter of the item's scale. Grade it with a number or a letter of the scale."
MARK_IS_ZERO = (
    "Schoology has an exception here that the app does not know, and the mark that the district chose for "
    "these counts as zero in this building. Nothing was sent: tell your administrator."
)
HUNDRED = Decimal(100)
ZERO = Decimal(0)


@dataclass(frozen=True)
class Wanted:
    """What a student should have; `score` is None when nothing may be sent, and `reason` says why where
    somebody should know."""

    student_id: str
    score: SisScore | None
    reason: str = ""
    seat: str = ""
    """The Schoology enrollment that it comes from."""


@dataclass(frozen=True)
class Marking:
    """What grades are turned by: the district's policy, the building's marks, the section's scales."""

    policy: GradePolicy
    settings: GradebookSettings
    scales: Mapping[str, GradeScale]


def wanted(student_id: str, grade: Grade, item: GradedItem, by: Marking) -> Wanted:
    """What the SIS should have for one grade."""
    comment = cut(grade.comment, LONGEST_COMMENT) if by.policy.comments else ""
    if grade.exception != ScoreException.NONE:
        return _excepted(student_id, grade, by, comment)
    score = points(grade, item, by.scales)
    if score is None and grade.letter:
        return Wanted(student_id, None, NOT_OF_SCALE)
    return Wanted(student_id, SisScore(student_id, _fitting(score), "", comment))


def _excepted(student_id: str, grade: Grade, by: Marking, comment: str) -> Wanted:
    rule = by.policy.rule(grade.exception)
    if rule.handling == Handling.SKIP:
        reason = ""
        if grade.exception == ScoreException.UNKNOWN:
            reason = (
                "Schoology has an exception here that the app does not know. Nothing was sent, and never a "
                "zero: enter it in the SIS by hand."
            )
        return Wanted(student_id, None, reason)
    if rule.handling == Handling.ZERO:
        return Wanted(student_id, SisScore(student_id, ZERO, "", comment))
    if rule.handling == Handling.BLANK:
        return Wanted(student_id, SisScore(student_id, None, "", comment))
    mark = mark_for(grade.exception, rule, by.settings)
    if mark is None:
        return Wanted(student_id, None, _no_mark(grade.exception, rule))
    if grade.exception == ScoreException.UNKNOWN and not mark.exclude and not mark.percent:
        return Wanted(student_id, None, MARK_IS_ZERO)
    return Wanted(student_id, SisScore(student_id, None, mark.code, comment))


def mark_for(exception: ScoreException, rule: ExceptionRule, settings: GradebookSettings) -> AlphaMark | None:
    """The alpha mark of the building that a rule means."""
    if rule.handling == Handling.MARK:
        return next((each for each in settings.alpha_marks if each.code == rule.mark), None)
    exempting = [each for each in settings.alpha_marks if each.exclude]
    named = (each for each in exempting if each.name.casefold() == str(exception))
    excused = (each for each in exempting if each.name.casefold() == str(ScoreException.EXCUSED))
    only = exempting[0] if len(exempting) == 1 else None
    return next(named, next(excused, only))


def _no_mark(exception: ScoreException, rule: ExceptionRule) -> str:
    what = f"the mark “{rule.mark}”" if rule.handling == Handling.MARK else "a mark that leaves work out"
    return (
        f"This building has not {what} in the SIS, which the district uses for “{exception}”. Nothing was "
        "sent: tell your administrator."
    )


def points(grade: Grade, item: GradedItem, scales: Mapping[str, GradeScale]) -> Decimal | None:
    """A grade as a number: its points, or those behind its letter; None for neither."""
    if grade.score is not None or not grade.letter:
        return grade.score
    scale = scales.get(item.scale_id)
    levels = {name.casefold(): percent for name, percent in scale.levels} if scale else {}
    percent = levels.get(grade.letter.casefold())
    if percent is None or item.max_points is None:
        return None
    return percent * item.max_points / HUNDRED


def _fitting(score: Decimal | None) -> Decimal | None:
    """A number with no more digits than the SIS keeps."""
    if score is None or len(score.as_tuple().digits) <= MOST_DIGITS:
        return score
    return Context(prec=MOST_DIGITS, rounding=ROUND_HALF_UP).create_decimal(score)
