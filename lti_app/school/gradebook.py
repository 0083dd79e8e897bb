"""Values of both gradebooks, free of any vendor's spelling; every number is a Decimal, every day a local day.

What Schoology has: categories, graded items, grades by enrollment. What the SIS has: settings of a section's
gradebook, assignments keyed by the Schoology item's id, scores by student.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from lti_app.school.average_codes import Untold
from lti_app.school.reasons import NO_REASON, Reason


class ScoreException(StrEnum):
    """What Schoology says instead of a score (REST API v1, grade object: `exception` 0 to 3)."""

    NONE = ""
    EXCUSED = "excused"
    INCOMPLETE = "incomplete"
    MISSING = "missing"
    UNKNOWN = "unknown"
    """A code that the app does not know; it is never taken for zero."""


class ScoreFlag(StrEnum):
    """What the SIS says of a score besides its number, where it has flags of its own instead of marks."""

    NONE = ""
    EXEMPT = "exempt"
    """Left out of the average; there is no number."""
    MISSING = "missing"


class Calculation(StrEnum):
    """How a Schoology category averages its items."""

    PERCENT = "percent"
    TOTAL_POINTS = "total_points"


@dataclass(frozen=True)
class GradeCategory:
    """A grading category of a Schoology section; `weight` in percent, None while weighting is off."""

    id: str
    title: str
    calculation: Calculation = Calculation.TOTAL_POINTS
    weight: Decimal | None = None
    drop_lowest: int = 0


@dataclass(frozen=True)
class SectionGrading:
    """What a Schoology section says of itself: whether categories are weighted, whether it is archived."""

    weighted: bool
    archived: bool = False


@dataclass(frozen=True)
class GradedItem:
    """Anything with a score in Schoology. `due` is the local moment as Schoology writes it, None without one.

    `category_id` is empty for an item without a category; `scale_id` is empty or "0" for numbers.
    """

    id: str
    title: str
    kind: str
    category_id: str
    max_points: Decimal | None
    factor: Decimal
    due: datetime | None
    published: bool = True
    counts: bool = True
    scale_id: str = ""
    period_id: str = ""
    description: str = ""
    last_updated: int = 0
    collected_only: bool = False
    """It is collected and not graded."""
    is_final: bool = False
    """A midterm or final, which Schoology counts by itself in the course grade."""
    auto_publish: bool = True
    """Students see each score as soon as it is entered."""
    assignees: frozenset[str] | None = None
    """The enrollments that it is for; None for everyone."""
    groups: tuple[str, ...] = ()
    """The grading groups that it is for, as long as their members are not among `assignees`."""
    unreadable: tuple[str, ...] = ()
    """What of it is text that can't be read: names of fields as people know them."""


@dataclass(frozen=True)
class Grade:
    """One student's grade of one item in Schoology; `score` is None while there is none."""

    item_id: str
    enrollment_id: str
    score: Decimal | None
    exception: ScoreException = ScoreException.NONE
    comment: str = ""
    timestamp: int = 0
    letter: str = ""
    """A score that came as a word of the item's scale instead of a number."""


@dataclass(frozen=True)
class Seat:
    """An active student of a Schoology section; `school_uid` may be empty for people made by hand."""

    enrollment_id: str
    uid: str
    school_uid: str
    name: str


@dataclass(frozen=True)
class GradeScale:
    """A grading scale: its letters with the percentage that each stands for; none for a plain number."""

    id: str
    title: str
    levels: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True)
class SisCategory:
    """A category of one session of the SIS gradebook; it may be used in its terms only.

    `weight` in percent, how many of the lowest scores are dropped, and whether missing work is left out are
    None where the SIS does not tell, which is never zero.
    """

    session: int
    code: str
    category_id: str
    name: str
    terms: tuple[str, ...]
    weight: Decimal | None = None
    drop_lowest: int | None = None
    exclude_missing: bool | None = None


@dataclass(frozen=True)
class SchoolMark:
    """A mark of a school that is a word: it excludes the work, or stands for a percentage."""

    code: str
    name: str
    exclude: bool
    percent: Decimal | None = None


@dataclass(frozen=True)
class GradebookSettings:
    """How the SIS gradebook of a section counts; None where the SIS does not tell.

    `total_points`: there are no weights. `truncates`: averages are cut off, not rounded. `calculation`: how
    the items of one category are averaged.
    """

    section_key: str
    total_points: bool | None
    truncates: bool | None
    categories: tuple[SisCategory, ...]
    marks: tuple[SchoolMark, ...] = ()
    calculation: Calculation | None = None

    @property
    def untold(self) -> tuple[Untold, ...]:
        """What the SIS does not tell of how it counts."""
        kept = self.categories
        unknown = {
            Untold.AVERAGING: self.total_points is None,
            Untold.WEIGHTS: not self.total_points and any(each.weight is None for each in kept),
            Untold.ITEMS: self.calculation is None,
            Untold.DROPS: any(each.drop_lowest is None for each in kept),
            Untold.MISSING: any(each.exclude_missing is None for each in kept),
            Untold.ROUNDING: self.truncates is None,
        }
        return tuple(each for each, is_so in unknown.items() if is_so)


@dataclass(frozen=True)
class Assignment:
    """An assignment of the SIS gradebook; `item_id` is the Schoology item that it was made from."""

    session: int
    item_id: str
    category: str
    title: str
    points: Decimal
    weight: Decimal | None
    """None where the SIS has no weight for a single assignment."""
    due: date
    assigned: date | None = None
    detail: str = ""
    published: bool = True
    number: str = ""
    unreadable: Reason = NO_REASON
    """What of the SIS's row cannot be read; its other values then stand for nothing."""


@dataclass(frozen=True)
class AssignmentRef:
    """Names an assignment for a write by both ids: the Schoology item's, and the one that the SIS gave.

    `sis_id` is empty while the SIS has given none.
    """

    section_key: str
    session: int
    item_id: str
    sis_id: str = ""


@dataclass(frozen=True)
class SisScore:
    """A student's score of one assignment: a number, a mark of the school, a flag, or none of these (blank).

    A flag MISSING may stand beside a number; EXEMPT and a mark stand alone.
    """

    student_id: str
    score: Decimal | None = None
    mark: str = ""
    comment: str = ""
    unreadable: Reason = NO_REASON
    """What the SIS has here and no one can read; it is neither a number nor blank."""
    sis_id: str = ""
    """The id that the SIS gave this score, where it gives one."""
    flag: ScoreFlag = ScoreFlag.NONE


@dataclass(frozen=True)
class SisAverage:
    """What the SIS itself says a student's average of a term is."""

    student_id: str
    term: str
    average: Decimal | None


ScoresByAssignment = Mapping[tuple[int, str], tuple[SisScore, ...]]
"""(session, number of the assignment) → what the SIS has."""


@dataclass(frozen=True)
class ScoreOutcome:
    """What the SIS said of one score; `words` holds its reason where it refused."""

    student_id: str
    ok: bool
    code: str = ""
    words: str = ""


@dataclass(frozen=True)
class SchoologyGrades:
    """The grades of a section, with the overall averages that Schoology reports by enrollment."""

    grades: tuple[Grade, ...]
    averages: dict[str, Decimal | None] = field(default_factory=dict)
