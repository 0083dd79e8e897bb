"""What preflight says about an item. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lti_app.school.reasons import Reason, other


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
    """One thing about an item. `code` is what pages act on; several ways to say it may have one."""

    code: str
    level: Level
    words: Reason | str
    """The reason, whose words and fix are made when they are shown; or the words themselves."""
    fix: str = ""
    """What to do, where the words are not a reason."""
    students: tuple[str, ...] = ()
    """SIS ids of the students it is about, to be named on the page."""
    about: str = ""
    """What a person is asked about: the code of a term, or a digest of what is shown."""
    named: str = ""
    """The name of that period."""

    @property
    def reason(self) -> Reason:
        """What is said, with what to do, as a line of Logs keeps it."""
        if isinstance(self.words, Reason):
            return self.words
        return other(f"{self.words} {self.fix}".strip())

    def to_json(self) -> dict[str, Any]:
        """As the page's copy keeps it."""
        words = self.words.to_json() if isinstance(self.words, Reason) else self.words
        return {**vars(self), "words": words, "level": str(self.level), "students": list(self.students)}


def stopped(shown: Mapping[str, Any]) -> bool:
    """Whether preflight keeps an item from being sent, by what is kept of it for the page."""
    return bool(levels(shown).intersection(NOT_SENT))


def levels(shown: Mapping[str, Any]) -> set[str]:
    """The levels of what preflight says of an item."""
    return {each["level"] for each in shown.get("findings", [])}
