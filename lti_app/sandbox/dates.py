"""Dates as the sandboxes' pages show them."""

from __future__ import annotations

from datetime import date


def shown_day(value: date | str | None) -> str:
    """A day as "Nov 30, 2026". Takes a date, or text that begins with an ISO date; other text stays."""
    if value is None or value == "":
        return ""
    try:
        day = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    except ValueError:
        return str(value)
    return f"{day:%b} {day.day}, {day.year}"
