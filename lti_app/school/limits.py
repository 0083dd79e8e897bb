"""How much a plan may change before a person is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Limits:
    """Shares are of the linked objects of a kind in a building, or of the students of a section."""

    drop_share: float = 0.10
    drop_floor: int = 5
    """Fewer drops than this are never asked about."""
    drop_ceiling: int = 500
    """More drops than this are always asked about."""
    section_share: float = 0.50
    section_floor: int = 5
    """Sections with fewer students than this are not judged one by one."""
    update_share: float = 0.30
    update_floor: int = 5
    rollover_until: str = ""
    """ISO day: until then the rollover shares hold instead."""
    rollover_drop_share: float = 0.90
    rollover_update_share: float = 1.0

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Limits:
        """Limits from what the database holds; unknown keys are dropped."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})

    def to_json(self) -> dict[str, Any]:
        """What the database should hold."""
        return asdict(self)

    def on(self, day: date) -> Limits:
        """The limits that hold on a day: looser ones inside a declared rollover window."""
        if not self.rollover_until or day > date.fromisoformat(self.rollover_until):
            return self
        return Limits(
            drop_share=self.rollover_drop_share,
            drop_floor=self.drop_floor,
            drop_ceiling=10**9,
            section_share=1.0,
            section_floor=self.section_floor,
            update_share=self.rollover_update_share,
            update_floor=self.update_floor,
        )


def too_many(number: int, of: int, *, share: float, floor: int, ceiling: int | None = None) -> bool:
    """Whether so many out of so many need a person's word."""
    if number < floor:
        return False
    if ceiling is not None and number > ceiling:
        return True
    return number > share * of
