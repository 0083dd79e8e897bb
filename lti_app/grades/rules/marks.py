"""What the SIS should have of a student's grade: a number, a mark, a blank, or nothing at all. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from lti_app.grades.rules.texts import cut, plain_text
from lti_app.school.grade_policy import ExceptionRule, GradePolicy, Handling
from lti_app.school.gradebook import (
    Grade,
    GradebookSettings,
    GradedItem,
    GradeScale,
    SchoolMark,
    ScoreException,
    ScoreFlag,
    SisScore,
)
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, Reason, because
from lti_app.sis.capabilities import Capabilities

HUNDRED = Decimal(100)
ZERO = Decimal(0)


@dataclass(frozen=True)
class Wanted:
    """What a student should have; `score` is None when nothing may be sent, and `reason` says why where
    someone should know."""

    student_id: str
    score: SisScore | None
    reason: Reason = NO_REASON
    seat: str = ""
    """The Schoology enrollment that it comes from."""


@dataclass(frozen=True)
class Marking:
    """What grades are turned by: the district's policy, the school's marks, the section's scales, and what
    the SIS can do."""

    policy: GradePolicy
    settings: GradebookSettings
    scales: Mapping[str, GradeScale]
    sis: Capabilities


def wanted(student_id: str, grade: Grade, item: GradedItem, by: Marking) -> Wanted:
    """What the SIS should have for one grade."""
    comment = cut(plain_text(grade.comment), by.sis.limits.comment) if by.policy.comments else ""
    if grade.exception != ScoreException.NONE:
        return _excepted(student_id, grade, by, comment)
    score = points(grade, item, by.scales)
    if score is None and grade.letter:
        return Wanted(student_id, None, because(Code.LETTER_NOT_IN_SCALE))
    digits = by.sis.limits.digits
    if score is not None and digits is not None and score.adjusted() >= digits:
        return Wanted(student_id, None, because(Code.NUMBER_TOO_LONG, digits=digits))
    if score is not None and by.sis.limits.whole_scores and score != score.to_integral_value():
        return Wanted(student_id, None, because(Code.NUMBER_NOT_WHOLE, product=by.sis.product))
    return Wanted(student_id, SisScore(student_id, _fitting(score, digits), "", comment))


def _excepted(student_id: str, grade: Grade, by: Marking, comment: str) -> Wanted:
    rule = by.policy.rule(grade.exception)
    if rule.handling == Handling.SKIP:
        unknown = grade.exception == ScoreException.UNKNOWN
        return Wanted(student_id, None, because(Code.EXCEPTION_UNKNOWN) if unknown else NO_REASON)
    if rule.handling == Handling.ZERO:
        return Wanted(student_id, SisScore(student_id, ZERO, "", comment))
    if rule.handling == Handling.BLANK:
        return Wanted(student_id, SisScore(student_id, None, "", comment))
    if rule.handling == Handling.MISSING and by.sis.flags:
        return Wanted(student_id, SisScore(student_id, ZERO, "", comment, flag=ScoreFlag.MISSING))
    if rule.handling == Handling.EXEMPT and by.sis.exempt:
        return Wanted(student_id, SisScore(student_id, None, "", comment, flag=ScoreFlag.EXEMPT))
    if rule.handling == Handling.MISSING or not by.sis.marks:
        return Wanted(student_id, None, _no_way(grade.exception, rule, by.sis.product))
    mark = mark_for(grade.exception, rule, by.settings)
    if mark is None:
        return Wanted(student_id, None, _no_mark(grade.exception, rule))
    if grade.exception == ScoreException.UNKNOWN and not mark.exclude and not mark.percent:
        return Wanted(student_id, None, because(Code.MARK_COUNTS_AS_ZERO))
    return Wanted(student_id, SisScore(student_id, None, mark.code, comment))


def excluding(student_id: str, by: Marking) -> SisScore | None:
    """What leaves a piece of work out of a student's average in the SIS; None where nothing does."""
    if by.sis.exempt:
        return SisScore(student_id, flag=ScoreFlag.EXEMPT)
    rule = ExceptionRule(Handling.EXEMPT)
    found = mark_for(ScoreException.EXCUSED, rule, by.settings) if by.sis.marks else None
    return SisScore(student_id, None, found.code) if found else None


def leaves_out(score: SisScore, by: Marking) -> bool:
    """Whether what the SIS has leaves the work out of the average."""
    codes = {each.code for each in by.settings.marks if each.exclude}
    return score.mark in codes or score.flag == ScoreFlag.EXEMPT


def mark_for(
    exception: ScoreException, rule: ExceptionRule, settings: GradebookSettings
) -> SchoolMark | None:
    """The mark of the school that a rule means."""
    if rule.handling == Handling.MARK:
        return next((each for each in settings.marks if each.code == rule.mark), None)
    exempting = [each for each in settings.marks if each.exclude]
    named = (each for each in exempting if each.name.casefold() == str(exception))
    excused = (each for each in exempting if each.name.casefold() == str(ScoreException.EXCUSED))
    only = exempting[0] if len(exempting) == 1 else None
    return next(named, next(excused, only))


def _no_mark(exception: ScoreException, rule: ExceptionRule) -> Reason:
    if rule.handling == Handling.MARK:
        return because(Code.MARK_NOT_IN_SCHOOL, mark=rule.mark, exception=exception)
    return because(Code.EXEMPT_MARK_NOT_IN_SCHOOL, exception=exception)


def _no_way(exception: ScoreException, rule: ExceptionRule, product: str) -> Reason:
    if rule.handling == Handling.MARK:
        return because(Code.SIS_HAS_NO_MARKS, product=product, mark=rule.mark, exception=exception)
    code = Code.SIS_CANNOT_EXEMPT if rule.handling == Handling.EXEMPT else Code.SIS_CANNOT_FLAG_MISSING
    return because(code, product=product, exception=exception)


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


def _fitting(score: Decimal | None, digits: int | None) -> Decimal | None:
    """A number with no more significant digits than the SIS keeps; None for no limit."""
    if score is None or digits is None or len(score.as_tuple().digits) <= digits:
        return score
    return Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal(score)
