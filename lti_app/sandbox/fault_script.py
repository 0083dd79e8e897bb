"""The entries of a fault script, parsed and checked; faults.py says what each fault does."""

from __future__ import annotations

import re
from collections.abc import Callable

PART = "part-500"
KINDS = frozenset(
    ("429", "429-retry-after", "500", "502-html", "hang", "close-before", "close-after")
    + ("502-after", "html-after")
    + (PART, "drop-rows", "repeat-page", "other-total", "expire-token", "expire-job")
    + ("404-list", "null-list", "no-list", "page-total", "short-page", "shift-rows", "shift-back")
    + (
        "ignore-offset",
        "ignore-filter",
        "refuse-parameters",
        "accept-only",
        "rounded",
        "refuse-one",
        "empty-answer",
    )
)
_FIELDS = frozenset(("route", "nth", "times", "fault", "seconds"))
_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "*"))


class FaultScriptError(ValueError):
    """The script cannot be used; the message names the entry, the field and what is wanted."""


class Fault:
    """One entry of a script, with its own count of matching requests."""

    def __init__(self, entry: object, place: str) -> None:
        if not isinstance(entry, dict):
            raise FaultScriptError(f"{place}: every entry must be an object with a route")
        unknown = sorted(set(entry) - _FIELDS)
        if unknown:
            raise FaultScriptError(f"{place}: unknown field {unknown[0]!r}; known are {sorted(_FIELDS)}")
        self.route, self.method, self.path = _parse_route(entry.get("route"), place)
        self.kind = str(entry.get("fault", ""))
        if self.kind not in KINDS:
            raise FaultScriptError(
                f"{place}, field 'fault': {self.kind!r} is not one of {', '.join(sorted(KINDS))}"
            )
        self.nth = _whole_number(entry, "nth", place)
        self.times = _whole_number(entry, "times", place)
        self.seconds = _seconds(entry, self.kind, place)
        self.seen = 0

    def strikes(self, method: str, path: str) -> bool:
        """Count the request if it matches, and tell whether the fault hits it."""
        if self.method not in ("*", method) or not self.path(path):
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times

    def as_json(self) -> dict[str, object]:
        """The entry as it was given, with how many matching requests were seen."""
        entry: dict[str, object] = {"route": self.route, "nth": self.nth, "times": self.times}
        return entry | {"fault": self.kind, "seconds": self.seconds, "seen": self.seen}


def _parse_route(route: object, place: str) -> tuple[str, str, Callable[[str], object]]:
    method, _, path = str(route or "").partition(" ")
    if method not in _METHODS or not path.startswith(("/", "^")):
        raise FaultScriptError(
            f"{place}, field 'route': wanted 'METHOD /path' or 'METHOD ^regex', got {route!r}"
        )
    if path.startswith("/"):
        return str(route), method, lambda given: given.startswith(path)
    try:
        return str(route), method, re.compile(path).search
    except re.error as error:
        raise FaultScriptError(f"{place}, field 'route': bad regular expression ({error})") from error


def _whole_number(entry: dict[str, object], field: str, place: str) -> int:
    value = entry.get(field, 1)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise FaultScriptError(f"{place}, field {field!r}: must be a whole number from 1, got {value!r}")
    return value


def _seconds(entry: dict[str, object], kind: str, place: str) -> float:
    value = entry.get("seconds", {"hang": 30, "429-retry-after": 1}.get(kind, 0))
    if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
        raise FaultScriptError(f"{place}, field 'seconds': must be a number from 0, got {value!r}")
    return float(value)
