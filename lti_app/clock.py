"""The one place that reads the wall clock, so that tests and simulations can move it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def today(time_zone: str) -> date:
    """The calendar day at this moment in an IANA time zone such as ``America/New_York``."""
    return now().astimezone(ZoneInfo(time_zone)).date()
