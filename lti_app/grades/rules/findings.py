"""What preflight says about an item. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """STOP: the item is not sent. CHANGE: sent otherwise than it stands in Schoology. NOTE: as it is."""

    STOP = "stop"
    CHANGE = "change"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """One thing about an item, in words, with what to do."""

    code: str
    level: Level
    words: str
    fix: str = ""
