"""What preflight says about an item. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """STOP: the item is not sent. CHANGE: sent otherwise than it stands in Schoology. NOTE: as it is.

    CHOICE and CATEGORY: it is not sent either, and nothing failed. A person chose so, or has not said yet
    where it belongs.
    """

    STOP = "stop"
    CHOICE = "choice"
    CATEGORY = "category"
    WAIT = "wait"
    """It is not sent yet: for the SIS would count it as zero, or it changes a report card."""
    CHANGE = "change"
    NOTE = "note"


NOT_SENT = (Level.STOP, Level.CHOICE, Level.CATEGORY, Level.WAIT)


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


def stopped(shown: Mapping[str, Any]) -> bool:
    """Whether preflight keeps an item from being sent, by what is kept of it for the page."""
    return bool(levels(shown).intersection(NOT_SENT))


def levels(shown: Mapping[str, Any]) -> set[str]:
    """The levels of what preflight says of an item."""
    return {each["level"] for each in shown.get("findings", [])}
