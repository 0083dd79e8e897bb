"""What a comparison of both gradebooks takes and gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from lti_app.school.gradebook import (
    Assignment,
    GradebookSettings,
    GradeCategory,
    GradedItem,
    SchoologyGrades,
    SisAverage,
    SisScore,
)


class Reason(StrEnum):
    """Why two averages differ; in the order in which they are suspected when several would explain it."""

    NOT_IN_SIS = "not in the SIS section"
    UNMAPPED_ITEM = "unmapped item"
    OPTED_OUT = "opted-out item"
    UNSYNCED_ITEM = "unsynced item"
    OTHER_PERIOD = "item in another period"
    ONLY_IN_SIS = "item only in the SIS"
    NOT_COUNTED = "item not counted in Schoology"
    NOT_YET_DUE = "not due yet"
    SCORE = "different score"
    EXCUSED_VERSUS_ZERO = "excused versus zero"
    EXCLUDE_MISSING = "exclude missing"
    POINTS = "different points"
    OTHER_CATEGORY = "item in another category"
    FACTOR = "factor"
    CALCULATION_TYPE = "calculation type"
    DROPPED_ITEM = "dropped item"
    CATEGORY_WEIGHT = "category weight"
    TOTAL_POINTS = "total points"
    MERGED_CATEGORIES = "merged categories"
    ROUNDING = "rounding"
    CALCULATED_OTHERWISE = "calculated otherwise"


class Assumed(StrEnum):
    """Rules of calculation that no source settles; docs/parity.md says of each what is known."""

    ROUNDED_ONCE = "rounded once"
    DROP_BY_PERCENT = "drop by percentage"
    EVEN_CATEGORIES = "even categories"
    UNUSED_CATEGORIES = "unused categories"
    POINTS_IN_CATEGORY = "points in a category"
    MISSING_IS_ZERO = "missing is zero"
    EXTRA_CREDIT = "extra credit"
    NO_DUE_DATE = "no due date"


@dataclass(frozen=True)
class Student:
    """A student of the section; `student_id` is empty for somebody who is not in the SIS section."""

    student_id: str
    enrollment_id: str
    name: str


@dataclass(frozen=True)
class Period:
    """A marking period of the section in local days, both included, with the grading period mapped to it."""

    marking_period: str
    name: str
    start: date
    end: date
    grading_period_id: str = ""


@dataclass(frozen=True)
class SchoologyBook:
    """The Schoology gradebook of a section as it was read."""

    categories: tuple[GradeCategory, ...]
    items: tuple[GradedItem, ...]
    grades: SchoologyGrades


@dataclass(frozen=True)
class SisBook:
    """The SIS gradebook of a section as it was read; `session` is the one that receives marks.

    `scores` has (session, number of the assignment) as its keys.
    """

    settings: GradebookSettings
    assignments: tuple[Assignment, ...]
    scores: Mapping[tuple[int, str], tuple[SisScore, ...]]
    averages: tuple[SisAverage, ...] = ()
    session: int = 1


@dataclass(frozen=True)
class Matching:
    """How the two gradebooks belong together; `category_map` is Schoology category id → SIS category."""

    students: tuple[Student, ...]
    periods: tuple[Period, ...]
    category_map: Mapping[str, str]
    today: date
    opted_out: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Finding:
    """One reason for a difference, with the setting that cures it; `about` names items or categories."""

    reason: Reason
    about: tuple[str, ...]
    why: str
    cure: str
    assumed: Assumed | None = None


@dataclass(frozen=True)
class Difference:
    """A student whose averages differ in a marking period. Averages in per cent, None where there is none.

    `reported` averages are what the system itself says; the others were calculated from what was read.
    """

    student: Student
    period: Period
    schoology: Decimal | None
    sis: Decimal | None
    schoology_reported: bool
    sis_reported: bool
    findings: tuple[Finding, ...]

    @property
    def size(self) -> Decimal | None:
        """Schoology's average less that of the SIS; None when only one side has an average."""
        if self.schoology is None or self.sis is None:
            return None
        return self.schoology - self.sis


class ParityState(StrEnum):
    """What a comparison came to."""

    NOTHING = "nothing"
    EQUAL = "equal"
    DIFFERENT = "different"


@dataclass(frozen=True)
class Parity:
    """The comparison of a section: every average counts once for each student and marking period."""

    compared: int = 0
    differences: tuple[Difference, ...] = ()
    assumed: tuple[Assumed, ...] = ()
    unweighted_seen: bool = field(default=False)
    """What Schoology does without weights was settled by the averages that it reports."""

    @property
    def state(self) -> ParityState:
        """Nothing to compare, all equal, or some different."""
        if not self.compared:
            return ParityState.NOTHING
        return ParityState.DIFFERENT if self.differences else ParityState.EQUAL

    @property
    def reasons(self) -> list[tuple[Reason, int]]:
        """Each reason with the number of averages that it explains, the most frequent first."""
        return Counter(finding.reason for each in self.differences for finding in each.findings).most_common()
