"""Scores that teachers type into Schoology while something is measured, and when the SIS has each."""

from __future__ import annotations

import threading
import time
from typing import Any

from lti_app.sandbox.schoology import gradebook
from lti_app.sandbox.schoology.store import SchoologyStore

PATIENCE = 60.0
DUE = "2026-11-19 23:59:00"


class TypedScores:
    """Lives in the process of the sandboxes; both gradebooks are at hand without a request."""

    def __init__(self, store: SchoologyStore, sis: Any) -> None:
        self._store, self._sis = store, sis
        self._items: dict[int, Any] = {}
        self._scores = 0

    def set_up(self, section_id: int, key: int) -> tuple[str, str] | None:
        """A category and an item: both systems' categories, or None for a course that does not do."""
        seats = self._seats(section_id)
        if not seats or not self._sis.settings(key).categories:
            return None
        there = self._sis.settings(key).categories[0]
        made = gradebook.add_category(self._store, section_id, there.description)
        self._items[section_id] = gradebook.add_item(
            self._store, section_id, "Quiz", due=DUE, max_points="100", grading_category=made.id
        )
        return str(made.id), there.code

    def type_and_wait(self, section_id: int, key: int) -> float:
        """Seconds from the save until the SIS has the score; PATIENCE when it never came."""
        self._scores += 1
        wanted, item = self._scores % 100, self._items[section_id]
        seat = self._seats(section_id)[0]
        grade = gradebook.set_grade(self._store, item.id, seat.id, grade=wanted)
        began = time.perf_counter()
        gradebook.grades_saved(self._store, section_id, [grade])
        pause = threading.Event()
        while time.perf_counter() - began < PATIENCE:
            if any(
                made.schoology_id == str(item.id) and score.score == wanted
                for made, score in self._sis.scores(key)
            ):
                return time.perf_counter() - began
            pause.wait(0.01)
        return PATIENCE

    def _seats(self, section_id: int) -> list[Any]:
        return [each for each in self._store.members(section_id) if not each.admin]
