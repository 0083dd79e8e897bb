"""Deletes, clears, replaced scores and moved due dates that wait for a person. Pure.

As the database holds it: {"delete": {item: title}, "clear": {item: {student: [before, after]}}, "due": {item:
[title, before, after]}, "why": [reason], "since": moment, "approved": {"delete": [item], "clear": as above,
"due": as above}}. Under "clear" is every score of the SIS that a sync would take away or replace. What was
approved is exactly what was shown: one whose value is another one by now waits again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from lti_app.grades.rules import shown
from lti_app.grades.rules.delete_brake import Why
from lti_app.school.reasons import Reason

Pair = tuple[str, str]
"""(item, student)."""


class Loss(NamedTuple):
    """A score of the SIS that a sync would clear or replace, as canonical texts."""

    item: str
    student: str
    before: str
    after: str = ""


class Move(NamedTuple):
    """An assignment of the SIS that would get another due date; days as ISO text."""

    item: str
    title: str
    before: str
    after: str


@dataclass
class Held:
    """What waits, why, since when, and what a person has approved of it."""

    delete: dict[str, str] = field(default_factory=dict)
    clear: set[Loss] = field(default_factory=set)
    due: set[Move] = field(default_factory=set)
    why: list[Reason] = field(default_factory=list)
    since: str = ""
    approved_deletes: set[str] = field(default_factory=set)
    approved_clears: set[Loss] = field(default_factory=set)
    approved_due: set[Move] = field(default_factory=set)

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Held:
        """What the database holds."""
        approved = stored.get("approved", {})
        return cls(
            dict(stored.get("delete", {})),
            _losses(stored.get("clear", {})),
            _moves(stored.get("due", {})),
            [Reason.from_json(each) for each in stored.get("why", [])],
            str(stored.get("since", "")),
            set(approved.get("delete", [])),
            _losses(approved.get("clear", {})),
            _moves(approved.get("due", {})),
        )

    def dump(self) -> dict[str, Any]:
        """What the database should hold; blank when nothing waits and nothing is approved."""
        if not (self.waits or self.approves):
            return {}
        return {
            "delete": self.delete,
            "clear": _grouped(self.clear),
            "due": _by_item(self.due),
            "why": [each.to_json() for each in self.why],
            "since": self.since,
            "approved": {
                "delete": sorted(self.approved_deletes),
                "clear": _grouped(self.approved_clears),
                "due": _by_item(self.approved_due),
            },
        }

    @property
    def pairs(self) -> set[Pair]:
        """(item, student) of each score that waits."""
        return {(each.item, each.student) for each in self.clear}

    @property
    def clears(self) -> int:
        """How many scores would be taken away."""
        return sum(1 for each in self.clear if not each.after.partition("\n")[0])

    @property
    def replaces(self) -> int:
        """How many scores would be replaced by another one."""
        return len(self.clear) - self.clears

    @property
    def scores(self) -> int:
        """How many scores wait."""
        return len(self.clear)

    @property
    def score_items(self) -> int:
        """In how many items."""
        return len({each.item for each in self.clear})

    @property
    def waits(self) -> bool:
        """Whether a person has to decide."""
        return bool(self.delete or self.clear or self.due)

    @property
    def approves(self) -> bool:
        """Whether something was approved and not carried out yet."""
        return bool(self.approved_deletes or self.approved_clears or self.approved_due)

    @property
    def digest(self) -> str:
        """Stands for exactly what waits: a decision about something else is asked again."""
        waits = [sorted(self.delete.items()), sorted(self.clear), sorted(self.due)]
        return shown.digest(waits)

    def approve(self) -> None:
        """Let everything go that waits."""
        self.approved_deletes |= set(self.delete)
        self.approved_clears |= self.clear
        self.approved_due |= self.due
        self.delete, self.clear, self.due, self.why, self.since = {}, set(), set(), [], ""

    def hold(
        self,
        deletes: Mapping[str, str],
        losses: Iterable[Loss],
        why: Why,
        now: datetime,
        *,
        moves: Iterable[Move] = (),
    ) -> None:
        """Judge again: what was approved goes, what is too much waits, and what waited goes on waiting.

        `deletes`, `losses` and `moves` are all that is due; `why` the reasons of the brake, empty where it is
        not.
        """
        due_losses, due_moves = set(losses), set(moves)
        # What was approved with another value waits again.
        before = self.pairs | {(each.item, each.student) for each in self.approved_clears - due_losses}
        waited = {each.item for each in self.due | (self.approved_due - due_moves)}
        self.approved_deletes &= set(deletes)
        self.approved_clears &= due_losses
        self.approved_due &= due_moves
        open_deletes = {each: title for each, title in deletes.items() if each not in self.approved_deletes}
        self.delete = {
            each: title for each, title in open_deletes.items() if why.deletes or each in self.delete
        }
        self.clear = {
            each
            for each in due_losses - self.approved_clears
            if why.scores or (each.item, each.student) in before
        }
        self.due = {each for each in due_moves - self.approved_due if why.due or each.item in waited}
        self.why = [each for each in why if each] or (self.why if self.waits else [])
        self.since = (self.since or now.isoformat()) if self.waits else ""


def _losses(stored: Mapping[str, Any]) -> set[Loss]:
    """Rows of before the values were kept name only students: they are known again by them."""
    return {
        Loss(item, student, *(students[student] if isinstance(students, dict) else ("", "")))
        for item, students in stored.items()
        for student in students
    }


def _grouped(found: Iterable[Loss]) -> dict[str, dict[str, list[str]]]:
    result: dict[str, dict[str, list[str]]] = {}
    for each in sorted(found):
        result.setdefault(each.item, {})[each.student] = [each.before, each.after]
    return result


def _moves(stored: Mapping[str, Any]) -> set[Move]:
    return {Move(item, *values) for item, values in stored.items()}


def _by_item(found: Iterable[Move]) -> dict[str, list[str]]:
    return {each.item: [each.title, each.before, each.after] for each in sorted(found)}
