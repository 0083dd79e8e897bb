"""The choices of the Data Prep tab: which rules match, in which order, and how old unique ids were made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum, auto
from typing import Any

from lti_app.school.records import Kind

RULES: Mapping[str, tuple[str, ...]] = {
    Kind.USER: ("unique_id", "id_template", "email", "username", "name"),
    Kind.COURSE: ("code", "title"),
    Kind.SECTION: ("school_code", "section_code", "teacher"),
}
"""Kind → its rules in the order of trust."""
CLASSES = ("student", "staff", "parent")
"""What a person is, told apart by the SIS's id space and by Schoology's role."""


class FileCode(StrEnum):
    """How a job of a file of pairs ended."""

    PREP_CHECKED = auto()
    PREP_APPLIED = auto()
    PREP_NOT_APPLIED = auto()
    PREP_LINE_REFUSED = auto()


class DecisionCode(StrEnum):
    """Why a decision of Data Prep can't be carried out."""

    PREP_NO_DATA = auto()
    PREP_NOT_IN_DATA = auto()
    PREP_MATCHED_OTHERWISE = auto()
    PREP_MATCH_IN_USE = auto()
    PREP_ALREADY_LINKED = auto()
    PREP_FILE_BUSY = auto()
    PREP_NOT_SUGGESTED = auto()


class LineCode(StrEnum):
    """What is wrong with a file of matches, or with one of its rows."""

    FILE_QUOTE_OPEN = auto()
    FILE_WITHOUT_COLUMN = auto()
    FILE_IS_WORKBOOK = auto()
    FILE_BROKEN = auto()
    FILE_TOO_LONG = auto()
    LINE_TOO_SHORT = auto()
    LINE_WITHOUT_SCHOOLOGY_ID = auto()
    LINE_NOT_IN_SCHOOLOGY = auto()
    LINE_SHORTENED = auto()
    LINE_SCHOOLOGY_ID_TWICE = auto()
    LINE_MAPPING_ID_TWICE = auto()
    LINE_LINKED_OTHERWISE = auto()
    LINE_MATCH_IN_USE = auto()
    LINE_ZEROS_LOST = auto()
    LINE_SEVERAL = auto()
    LINE_NOT_IN_SIS = auto()


class Doubt(StrEnum):
    """Why Data Prep leaves an SIS record to a person. Those of SINGLE have one possible match, so that many
    of them can be decided together."""

    DOUBT_PERIODS = auto()
    DOUBT_ROLE = auto()
    DOUBT_YEAR = auto()
    DOUBT_NAME = auto()
    DOUBT_RULE_OFF = auto()
    DOUBT_NOT_UNIQUE = auto()
    DOUBT_ONLY_EMAIL = auto()
    DOUBT_ONLY_USERNAME = auto()
    DOUBT_ONLY_NAME = auto()
    DOUBT_ONLY_FAMILY = auto()
    DOUBT_ONLY_CODE = auto()
    DOUBT_ONLY_TITLE = auto()
    DOUBT_ONLY_SECTION = auto()
    DOUBT_SEVERAL = auto()
    DOUBT_SHARED = auto()
    DOUBT_TAKEN = auto()


SINGLE = frozenset(Doubt) - {Doubt.DOUBT_SEVERAL, Doubt.DOUBT_SHARED, Doubt.DOUBT_TAKEN}


@dataclass(frozen=True)
class PrepOptions:
    """Stored as JSON in sync_options.prep; unknown keys are dropped, missing ones defaulted."""

    order: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict(RULES))
    """Kind → rules in the order in which they are tried."""
    off: tuple[str, ...] = ()
    """Rules that are not used."""
    prefixes: Mapping[str, str] = field(default_factory=dict)
    """Class → text before the SIS id in the unique ids that Schoology has."""
    zero_fill: int = 0
    """To so many digits Schoology's ids are filled with zeros; 0: zeros in front mean nothing."""
    run_id: int = 0
    """The run whose reading is shown; 0: nothing was read."""
    confirmed: bool = False
    """Whether pairs of a reading were ever confirmed."""

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> PrepOptions:
        """Options from what the database holds. Rules that it does not know yet come last."""
        known = {each.name for each in fields(cls)}
        values = {name: value for name, value in stored.items() if name in known}
        order = values.get("order", {})
        values["order"] = {kind: _whole(order.get(kind, ()), rules) for kind, rules in RULES.items()}
        values["off"] = tuple(values.get("off", ()))
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """What the database should hold."""
        return {**asdict(self), "off": list(self.off), "order": {k: list(v) for k, v in self.order.items()}}

    def used(self, kind: str) -> tuple[str, ...]:
        """The rules of a kind that are tried, in their order."""
        return tuple(each for each in self.order[kind] if each not in self.off)


def _whole(order: Any, rules: tuple[str, ...]) -> tuple[str, ...]:
    known = [each for each in order if each in rules]
    return (*known, *(each for each in rules if each not in known))
