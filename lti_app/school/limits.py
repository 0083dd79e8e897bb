"""How much a plan may change before a person is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import Any

ROLLOVER = "rollover_"
"""What the names of the limits of a rollover window begin with; the rest is the limit that they stand for."""


@dataclass(frozen=True)
class Limits:
    """Shares are of what a run looked at: linked records of a kind in a building, or students of a section.

    More than a ceiling is always asked about, whatever the share; fewer than a floor is never asked about.
    """

    drop_share: float = 0.10
    drop_floor: int = 5
    drop_ceiling: int = 500
    leave_share: float = 0.50
    """People, courses and running sections that leave the SIS or move: nothing is ended by it."""
    leave_ceiling: int = 2000
    section_share: float = 0.50
    section_floor: int = 5
    """Sections with fewer students than this are not judged by their share."""
    section_ceiling: int = 30
    update_share: float = 0.30
    update_floor: int = 5
    update_ceiling: int = 1000
    rollover_until: str = ""
    """ISO day: until then, inclusive, the limits below hold instead."""
    rollover_drop_share: float = 0.90
    rollover_drop_ceiling: int = 5000
    rollover_leave_share: float = 0.90
    rollover_leave_ceiling: int = 5000
    rollover_section_share: float = 0.90
    rollover_section_ceiling: int = 100
    rollover_update_share: float = 1.0
    rollover_update_ceiling: int = 10000

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Limits:
        """Limits from what the database holds, each within its bounds; unknown ones are dropped."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: _bounded(name, value) for name, value in stored.items() if name in known})

    def to_json(self) -> dict[str, Any]:
        """What the database should hold."""
        return asdict(self)

    def on(self, day: date) -> Limits:
        """The limits that hold on a day: other ones inside a declared rollover window."""
        if not self.rollover_until or day > date.fromisoformat(self.rollover_until):
            return self
        own = (name for name in BOUNDS if name.startswith(ROLLOVER))
        return replace(self, **{name.removeprefix(ROLLOVER): getattr(self, name) for name in own})


BOUNDS: Mapping[str, tuple[int, int]] = {
    "drop_share": (1, 50),
    "drop_floor": (1, 50),
    "drop_ceiling": (1, 5000),
    "leave_share": (10, 90),
    "leave_ceiling": (1, 10000),
    "section_share": (10, 90),
    "section_floor": (1, 30),
    "section_ceiling": (1, 200),
    "update_share": (1, 80),
    "update_floor": (1, 50),
    "update_ceiling": (1, 10000),
    "rollover_drop_share": (1, 95),
    "rollover_drop_ceiling": (1, 20000),
    "rollover_leave_share": (10, 95),
    "rollover_leave_ceiling": (1, 20000),
    "rollover_section_share": (10, 95),
    "rollover_section_ceiling": (1, 500),
    "rollover_update_share": (1, 100),
    "rollover_update_ceiling": (1, 50000),
}
"""Limit → least and most; shares in percent. Outside of them a brake would be none, or trip every night."""
SHARES = tuple(name for name in BOUNDS if name.endswith("_share"))


def _bounded(name: str, value: Any) -> Any:
    if name not in BOUNDS:
        return value
    least, most = BOUNDS[name]
    return min(max(value, least / 100), most / 100) if name in SHARES else min(max(value, least), most)


def too_many(number: int, of: int, *, share: float, floor: int, ceiling: int) -> bool:
    """Whether so many out of so many need a person's word."""
    if number < floor:
        return False
    return number > ceiling or number > share * of
