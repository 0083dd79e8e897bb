"""One small description of a gradebook, laid out for the app and for both sandboxes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace

from lti_app.grades.parity.compare import Matching, Period, SchoologyBook, SisBook, Student
from lti_app.sandbox.schoology import averages as schoology_averages
from lti_app.sandbox.schoology import objects
from lti_app.sandbox.sis import averages as sis_averages
from lti_app.school.gradebook import (
    Assignment,
    Calculation,
    Grade,
    GradebookSettings,
    GradeCategory,
    GradedItem,
    SchoolMark,
    SchoologyGrades,
    ScoreException,
    SisCategory,
    SisScore,
)

TODAY = date(2026, 11, 23)
FIRST = Period("M1", "First quarter", date(2026, 8, 24), date(2026, 10, 30), "501")
SECOND = Period("M2", "Second quarter", date(2026, 11, 2), date(2027, 1, 22), "502")
PERIODS = (FIRST, SECOND)
PAST = date(2026, 11, 9)
EXCUSED, INCOMPLETE, MISSING = ScoreException.EXCUSED, ScoreException.INCOMPLETE, ScoreException.MISSING
MARKS = (
    SchoolMark("EX", "Excused", True),
    SchoolMark("INC", "Incomplete", True),
    SchoolMark("M", "Missing", False, Decimal(0)),
    SchoolMark("P", "Pass", False, Decimal(100)),
)
_MARK_OF = {EXCUSED: "EX", INCOMPLETE: "INC", MISSING: "M"}
_CODE_OF = {EXCUSED: 1, INCOMPLETE: 2, MISSING: 3}
Result = Decimal | ScoreException | None
"""A score, an exception, or nothing yet."""


@dataclass(frozen=True)
class Cat:
    """A category, the same on both sides."""

    code: str = "HW"
    weight: Decimal = Decimal(1)
    drop: int = 0
    percent: bool = False
    exclude_missing: bool = True


@dataclass(frozen=True)
class Piece:
    """An item with the results of each student in turn; the factor is the weight in the SIS."""

    results: tuple[Result, ...]
    points: Decimal = Decimal(10)
    code: str = "HW"
    factor: Decimal = Decimal(1)
    due: date = PAST
    kind: str = "assignment"


@dataclass(frozen=True)
class Book:
    """A gradebook in which both sides have the same; without weights there is total points in the SIS."""

    pieces: tuple[Piece, ...]
    categories: tuple[Cat, ...] = (Cat(),)
    weighted: bool = False
    truncates: bool = False

    @property
    def students(self) -> tuple[Student, ...]:
        count = max((len(piece.results) for piece in self.pieces), default=1)
        return tuple(Student(f"S{n}", f"E{n}", f"Student {n}") for n in range(count))


@dataclass
class Sides:
    """Both gradebooks as the app reads them, open to changes by a test."""

    categories: list[GradeCategory]
    items: list[GradedItem]
    grades: list[Grade]
    settings: GradebookSettings
    assignments: list[Assignment]
    scores: dict[tuple[int, str], tuple[SisScore, ...]]
    students: tuple[Student, ...]
    category_map: dict[str, str]
    averages: dict[str, Decimal | None] = field(default_factory=dict)
    opted_out: frozenset[str] = frozenset()
    periods: tuple[Period, ...] = PERIODS

    def inputs(self) -> tuple[SchoologyBook, SisBook, Matching]:
        """What `compare` takes."""
        grades = SchoologyGrades(tuple(self.grades), self.averages)
        return (
            SchoologyBook(tuple(self.categories), tuple(self.items), grades),
            SisBook(self.settings, tuple(self.assignments), self.scores),
            Matching(self.students, self.periods, self.category_map, TODAY, self.opted_out),
        )


def both_sides(book: Book) -> Sides:
    """The book with everything synced."""
    return Sides(
        [_category(cat, book.weighted) for cat in book.categories],
        [_item(number, piece) for number, piece in enumerate(book.pieces)],
        [grade for number, piece in enumerate(book.pieces) for grade in _grades(number, piece)],
        GradebookSettings(
            "4711",
            not book.weighted,
            book.truncates,
            tuple(_sis_category(cat, number) for number, cat in enumerate(book.categories)),
            MARKS,
            Calculation.TOTAL_POINTS,
        ),
        [_assignment(number, piece) for number, piece in enumerate(book.pieces)],
        {(1, str(number + 1)): _scores(piece) for number, piece in enumerate(book.pieces)},
        book.students,
        {f"C-{cat.code}": cat.code for cat in book.categories},
    )


def schoology_says(book: Book, student: int = 0) -> Decimal | None:
    """The average by the sandbox Schoology."""
    ids = {cat.code: number for number, cat in enumerate(book.categories, 1)}
    store = SimpleNamespace(
        sections={1: SimpleNamespace(weighted_grading_categories=int(book.weighted), missing_counts=1)},
        categories={
            ids[cat.code]: objects.GradingCategory(
                ids[cat.code], 1, cat.code, 1 if cat.percent else 2, float(cat.weight), cat.drop
            )
            for cat in book.categories
        },
        items_of={1: list(range(len(book.pieces)))},
        items={
            number: objects.Item(
                number,
                1,
                f"Work {number}",
                piece.kind,
                grading_category=ids[piece.code],
                max_points=str(piece.points),
                factor=str(piece.factor),
            )
            for number, piece in enumerate(book.pieces)
        },
        grades={
            (student, number): _sandbox_grade(student, number, piece.results[student])
            for number, piece in enumerate(book.pieces)
        },
    )
    return schoology_averages.average(store, 1, student)


def sis_says(book: Book, student: int = 0) -> Decimal | None:
    """The average by the sandbox SIS."""
    marks = {each.code: sis_averages.AlphaMark(each.code, "", each.exclude, each.percent) for each in MARKS}
    work = []
    for piece in book.pieces:
        result = piece.results[student]
        is_mark = isinstance(result, ScoreException)
        work.append(
            sis_averages.Work(
                piece.code,
                piece.points,
                piece.factor,
                piece.due,
                None if is_mark else result,
                marks[_MARK_OF[result]] if is_mark else None,
            )
        )
    categories = [
        sis_averages.Category(
            1, cat.code, 1, cat.code, ("M1", "M2"), cat.weight, cat.drop, cat.exclude_missing
        )
        for cat in book.categories
    ]
    return sis_averages.average(work, categories, TODAY, by_weight=book.weighted, cut_off=book.truncates)


def _category(cat: Cat, weighted: bool) -> GradeCategory:
    calculation = Calculation.PERCENT if cat.percent else Calculation.TOTAL_POINTS
    return GradeCategory(
        f"C-{cat.code}", f"{cat.code} work", calculation, cat.weight if weighted else None, cat.drop
    )


def _sis_category(cat: Cat, number: int) -> SisCategory:
    return SisCategory(
        1, cat.code, str(number), cat.code, ("M1", "M2"), cat.weight, cat.drop, cat.exclude_missing
    )


def _item(number: int, piece: Piece) -> GradedItem:
    due = datetime(piece.due.year, piece.due.month, piece.due.day, 23, 59)  # noqa: DTZ001  local, as written
    return GradedItem(
        f"7{number}", f"Work {number}", piece.kind, f"C-{piece.code}", piece.points, piece.factor, due
    )


def _grades(number: int, piece: Piece) -> list[Grade]:
    return [
        Grade(f"7{number}", f"E{student}", None, result)
        if isinstance(result, ScoreException)
        else Grade(f"7{number}", f"E{student}", result)
        for student, result in enumerate(piece.results)
    ]


def _assignment(number: int, piece: Piece) -> Assignment:
    title = f"Work {number}"
    return Assignment(
        1, f"7{number}", piece.code, title, piece.points, piece.factor, piece.due, number=str(number + 1)
    )


def _scores(piece: Piece) -> tuple[SisScore, ...]:
    return tuple(
        SisScore(f"S{student}", mark=_MARK_OF[result])
        if isinstance(result, ScoreException)
        else SisScore(f"S{student}", result)
        for student, result in enumerate(piece.results)
        if result is not None
    )


def _sandbox_grade(student: int, number: int, result: Result) -> objects.Grade:
    if isinstance(result, ScoreException):
        return objects.Grade(student, number, None, _CODE_OF[result])
    return objects.Grade(student, number, None if result is None else float(result))
