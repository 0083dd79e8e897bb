"""Values of a row of eSchoolPLUS: padded text is trimmed, flags, numbers and dates are read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

Row = Mapping[str, Any]


class BadValue(ValueError):
    """A field of a row that cannot be read."""


def text(row: Row, field: str) -> str:
    """Trimmed text; null and missing are empty."""
    value = row.get(field)
    return "" if value is None else str(value).strip()


def number(row: Row, field: str) -> int:
    """A whole number. Raises BadValue."""
    try:
        return int(text(row, field))
    except ValueError:
        raise BadValue(
            f"{field} holds “{text(row, field)}”, expected a whole number: correct it in the SIS."
        ) from None


def flag(row: Row, field: str, default: str = "N") -> bool:
    """Y or N. Raises BadValue."""
    value = text(row, field) or default
    if value not in ("Y", "N"):
        raise BadValue(f"{field} holds “{value}”, expected Y or N: correct it in the SIS.")
    return value == "Y"


def day(row: Row, field: str) -> date:
    """A calendar day. Raises BadValue."""
    found = day_or_none(row, field)
    if found is None:
        raise BadValue(f"{field} is empty, expected a date: fill it in the SIS.")
    return found


def day_or_none(row: Row, field: str) -> date | None:
    """A calendar day, or None for an empty field. Raises BadValue."""
    value = text(row, field)
    if not value:
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        raise BadValue(f"{field} holds “{value}”, expected a date: correct it in the SIS.") from None


def items(row: Row, field: str) -> list[Any]:
    """A list; an empty one for an empty field. Raises BadValue."""
    value = row.get(field) or []
    if not isinstance(value, list):
        raise BadValue(f"{field} is not a list: tell the people who host the app.")
    return value
