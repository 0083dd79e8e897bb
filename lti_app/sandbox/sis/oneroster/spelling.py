"""How OneRoster spells what every object has: ids, references, moments, booleans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

Wire = dict[str, Any]
ROOTS = {
    "1.1": ("/ims/oneroster/v1p1", "/ims/oneroster/v1p1"),
    "1.2": ("/ims/oneroster/rostering/v1p2", "/ims/oneroster/gradebook/v1p2"),
}
"""Version → where rosters and where the gradebook stand."""
PLACES = {
    "org": "orgs",
    "academicSession": "academicSessions",
    "course": "courses",
    "class": "classes",
    "user": "users",
    "category": "categories",
    "lineItem": "lineItems",
}
"""Type of a reference → its list."""
GRADEBOOK = ("category", "lineItem")


@dataclass(frozen=True)
class Spelling:
    """One version of the standard on one host."""

    version: str
    host: str
    prefix: str
    words: bool
    changed: datetime
    """When everything was changed last."""

    def id(self, text: str) -> str:
        """The sourcedId of an id of the district."""
        return f"{self.prefix}{text}"

    def plain(self, sourced_id: str) -> str:
        """The id of the district behind a sourcedId; empty for any other text."""
        return sourced_id.removeprefix(self.prefix) if sourced_id.startswith(self.prefix) else ""

    def ref(self, kind: str, text: str, *, foreign: bool = False) -> Wire:
        """A reference to an object; `foreign` for an id that is none of the district's."""
        sourced_id = text if foreign else self.id(text)
        root = ROOTS[self.version][kind in GRADEBOOK]
        href = f"{self.host}{root}/{PLACES[kind]}/{quote(sourced_id, safe='')}"
        return {"href": href, "sourcedId": sourced_id, "type": kind}

    def flag(self, value: bool) -> bool | str:
        """A boolean of this version."""
        return ("true" if value else "false") if self.words else value

    def head(self, text: str, *, deleted: bool = False) -> Wire:
        """What every object begins with."""
        return {
            "sourcedId": self.id(text),
            "status": "tobedeleted" if deleted else "active",
            "dateLastModified": self.moment(self.changed),
        }

    @staticmethod
    def moment(value: datetime) -> str:
        """A moment in UTC."""
        return value.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def day(value: date | None) -> str | None:
    """A day; nothing for none."""
    return value.isoformat() if value else None


def told(row: Wire) -> Wire:
    """A row without what is empty."""
    return {name: value for name, value in row.items() if value not in (None, "", [])}
