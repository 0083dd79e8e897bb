"""Why something is blocked, held, refused or failed: a code and its values.

The sentence is made when it is shown (lti_app.runs.words.reasons).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Self

from lti_app.school.reason_codes import Code


@dataclass(frozen=True)
class Reason:
    """A code and what its sentence needs to know. Values are JSON; one of them may be another reason."""

    code: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there is anything to say."""
        return bool(self.code)

    def __hash__(self) -> int:
        return hash((self.code, encoded(self.values)))

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | str | None) -> Self:
        """The reason of what a JSON column holds: {"code", "values"}, or a text of an older version."""
        if isinstance(stored, str):
            return cls(str(Code.OTHER), {"text": stored}) if stored else cls()
        stored = stored or {}
        return cls(str(stored.get("code") or ""), dict(stored.get("values") or {}))

    def to_json(self) -> dict[str, Any]:
        """What a JSON column should hold; empty when there is nothing to say."""
        return {"code": self.code, "values": dict(self.values)} if self.code else {}


NO_REASON = Reason()


def because(code: StrEnum, **values: Any) -> Reason:
    """The reason with this code, of Code or of a further enumeration of codes.

    Days and moments are kept in ISO form, other reasons as JSON.
    """
    return Reason(str(code), {name: _plain(value) for name, value in values.items()})


def other(text: str) -> Reason:
    """A text that has no code of its own, such as what an older version stored."""
    return because(Code.OTHER, text=text) if text else NO_REASON


class Told(Exception):
    """An error that says why in a reason, for whoever shows or stores it."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


def several(*reasons: Reason) -> Reason:
    """One reason that says all of these, one sentence after another."""
    said = [part for each in reasons if each for part in _parts(each)]
    if len(said) < 2:
        return said[0] if said else NO_REASON
    return because(Code.SEVERAL, parts=said)


NOTES = frozenset((Code.FIELD_LEFT_OUT, Code.EMAIL_LEFT_OUT, Code.SECTION_CODE_LEFT_OUT))
"""What costs a record a field and doesn't stop it."""


def main_code(reason: Reason) -> str:
    """The code of what is said first, apart from fields that were left out while the record goes on."""
    parts = [each.code for each in _parts(reason)]
    return next((each for each in parts if each not in NOTES), parts[0] if parts else reason.code)


def _parts(reason: Reason) -> list[Reason]:
    if reason.code != Code.SEVERAL:
        return [reason]
    return [Reason.from_json(each) for each in reason.values.get("parts", ())]


def encoded(values: Mapping[str, Any]) -> str:
    """The values as the column holds them: canonical JSON, or nothing."""
    if not values:
        return ""
    return json.dumps(dict(values), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def decoded(text: str | None) -> dict[str, Any]:
    """The values of what a column holds."""
    return dict(json.loads(text)) if text else {}


def _plain(value: Any) -> Any:
    if isinstance(value, Reason):
        return value.to_json()
    if isinstance(value, date):  # and datetime
        return value.isoformat()
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
