"""Work that is known and not sent by itself: the backlog of before, and what the SIS refused. Pure.

As the database holds it: {"items": {item: fingerprint}, "scores": {item: {student: text}}, "over": number}.
A line stands in it as long as Schoology says the same; once it says something else, that is a new change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from lti_app.grades.rules import shown
from lti_app.grades.rules.compare import ScoreLine, fingerprint, text_of
from lti_app.grades.rules.work import ItemWork

RELEASED = "released"
"""The key of a backlog that was released before the first job of its course settled what it is."""


@dataclass
class Waiting:
    """`over`: how many of the scores would overwrite something that someone entered in the SIS. `deletes`:
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
    def digest(self) -> str:
        """Stands for exactly what waits."""
        return shown.digest(self.dump())

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


def everything(_work: ItemWork, _line: ScoreLine | None) -> bool:
    """All of it is old."""
    return True
