"""Schoology's gradebook of a section as it was last dealt with, so that only what changed is read. Pure.

Grades are read since the newest moment that was seen, less an overlap, and laid over those that are kept;
items and students are always read whole, for what was deleted shows only by its absence.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, cast

from lti_app.grades.rows.section import NoGrades
from lti_app.outbound.errors import OutboundError
from lti_app.school.course_codes import CourseCode
from lti_app.school.gradebook import (
    Grade,
    GradeCategory,
    GradedItem,
    GradeScale,
    SchoologyGrades,
    ScoreException,
    Seat,
    SectionGrading,
)
from lti_app.school.gradebook_json import decimal, to_json
from lti_app.school.reasons import because
from lti_app.schoology.port import Schoology, SectionBook

OVERLAP = 300
"""Seconds: moments are those of Schoology's clock, and a save may show up a little late."""


@dataclass(frozen=True)
class Kept:
    """`items`: a digest of all items. `grades`: (item, enrollment) → grade, without those never given.
    `seats`: the enrollments, None where they are not known. `at`: Schoology's own time of the last look."""

    items: str = ""
    grades: dict[tuple[str, str], Grade] | None = None
    averages: dict[str, Decimal | None] | None = None
    seats: frozenset[str] | None = None
    at: int = 0

    @property
    def since(self) -> int:
        """The moment since which grades have to be read; 0 for all of them. A stamp that lies in Schoology's
        future says nothing of what was changed before it."""
        newest = max((each.timestamp for each in (self.grades or {}).values()), default=0)
        return max(0, (min(newest, self.at) if self.at else newest) - OVERLAP)

    def joined(self, book: SectionBook) -> bool:
        """Whether someone is in the course who was not: their grades may be older than what is read."""
        return self.seats is not None and not {each.enrollment_id for each in book.seats} <= self.seats

    def dump(self) -> str:
        """What the database should hold."""
        rows = [_row(each) for each in (self.grades or {}).values()]
        seats = None if self.seats is None else sorted(self.seats)
        averages = to_json(self.averages or {})
        kept = {"items": self.items, "grades": rows, "averages": averages, "seats": seats, "at": self.at}
        text = json.dumps(kept)
        return base64.b85encode(zlib.compress(text.encode())).decode()

    @classmethod
    def load(cls, stored: str) -> Kept:
        """What the database holds; blank for nothing."""
        if not stored:
            return cls()
        found = json.loads(zlib.decompress(base64.b85decode(stored)))
        grades = [_grade(row) for row in found["grades"]]
        return cls(
            found["items"],
            {(each.item_id, each.enrollment_id): each for each in grades},
            {seat: decimal(text) for seat, text in found["averages"].items()},
            None if found.get("seats") is None else frozenset(found["seats"]),
            int(found.get("at", 0)),
        )


def merged(kept: Kept, book: SectionBook) -> tuple[Kept, SectionBook]:
    """What there is now: the answer laid over what is kept; and the book with all of its grades."""
    there = {each.id for each in book.items}
    cells = {key: each for key, each in (kept.grades or {}).items() if key[0] in there}
    cells |= {(each.item_id, each.enrollment_id): each for each in book.grades.grades}
    averages = {**(kept.averages or {}), **book.grades.averages}
    # A blank cell without a stamp is told too: it may be one that was cleared.
    whole = replace(book, grades=SchoologyGrades(tuple(cells.values()), averages))
    grades = {key: each for key, each in cells.items() if each.timestamp or _says(each)}
    seats = frozenset(each.enrollment_id for each in book.seats)
    return Kept(_digest(book.items), grades, averages, seats, book.now), whole


def differ(one: Kept, other: Kept) -> bool:
    """Whether there is anything in one that the other does not know."""
    return one.items != other.items or _values(one) != _values(other)


def _values(kept: Kept) -> dict[tuple[str, str], tuple[object, ...]]:
    return {
        key: (each.score, each.exception, each.comment, each.letter)
        for key, each in (kept.grades or {}).items()
        if _says(each)
    }


def _says(each: Grade) -> bool:
    return (
        each.score is not None or each.exception != ScoreException.NONE or bool(each.comment or each.letter)
    )


def _digest(items: Iterable[GradedItem]) -> str:
    rows = sorted(json.dumps(to_json(replace(each, last_updated=0)), sort_keys=True) for each in items)
    return hashlib.blake2b("\n".join(rows).encode(), digest_size=16).hexdigest()


def _row(each: Grade) -> list[Any]:
    score = None if each.score is None else str(each.score)
    return [
        each.item_id,
        each.enrollment_id,
        score,
        str(each.exception),
        each.comment,
        each.timestamp,
        each.letter,
    ]


def _grade(row: list[Any]) -> Grade:
    item_id, enrollment_id, score, exception, comment, timestamp, letter = row
    return Grade(
        item_id, enrollment_id, decimal(score), ScoreException(exception), comment, timestamp, letter
    )


class Reader:
    """The reading half of a gradebook, already read; categories and scales are asked for when wanted."""

    def __init__(self, schoology: Schoology, book: SectionBook) -> None:
        self._schoology, self._book = schoology, book

    def section_grading(self, section_id: str) -> SectionGrading:  # noqa: ARG002 - the port's shape
        """What the section says of itself."""
        return self._book.grading

    def graded_items(self, section_id: str) -> list[GradedItem]:  # noqa: ARG002
        """Every item."""
        return list(self._book.items)

    def seats(self, section_id: str) -> list[Seat]:  # noqa: ARG002
        """The students."""
        return list(self._book.seats)

    def grades(self, section_id: str, since: int = 0) -> SchoologyGrades:  # noqa: ARG002
        """Every grade."""
        return self._book.grades

    def grade_categories(self, section_id: str) -> list[GradeCategory]:
        """Multiget does not serve them."""
        return self._schoology.grade_categories(section_id)

    def grade_scales(self, section_id: str) -> list[GradeScale]:
        """Nor these."""
        return self._schoology.grade_scales(section_id)


def read(schoology: Schoology, section_id: str, kept: Kept) -> tuple[Kept, Schoology]:
    """What is kept by now, and a Schoology that answers from it. Raises NoGrades, OutboundError."""
    book = schoology.books({section_id: kept.since})[section_id]
    if isinstance(book, OutboundError):
        raise book
    if book is None:
        raise NoGrades(because(CourseCode.GRADES_COURSE_GONE))
    fresh, whole = merged(kept, book)
    if kept.since and (fresh.items != kept.items or kept.joined(book)):
        # An item that was a draft, or someone new in the course, comes with scores that are older than what
        # is read of the others.
        return read(schoology, section_id, Kept())
    return fresh, cast(Schoology, Reader(schoology, whole))
