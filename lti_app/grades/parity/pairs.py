"""Each piece of work as both gradebooks have it, and why one counts what the other does not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from lti_app.grades.parity.values import Matching, Period, SchoologyBook, SisBook
from lti_app.school.average_codes import Cause
from lti_app.school.gradebook import (
    Assignment,
    Grade,
    GradebookSettings,
    GradedItem,
    ScoreException,
    SisScore,
)
from lti_app.school.scores import Cell, is_graded, schoology_cell, sis_cell

_OF_A_SCORE = (Cause.SCORE, Cause.EXCUSED_VERSUS_ZERO)


@dataclass(frozen=True)
class Work:
    """A graded item and its assignment, at least one of them, and the terms in which they count."""

    item: GradedItem | None
    assignment: Assignment | None
    schoology_period: str
    sis_period: str

    @property
    def title(self) -> str:
        """What people call it."""
        return self.item.title if self.item else self.assignment.title if self.assignment else ""


@dataclass(frozen=True)
class Pair:
    """One piece of work for one student in one term; cells are None where it does not count.

    `code` is the SIS category that the item belongs to, empty when no one knows. `reason` says why one side
    counts it and the other does not, or why the points earned differ. `left` says why a sync doesn't send the
    item, if it doesn't.
    """

    work: Work
    code: str
    schoology: Cell | None
    sis: Cell | None
    reason: Cause | None
    left: Cause | None = None


def match(schoology: SchoologyBook, sis: SisBook, matching: Matching) -> list[Work]:
    """Every item with its assignment, then the assignments of the session that no item stands for.

    A second assignment of one item is one of these.
    """
    left = [each for each in sis.assignments if each.session == sis.session]
    categories = {each.id for each in schoology.categories}
    found = []
    for item in schoology.items:
        if item.category_id not in categories:
            item = replace(item, category_id="")
        assignment = next((each for each in left if each.item_id == item.id), None)
        if assignment:
            left.remove(assignment)
        there = _period_on(assignment.due, matching.periods) if assignment else ""
        found.append(
            Work(item, assignment, _item_period(item, there, matching.periods, matching.today), there)
        )
    return found + [Work(None, each, "", _period_on(each.due, matching.periods)) for each in left]


def category_codes(works: Iterable[Work], matching: Matching) -> dict[str, str]:
    """Schoology category → SIS category: as mapped, else where its synced items are."""
    codes = {category: code for category, code in matching.category_map.items() if code}
    for work in works:
        if work.item and work.assignment and work.item.category_id:
            codes.setdefault(work.item.category_id, work.assignment.category)
    return codes


def _period_on(day: date, periods: tuple[Period, ...]) -> str:
    return next((each.term for each in periods if each.start <= day <= each.end), "")


def _item_period(item: GradedItem, there: str, periods: tuple[Period, ...], today: date) -> str:
    """The period that the teacher chose, else that of the due date, else that of the assignment.

    Several terms may share a grading period. Without any hint it is the period under way, where a
    sync puts work without a due date.
    """
    chosen = tuple(each for each in periods if item.period_id and each.grading_period_id == item.period_id)
    if len(chosen) == 1:
        return chosen[0].term
    among = chosen or periods
    by_date = _period_on(item.due.date(), among) if item.due else ""
    if by_date:
        return by_date
    if there in {each.term for each in among}:
        return there
    begun = [each for each in among if each.start <= today] or list(among[:1])
    return _period_on(today, among) or (begun[-1].term if begun else "")


class Pairing:
    """The gradebooks of one term, from which the pairs of each student are drawn."""

    def __init__(
        self,
        works: Iterable[Work],
        period: str,
        settings: GradebookSettings,
        matching: Matching,
        *,
        missing_counts: bool = True,
    ) -> None:
        self.works = [each for each in works if period in (each.schoology_period, each.sis_period)]
        self._period = period
        self._settings = settings
        self._matching = matching
        self._codes = category_codes(works, matching)
        self._missing_counts = missing_counts

    def pair(self, work: Work, grade: Grade | None, score: SisScore | None, student_id: str = "") -> Pair:
        """One piece of work for one student."""
        item, assignment = work.item, work.assignment
        here = there = None
        if item and work.schoology_period == self._period:
            here = schoology_cell(item, grade, missing_counts=self._missing_counts)
        if assignment and work.sis_period == self._period:
            there = sis_cell(assignment, score, self._settings, self._matching.today)
        code = self._codes.get(item.category_id, "") if item else ""
        same = here.earned == there.earned if here and there else here is there
        reason = None if same else self._work_reason(work, here) or self._score_reason(work, grade, score)
        if reason in _OF_A_SCORE:
            reason = self._not_to_be_sent(work, grade, student_id) or reason
        return Pair(work, code, here, there, reason, self._left(work))

    def _not_to_be_sent(self, work: Work, grade: Grade | None, student_id: str) -> Cause | None:
        """Why a sync leaves a score of the SIS alone although it is another one."""
        if work.item is None:
            return None
        if (work.item.id, student_id) in self._matching.decided:
            return Cause.DECIDED
        exception = grade.exception if grade else ScoreException.NONE
        if exception in self._matching.not_sent:
            return Cause.NOT_SENT
        waits = (work.item.id, student_id) in self._matching.waiting
        return self._left(work) or (Cause.WAITS if waits else None)

    def _left(self, work: Work) -> Cause | None:
        """Why a sync doesn't send an item as a whole."""
        if work.item is None:
            return None
        if work.item.id in self._matching.opted_out:
            return Cause.OPTED_OUT
        return Cause.WAITS if (work.item.id, "") in self._matching.waiting else None

    def _work_reason(self, work: Work, here: Cell | None) -> Cause | None:
        """What is different for everybody. The averages are known to differ in this piece of work."""
        item, assignment = work.item, work.assignment
        if item is None:
            return Cause.ONLY_IN_SIS
        if assignment is None:
            left = self._left(work)
            if left is Cause.OPTED_OUT or self._matching.category_map.get(item.category_id):
                return left or Cause.UNSYNCED_ITEM
            return Cause.UNMAPPED_ITEM
        if assignment.unreadable:
            return Cause.UNREADABLE
        if work.schoology_period != work.sis_period:
            return Cause.OTHER_PERIOD
        if not is_graded(item):
            return Cause.NOT_COUNTED
        if assignment.due > self._matching.today:
            return Cause.NOT_YET_DUE
        if item.factor <= 0 or (assignment.weight is not None and assignment.weight <= 0):
            return Cause.FACTOR
        known = {each.code for each in self._settings.categories}
        return Cause.OTHER_CATEGORY if here and assignment.category not in known else None

    def _score_reason(self, work: Work, grade: Grade | None, score: SisScore | None) -> Cause:
        """What is different for this student."""
        assert work.assignment is not None
        if score is not None and score.unreadable:
            return Cause.UNREADABLE
        exception = grade.exception if grade else ScoreException.NONE
        blank = score is None or (score.score is None and not score.mark and not score.flag)
        there = sis_cell(work.assignment, score, self._settings, self._matching.today)
        zero_there = there is not None and not there.earned
        if exception is ScoreException.MISSING and not self._missing_counts:
            return Cause.MISSING_LEFT_OUT
        if exception is ScoreException.MISSING and there is None:
            if not blank:
                return Cause.EXCUSED_VERSUS_ZERO
            overdue = work.assignment.due < self._matching.today
            return Cause.EXCLUDE_MISSING if overdue else Cause.NOT_YET_DUE
        if exception not in (ScoreException.MISSING, ScoreException.NONE):
            return Cause.EXCUSED_VERSUS_ZERO if zero_there else Cause.SCORE
        if grade is None or grade.score is None:
            return Cause.EXCLUDE_MISSING if blank and zero_there else Cause.SCORE
        excused_there = there is None and not blank
        return Cause.EXCUSED_VERSUS_ZERO if excused_there and not grade.score else Cause.SCORE
