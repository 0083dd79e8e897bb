"""Schoology as a live job sees it: one request answers for the section, the rest goes to the real one."""

from __future__ import annotations

from typing import cast

from lti_app.grades.context import NoGrades
from lti_app.grades.live.kept import Kept, merged
from lti_app.grades.read import COURSE_GONE
from lti_app.outbound.errors import OutboundError
from lti_app.school.gradebook import (
    GradeCategory,
    GradedItem,
    GradeScale,
    SchoologyGrades,
    Seat,
    SectionGrading,
)
from lti_app.schoology.port import Schoology, SectionBook


class Reader:
    """The reading half of a gradebook, already read; categories and scales are asked for when wanted."""

    def __init__(self, far: Schoology, book: SectionBook) -> None:
        self._far, self._book = far, book

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
        return self._far.grade_categories(section_id)

    def grade_scales(self, section_id: str) -> list[GradeScale]:
        """Nor these."""
        return self._far.grade_scales(section_id)


def read(far: Schoology, section_id: str, kept: Kept) -> tuple[Kept, Schoology]:
    """What is kept by now, and a Schoology that answers from it. Raises NoGrades, OutboundError."""
    book = far.books({section_id: kept.since})[section_id]
    if isinstance(book, OutboundError):
        raise book
    if book is None:
        raise NoGrades(COURSE_GONE)
    fresh, whole = merged(kept, book)
    if kept.since and fresh.items != kept.items:
        # An item that was a draft comes with scores that are older than what is read of the others.
        return read(far, section_id, Kept())
    return fresh, cast(Schoology, Reader(far, whole))
