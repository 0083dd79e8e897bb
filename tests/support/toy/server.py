"""The toy's far end, in memory: opaque ids, one term for all schools, ids of its own for what it is sent.

It knows no weights, no averages and no totals, and takes whole points and titles of forty characters.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

LONGEST_TITLE = 40
PER_PAGE = 2


class Down(Exception):
    """It does not answer."""


class NotAllowed(Exception):
    """It answers, and does not let us."""


class No(Exception):
    """It refuses one thing; the message is a code."""


@dataclass
class Work:
    """An assignment as the toy keeps it."""

    id: str
    title: str
    points: int
    due: date
    category: str
    text: str = ""


@dataclass
class Result:
    """A score as the toy keeps it; `status` is graded or exempt."""

    id: str
    student: str
    score: str = ""
    status: str = "graded"
    comment: str = ""


@dataclass
class ToyServer:
    """`classes`: class → its students. `records`: what the rosters are made from, by kind."""

    classes: dict[str, list[str]] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=lambda: {"cat:1/α": "Everything", "cat:2/β": "Tests"})
    works: dict[str, dict[str, Work]] = field(default_factory=dict)
    results: dict[str, dict[str, Result]] = field(default_factory=dict)
    records: dict[str, list[Any]] = field(default_factory=dict)
    down: bool = False
    forbidden: bool = False
    """Its gradebook is; rosters are not."""
    moving: bool = False
    """Its lists change while they are read."""
    no_second_look: set[str] = field(default_factory=set)
    """Lists that it shows once only, so that nothing proves that they came whole."""
    after_page: Callable[[str], None] | None = None
    """Called with the name of a list after each page of it that was sent."""
    calls: list[str] = field(default_factory=list)
    _given: dict[tuple[str, str], str] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def call(self, name: str) -> None:
        """Every request begins here."""
        self.calls.append(name)
        if self.down:
            raise Down
        if self.forbidden and name not in self.records:
            raise NotAllowed

    def page(self, name: str, column: str, key: str, start: int) -> tuple[list[dict[str, Any]], bool]:
        """Rows of a list from a place on, and whether there are more; with a key only those that have it."""
        rows = self._rows(name, column, key)
        found = rows[start : start + PER_PAGE]
        if self.after_page is not None:
            self.after_page(name)
        return found, start + PER_PAGE < len(rows)

    def ids(self, name: str, column: str, key: str) -> list[str]:
        """The ids of a list as it is now."""
        return [each["id"] for each in self._rows(name, column, key)]

    def _rows(self, name: str, column: str, key: str) -> list[dict[str, Any]]:
        return [each for each in self.records[name] if not key or each[column] == key]

    def students(self, class_id: str) -> list[str]:
        """Who sits in a class."""
        if class_id not in self.classes:
            raise No("SECTION_UNKNOWN")
        return self.classes[class_id]

    def put_work(self, class_id: str, wanted: str, given: str, work: Work) -> str:
        """Make or change an assignment under the id that it was given; one that was not given any is known by
        the id that the sender wanted, which no list tells."""
        self.students(class_id)
        if len(work.title) > LONGEST_TITLE:
            raise No("TITLE_TOO_LONG")
        if work.category not in self.categories:
            raise No("CATEGORY_UNKNOWN")
        own = self.works.setdefault(class_id, {})
        known = given if given in own else self._given.get((class_id, wanted), "")
        work.id = known if known in own else f"work:{next(self._numbers)}/ü"
        self._given[class_id, wanted] = work.id
        own[work.id] = work
        return work.id

    def put_result(self, class_id: str, work_id: str, result: Result) -> str:
        """Set one score; its id."""
        if work_id not in self.works.get(class_id, {}):
            raise No("ASSIGNMENT_UNKNOWN")
        if result.student not in self.students(class_id):
            raise No("STUDENT_NOT_IN_SECTION")
        own = self.results.setdefault(work_id, {})
        there = next((each for each in own.values() if each.student == result.student), None)
        result.id = there.id if there else f"result:{next(self._numbers)}"
        own[result.id] = result
        return result.id

    def delete_result(self, work_id: str, result_id: str) -> None:
        """Clear one score by the id that it was given."""
        if self.results.get(work_id, {}).pop(result_id, None) is None:
            raise No("RESULT_UNKNOWN")

    def delete_work(self, class_id: str, work_id: str) -> bool:
        """Remove an assignment with its scores."""
        self.results.pop(work_id, None)
        return self.works.get(class_id, {}).pop(work_id, None) is not None
