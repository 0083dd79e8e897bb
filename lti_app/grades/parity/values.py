"""What a comparison of both gradebooks takes and gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from lti_app.school.average_codes import Assumed, Cause
from lti_app.school.gradebook import (
    Assignment,
    GradebookSettings,
    GradeCategory,
    GradedItem,
    SchoologyGrades,
    SisAverage,
    SisScore,
)
from lti_app.school.reasons import Reason


class Action(StrEnum):
    """What a button beside a fix does."""

    NONE = ""
    SYNC = "sync"
    USE_OURS = "use_ours"
    OPT_IN = "opt_in"
    MATCH = "match"
    LOOK = "look"
    """Open the Sync tab, where the teacher decides."""


@dataclass(frozen=True)
class Student:
    """A student of the section; `student_id` is empty for someone who is not in the SIS section."""

    student_id: str
    enrollment_id: str
    name: str


@dataclass(frozen=True)
class Period:
    """A term of the section in local days, both included, with the grading period mapped to it."""

    term: str
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
    decided: frozenset[tuple[str, str]] = frozenset()
    """(item, SIS id of a student) of scores that the SIS keeps by a person's decision."""
    not_sent: frozenset[str] = frozenset()
    """Exceptions of Schoology for which the district sends nothing."""
    waiting: frozenset[tuple[str, str]] = frozenset()
    """(item, student) of scores that a sync doesn't send as they are: someone has to decide or correct
    something first. With an empty student it's the whole item."""


@dataclass(frozen=True)
class Finding:
    """One reason for a difference, with what to do about it; `about` names items or categories."""

    reason: Cause
    about: tuple[str, ...]
    why: Reason
    fix: Reason
    """What is said, and whose fix it has, as codes of lti_app.school.average_codes."""
    assumed: Assumed | None = None
    action: Action = Action.NONE
    items: tuple[str, ...] = ()
    """The Schoology items that the action is about."""


@dataclass(frozen=True)
class Difference:
    """A student whose averages differ in a term. Averages in percent, None where there is none.

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
    """The comparison of a section: every average counts once for each student and term."""

    compared: int = 0
    differences: tuple[Difference, ...] = ()
    assumed: tuple[Assumed, ...] = ()
    unweighted_seen: bool = field(default=False)
    """What Schoology does without weights was settled by the averages that it reports."""
    missing_counts: bool = True
    """Missing work counts as zero in Schoology, as far as the averages that it reports tell."""

    @property
    def state(self) -> ParityState:
        """Nothing to compare, all equal, or some different."""
        if not self.compared:
            return ParityState.NOTHING
        return ParityState.DIFFERENT if self.differences else ParityState.EQUAL

    @property
    def reasons(self) -> list[tuple[Cause, int]]:
        """Each reason with the number of averages that it explains, the most frequent first."""
        return Counter(finding.reason for each in self.differences for finding in each.findings).most_common()


def shared_findings(differences: Sequence[Difference]) -> list[tuple[Finding, int]]:
    """The findings that several averages have in common, with how many have them, most first.

    One whose action is about the student's own score is told at each student.
    """
    counts = Counter(each for difference in differences for each in set(difference.findings))
    return [(each, n) for each, n in counts.most_common() if n > 1 and each.action != Action.USE_OURS]
