"""Compares the averages of both gradebooks, and names the reason for every one that differs.

Pure: it takes what was read of both sides and gives a `Parity`, for templates/partials/parity.html to show.
Where a system reports an average itself, that is the one compared; otherwise the one that its rules give.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from lti_app.grades.parity import habits, words
from lti_app.grades.parity.pairs import Pairing, Work, category_codes, match
from lti_app.grades.parity.search import Averages, Case, averages, find, work_suspects
from lti_app.grades.parity.values import (
    Difference,
    Finding,
    Matching,
    Parity,
    ParityState,
    Period,
    SchoologyBook,
    SisBook,
    Student,
)
from lti_app.school.average_codes import Assumed, AverageCode, Cause
from lti_app.school.gradebook import Grade, ScoreException, SisScore
from lti_app.school.scores import (
    ONE,
    Cell,
    Overall,
    Rules,
    in_period,
    rounded,
    schoology_cell,
    schoology_rules,
    sis_rules,
)

__all__ = [
    "Assumed",
    "Difference",
    "Finding",
    "Matching",
    "Parity",
    "ParityState",
    "Period",
    "Cause",
    "SchoologyBook",
    "SisBook",
    "Student",
    "compare",
]


def compare(
    schoology: SchoologyBook, sis: SisBook, matching: Matching, only: Collection[str] | None = None
) -> Parity:
    """Every student's average of every term, by both rule sets; `only`: of students with these SIS ids.

    Scores that came as letters must be points already. A page may call this: 30 students with 30 items take
    well under a second.
    """
    books = _Books(schoology, sis, matching)
    titles = {each.id: each.title for each in schoology.categories}
    students = [each for each in matching.students if only is None or each.student_id in only]
    lines = [books.line(student, period) for period in matching.periods for student in students]
    found = [difference for line in lines if (difference := _difference(line, titles))]
    compared = sum(line.known and any(each is not None for each in line.shown()) for line in lines)
    assumed = _assumed(books, [line.case for line in lines])
    return Parity(compared, tuple(found), assumed, books.habits.unweighted_seen, books.habits.missing_counts)


@dataclass(frozen=True)
class _Line:
    """One student in one term: averages as calculated, and as reported where they were."""

    student: Student
    period: Period
    case: Case
    calculated: Averages
    reported: Averages

    @property
    def known(self) -> bool:
        """Whether there is an average of the SIS to compare with, reported or calculated."""
        return self.case.told or self.reported[1] is not None

    def shown(self) -> Averages:
        """What people see in the two systems."""
        (here, there), (ours, theirs) = self.calculated, self.reported
        if not self.student.student_id:  # nothing of what the SIS has is about this student
            there = theirs = None
        return here if ours is None else ours, there if theirs is None else theirs


class _Books:
    """Both gradebooks, looked up by student."""

    def __init__(self, schoology: SchoologyBook, sis: SisBook, matching: Matching) -> None:
        self.schoology, self.sis, self.matching = schoology, sis, matching
        self.works = match(schoology, sis, matching)
        self._grades = {(each.enrollment_id, each.item_id): each for each in schoology.grades.grades}
        self._scores = {
            (number, score.student_id): score
            for (session, number), own in sis.scores.items()
            if session == sis.session
            for score in own
        }
        self._averages = {(each.student_id, each.term): each.average for each in sis.averages}
        self._cells = {each.enrollment_id: self._counted(each) for each in matching.students}
        self._codes = category_codes(self.works, matching)
        self._settings = {
            each.term: in_period(sis.settings, sis.session, each.term) for each in matching.periods
        }
        self.habits = habits.learn(
            schoology.categories,
            [
                (
                    [cell for _, cell in all_cells],
                    [cell for _, cell in self._counted(each, missing=False)],
                    told,
                )
                for each in matching.students
                if (all_cells := self._cells[each.enrollment_id])
                and (told := self._reported(each, all_cells[0][0])) is not None
            ],
        )
        self._pairings = {
            period: Pairing(self.works, period, settings, matching, missing_counts=self.habits.missing_counts)
            for period, settings in self._settings.items()
        }
        self._rules = schoology_rules(schoology.categories, self.habits.unweighted)

    def line(self, student: Student, period: Period) -> _Line:
        """Both averages of one student in one term."""
        pairing = self._pairings[period.term]
        pairs = tuple(
            pairing.pair(work, self._grade(work, student), self._score(work, student), student.student_id)
            for work in pairing.works
        )
        their_rules = sis_rules(self._settings[period.term])
        told = their_rules is not None
        case = Case(pairs, self._rules, their_rules or _NO_RULES, self._codes, told)
        theirs = self._averages.get((student.student_id, period.term))
        reported = (self._reported(student, period.term), _cents(theirs))
        return _Line(student, period, case, averages(case), reported)

    def _grade(self, work: Work, student: Student) -> Grade | None:
        return self._grades.get((student.enrollment_id, work.item.id)) if work.item else None

    def _score(self, work: Work, student: Student) -> SisScore | None:
        number = work.assignment.number if work.assignment else ""
        return self._scores.get((number, student.student_id))

    def _counted(self, student: Student, *, missing: bool = True) -> list[tuple[str, Cell]]:
        """Term and cell of everything that counts in Schoology, if `missing` work counts."""
        cells = [
            (
                work.schoology_period,
                schoology_cell(work.item, self._grade(work, student), missing_counts=missing),
            )
            for work in self.works
            if work.item
        ]
        return [(period, cell) for period, cell in cells if cell]

    def _reported(self, student: Student, period: str) -> Decimal | None:
        """Schoology reports the whole course: that is the term if all that counts is in it."""
        if {each for each, _ in self._cells[student.enrollment_id]} != {period}:
            return None
        return _cents(self.schoology.grades.averages.get(student.enrollment_id))


_NO_RULES = Rules(Overall.POINTS, {})
"""Stands for those of an SIS that does not tell how it counts."""


def _cents(value: Decimal | None) -> Decimal | None:
    return None if value is None else rounded(value)


def _difference(line: _Line, titles: Mapping[str, str]) -> Difference | None:
    here, there = line.shown()
    if here == there or not line.known:
        return None
    ours, theirs = line.reported
    return Difference(
        line.student, line.period, here, there, ours is not None, theirs is not None, _findings(line, titles)
    )


def _findings(line: _Line, titles: Mapping[str, str]) -> tuple[Finding, ...]:
    if not line.student.student_id:
        return (words.not_in_sis(),)
    (here, there), (ours, theirs) = line.calculated, line.reported
    if not line.case.told:
        seen = [words.explain(reason, line.case, titles) for reason in work_suspects(line.case)]
        return (*seen, words.not_told())
    found = []
    if here != there:
        found += [words.explain(reason, line.case, titles) for reason in find(line.case)]
    if ours is not None and here is not None and ours != here and ours == rounded(here, step=ONE):
        found.append(words.rounds_to_whole())
    elif ours is not None and ours != here:
        found.append(words.reported_otherwise(AverageCode.AVERAGE_OTHERWISE_IN_SCHOOLOGY, ours, here))
    if theirs is not None and theirs != there:
        found.append(words.reported_otherwise(AverageCode.AVERAGE_OTHERWISE_IN_SIS, theirs, there))
    return tuple(found)


def _assumed(books: _Books, cases: list[Case]) -> tuple[Assumed, ...]:
    """The unsettled rules that this comparison leans on."""
    grades, settings = books.schoology.grades.grades, books.sis.settings
    exceptions = {each.exception for each in grades}
    told = [case for case in cases[:1] if case.told]
    rules = [*(case.schoology for case in cases[:1]), *(case.sis for case in told)]
    dropping = any(each.drop_lowest for rule in rules for each in rule.categories.values())
    several = any(len(case.used()) > 1 for case in cases)
    averaging = (
        any(rule.overall is not Overall.POINTS for rule in rules) and len(books.schoology.categories) > 1
    )
    points = [work.item.max_points for work in books.works if work.item]
    points += [work.assignment.points for work in books.works if work.assignment]
    dateless = [work.item for work in books.works if work.item and not work.sis_period]
    leans = {
        Assumed.ROUNDED_ONCE: bool(cases),
        Assumed.DROP_BY_PERCENT: dropping,
        Assumed.EVEN_CATEGORIES: several
        and not books.habits.unweighted_seen
        and any(rule.overall is Overall.EVEN for rule in rules),
        Assumed.UNUSED_CATEGORIES: averaging,
        Assumed.POINTS_IN_CATEGORY: bool(told)
        and (
            not settings.total_points
            or any(work.assignment and work.assignment.weight not in (None, 1) for work in books.works)
        ),
        Assumed.MISSING_IS_ZERO: ScoreException.MISSING in exceptions and not books.habits.missing_seen,
        Assumed.EXTRA_CREDIT: any(each == 0 for each in points),
        Assumed.NO_DUE_DATE: any(not each.due and not each.period_id for each in dateless),
    }
    return tuple(each for each in Assumed if leans[each])
