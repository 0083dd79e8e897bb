"""Work that is known and not sent by itself: the backlog of before, and what the SIS refused. Pure.

As the database holds it: {"items": {item: fingerprint}, "scores": {item: {student: text}}, "over": number}.
A line stands in it as long as Schoology says the same; once it says something else, that is a new change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field, replace
from typing import Any

from lti_app.grades.assess import ItemWork
from lti_app.grades.read import Both
from lti_app.grades.rows.items import ERROR, NOT_YET, Book
from lti_app.grades.rules.compare import ScoreLine, fingerprint, is_blank, text_of
from lti_app.grades.rules.held import Held, pairs

RELEASED = "released"
"""The key of a backlog that was released before the first job of its course settled what it is."""


@dataclass
class Waiting:
    """`over`: how many of the scores would overwrite something that somebody entered in the SIS. `deletes`:
    items that the SIS refused to delete."""

    items: dict[str, str] = field(default_factory=dict)
    scores: dict[str, dict[str, str]] = field(default_factory=dict)
    over: int = 0
    deletes: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, stored: dict[str, Any]) -> Waiting:
        """What the database holds."""
        scores = {item: dict(students) for item, students in stored.get("scores", {}).items()}
        over, deletes = int(stored.get("over", 0)), list(stored.get("deletes", []))
        return cls(dict(stored.get("items", {})), scores, over, deletes)

    def dump(self) -> dict[str, Any]:
        """What the database should hold; blank for nothing."""
        scores = {item: students for item, students in self.scores.items() if students}
        if not self.items and not scores and not self.deletes:
            return {}
        found = {"items": self.items, "scores": scores, "over": min(self.over, self.count)}
        return {**found, "deletes": self.deletes} if self.deletes else found

    @property
    def count(self) -> int:
        """How many scores wait."""
        return sum(len(students) for students in self.scores.values())

    def add(self, works: Iterable[ItemWork], is_old: Callable[[ItemWork, ScoreLine | None], bool]) -> None:
        """Let everything wait that is to be sent and is old; without a line, the item itself is meant."""
        for work in works:
            if work.send_assignment and work.judged.assignment and is_old(work, None):
                self.items[work.item_id] = fingerprint(work.judged.assignment)
            for line in work.sends:
                known = self.scores.setdefault(work.item_id, {})
                if is_old(work, line):
                    self.over += line.overwrites and line.student_id not in known
                    known[line.student_id] = text_of(line.desired)

    def release_changed(self, works: Iterable[ItemWork]) -> None:
        """Items that were refused as a whole and read otherwise by now: their scores go with them."""
        for work in works:
            desired, known = work.judged.assignment, self.items.get(work.item_id)
            if known is not None and desired is not None and known != fingerprint(desired):
                self.forget(work.item_id)

    def forget(self, item_id: str) -> None:
        """Let an item and its scores go."""
        self.items.pop(item_id, None)
        self.scores.pop(item_id, None)

    def forget_changed(self, works: Iterable[ItemWork]) -> None:
        """Forget what was sent in the meantime, and what Schoology says otherwise by now."""
        items: dict[str, str] = {}
        scores: dict[str, dict[str, str]] = {}
        for work in works:
            if work.judged.assignment is None or self._item_waits(work):
                items |= {each: text for each, text in self.items.items() if each == work.item_id}
            kept = {line.student_id: text_of(line.desired) for line in work.sends if self._waits(line)}
            if work.judged.assignment is None:
                kept = self.scores.get(work.item_id, {})
            if kept:
                scores[work.item_id] = kept
        self.items, self.scores = items, scores

    def without(self, work: ItemWork) -> ItemWork:
        """An item with only what does not wait. A score that goes takes its item along."""
        lines = tuple(each for each in work.lines if not self._waits(each))
        left = replace(work, lines=lines)
        if self._item_waits(work) and not (left.sends and work.there is None):
            return replace(left, send_assignment=False)
        return left

    def _item_waits(self, work: ItemWork) -> bool:
        desired = work.judged.assignment
        known = self.items.get(work.item_id)
        return work.send_assignment and desired is not None and known == fingerprint(desired)

    def _waits(self, line: ScoreLine) -> bool:
        return self.scores.get(line.item_id, {}).get(line.student_id) == text_of(line.desired)


def narrowing(
    backlog: Waiting, refused: Waiting, held: Held, kept: Set[tuple[str, str]]
) -> Callable[[ItemWork], ItemWork | None]:
    """`kept`: (item, student) that a person has just decided to keep as the SIS has them."""
    waiting = kept | set(pairs(held.clear))

    def narrow(work: ItemWork) -> ItemWork | None:
        if work.judged.assignment is None:
            return None
        left = refused.without(backlog.without(work))
        lines = tuple(each for each in left.sends if (each.item_id, each.student_id) not in waiting)
        return replace(left, lines=lines) if lines or left.send_assignment else None

    return narrow


def clears_score(line: ScoreLine) -> bool:
    """Whether a score is taken away from somebody who has one in the SIS."""
    return is_blank(text_of(line.desired)) and not is_blank(text_of(line.before))


def has_failed(book: Book, work: ItemWork, line: ScoreLine | None) -> bool:
    """Whether the SIS refused the item, or the score."""
    state = book.items[work.item_id]
    scores = book.scores_of(work.item_id)
    if line is None:
        desired = work.judged.assignment
        return state.status == ERROR and desired is not None and state.fingerprint != fingerprint(desired)
    row = scores.get(line.student_id)
    had_no_turn = row is None or row.status == NOT_YET
    return (row is not None and row.status == ERROR) or (state.status == ERROR and had_no_turn)


def everything(_work: ItemWork, _line: ScoreLine | None) -> bool:
    """All of it is old."""
    return True


def older_than(since: int, both: Both) -> Callable[[ItemWork, ScoreLine | None], bool]:
    """Whether Schoology says that something was changed before a moment."""
    seats = {student: seat for seat, student in both.schoology.students.items()}
    moments = {(each.item_id, each.enrollment_id): each.timestamp for each in both.schoology.grades.grades}

    def is_old(work: ItemWork, line: ScoreLine | None) -> bool:
        if line is None:
            return work.judged.item.last_updated < since
        return moments.get((line.item_id, seats.get(line.student_id, "")), 0) < since

    return is_old
