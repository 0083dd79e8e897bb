"""What a district decides about grades: exceptions, conflicts, comments, and prepared category maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from lti_app.school.gradebook import ScoreException


class Handling(StrEnum):
    """What the SIS gets in place of a score."""

    EXEMPT = "exempt"
    """Left out of the average: the SIS's own exemption, or a mark of the school that leaves work out."""
    MARK = "mark"
    """A mark of the school by its code."""
    MISSING = "missing"
    """Zero, flagged as missing."""
    ZERO = "zero"
    BLANK = "blank"
    SKIP = "skip"
    """Nothing: whatever the SIS has stays there."""


class Digest(StrEnum):
    """How often a teacher is emailed what waits for them, on school days only."""

    OFF = "off"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True)
class ExceptionRule:
    """How one exception of Schoology reaches the SIS; `mark` is a code, for MARK only."""

    handling: Handling
    mark: str = ""


class Uncounted(StrEnum):
    """What becomes of an item that does not count, where the SIS has no weight for a single assignment."""

    STOP = "stop"
    """It is not sent."""
    NOTHING = "nothing"
    """It is sent with no points and without scores."""


class Ungraded(StrEnum):
    """What happens to past-due work without a score where the SIS would count it as zero."""

    WAIT = "wait"
    """It is sent with the first score."""
    SEND = "send"


class Joined(StrEnum):
    """What becomes of work that was due before a student joined the section."""

    ASK = "ask"
    """The teacher decides for each student."""
    EXCUSE = "excuse"
    """It gets the mark that leaves it out."""


MOST_SCHOOL_DAYS = 30
"""The longest time after which work without a due date counts."""
NEVER_UNKNOWN = frozenset((Handling.ZERO, Handling.BLANK, Handling.MISSING))
"""What an exception that no one knows is never turned into."""
RULES: Mapping[ScoreException, ExceptionRule] = {
    ScoreException.EXCUSED: ExceptionRule(Handling.EXEMPT),
    ScoreException.INCOMPLETE: ExceptionRule(Handling.EXEMPT),
    ScoreException.MISSING: ExceptionRule(Handling.ZERO),
    ScoreException.UNKNOWN: ExceptionRule(Handling.SKIP),
}
"""As Schoology itself counts: excused and incomplete work is left out, missing work is zero."""


@dataclass(frozen=True)
class MapTemplate:
    """A category map prepared for a course code, or for a whole building when `course` is empty."""

    building: str
    course: str
    categories: Mapping[str, str]
    """Title of a Schoology category, folded by `fold` → code of the SIS category."""


@dataclass(frozen=True)
class GradePolicy:
    """Stored as JSON in sync_options.grades."""

    exceptions: Mapping[ScoreException, ExceptionRule] = field(default_factory=lambda: dict(RULES))
    ask: bool = True
    """A score that was typed in the SIS waits for the teacher; otherwise Schoology wins."""
    comments: bool = False
    """Comments of scores are sent too."""
    templates: tuple[MapTemplate, ...] = ()
    uncounted: Uncounted = Uncounted.STOP
    digest: Digest = Digest.DAILY
    """How often teachers are emailed what waits for them."""
    ungraded: Ungraded = Ungraded.WAIT
    school_days: int = 5
    """So many school days after its first score work without a due date begins to count."""
    joined: Joined = Joined.ASK

    def rule(self, exception: ScoreException) -> ExceptionRule:
        """How an exception is handled; an unknown one is never zero, nor a blank, which the SIS counts as
        zero once the work was due."""
        found = self.exceptions.get(exception, RULES[ScoreException.UNKNOWN])
        if exception == ScoreException.UNKNOWN and found.handling in NEVER_UNKNOWN:
            return RULES[ScoreException.UNKNOWN]
        return found

    def template(self, building: str, course: str) -> Mapping[str, str]:
        """The prepared map of a course, over that of its building."""
        found: dict[str, str] = {}
        for each in sorted(self.templates, key=lambda template: bool(template.course)):
            if each.building in ("", building) and each.course in ("", course):
                found.update(each.categories)
        return found

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> GradePolicy:
        """A policy from what the database holds; what is missing is as by default."""
        rules = {
            ScoreException(name): ExceptionRule(Handling(rule["handling"]), str(rule.get("mark", "")))
            for name, rule in stored.get("exceptions", {}).items()
        }
        templates = tuple(MapTemplate(**each) for each in stored.get("templates", []))
        return cls(
            {**RULES, **rules},
            bool(stored.get("ask", True)),
            bool(stored.get("comments")),
            templates,
            Uncounted(stored.get("uncounted", Uncounted.STOP)),
            Digest(stored.get("digest", Digest.DAILY)),
            Ungraded(stored.get("ungraded", Ungraded.WAIT)),
            int(stored.get("school_days", 5)),
            Joined(stored.get("joined", Joined.ASK)),
        )

    def to_json(self) -> dict[str, Any]:
        """What the database should hold."""
        return {
            "exceptions": {str(name): vars(rule) for name, rule in self.exceptions.items()},
            "ask": self.ask,
            "comments": self.comments,
            "digest": str(self.digest),
            "uncounted": str(self.uncounted),
            "ungraded": str(self.ungraded),
            "school_days": self.school_days,
            "joined": str(self.joined),
            "templates": [
                {"building": each.building, "course": each.course, "categories": dict(each.categories)}
                for each in self.templates
            ],
        }


def fold(title: str) -> str:
    """A title for comparing: without regard to case, blanks and punctuation."""
    return "".join(each for each in title.casefold() if each.isalnum())
