"""Deletes and clears that wait for a person. Pure.

As the database holds it: {"delete": {item: title}, "clear": {item: [student]}, "why": [words],
"since": moment, "approved": {"delete": [item], "clear": {item: [student]}}}. What was approved is exactly
what was shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Clears = dict[str, list[str]]
"""Item → students whose scores would be cleared."""


@dataclass
class Held:
    """What waits, why, since when, and what a person has approved of it."""

    delete: dict[str, str] = field(default_factory=dict)
    clear: Clears = field(default_factory=dict)
    why: list[str] = field(default_factory=list)
    since: str = ""
    approved_deletes: set[str] = field(default_factory=set)
    approved_clears: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Held:
        """What the database holds."""
        approved = stored.get("approved", {})
        return cls(
            dict(stored.get("delete", {})),
            {item: list(students) for item, students in stored.get("clear", {}).items()},
            list(stored.get("why", [])),
            str(stored.get("since", "")),
            set(approved.get("delete", [])),
            set(pairs(approved.get("clear", {}))),
        )

    def dump(self) -> dict[str, Any]:
        """What the database should hold; blank when nothing waits and nothing is approved."""
        if not (self.delete or self.clear or self.approved_deletes or self.approved_clears):
            return {}
        return {
            "delete": self.delete,
            "clear": self.clear,
            "why": self.why,
            "since": self.since,
            "approved": {"delete": sorted(self.approved_deletes), "clear": grouped(self.approved_clears)},
        }

    @property
    def scores(self) -> int:
        """How many clears wait."""
        return sum(len(students) for students in self.clear.values())

    @property
    def waits(self) -> bool:
        """Whether a person has to decide."""
        return bool(self.delete or self.clear)

    def approve(self) -> None:
        """Let everything go that waits."""
        self.approved_deletes |= set(self.delete)
        self.approved_clears |= set(pairs(self.clear))
        self.delete, self.clear, self.why, self.since = {}, {}, [], ""

    def hold(
        self, deletes: Mapping[str, str], clears: set[tuple[str, str]], why: tuple[str, str], now: datetime
    ) -> None:
        """Judge anew: what was approved goes, what is too much waits, and what waited goes on waiting.

        `deletes` and `clears` are all that is due; `why` the reasons of the brake, empty where it is not.
        """
        open_deletes = {each: title for each, title in deletes.items() if each not in self.approved_deletes}
        open_clears = clears - self.approved_clears
        held_clears = open_clears if why[1] else open_clears & set(pairs(self.clear))
        self.delete = {each: title for each, title in open_deletes.items() if why[0] or each in self.delete}
        self.clear = grouped(held_clears)
        self.why = [each for each in why if each] or (self.why if self.waits else [])
        self.since = (self.since or now.isoformat()) if self.waits else ""
        self.approved_deletes &= set(deletes)
        self.approved_clears &= clears


def pairs(clears: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    """(item, student) of each clear."""
    return [(item, student) for item, students in clears.items() for student in students]


def grouped(found: set[tuple[str, str]]) -> Clears:
    """The same by item."""
    result: Clears = {}
    for item, student in sorted(found):
        result.setdefault(item, []).append(student)
    return result
