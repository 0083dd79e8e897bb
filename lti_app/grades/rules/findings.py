"""What preflight says about an item. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """STOP: the item is not sent. WAIT: it is not sent yet. CHANGE: sent otherwise than it stands in
    Schoology. NOTE: as it is."""

    STOP = "stop"
    WAIT = "wait"
    CHANGE = "change"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """One thing about an item, in words, with what to do."""

    code: str
    level: Level
    words: str
    fix: str = ""
    students: tuple[str, ...] = ()
    """SIS ids of those whom it is about, to be named on the page."""
    about: str = ""
    """The code of the marking period that a person is asked about."""
    named: str = ""
    """The name of that period."""
