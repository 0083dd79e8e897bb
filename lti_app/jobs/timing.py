"""When a scheduled sync is queued. Pure; moments are in UTC, days and hours in the installation's zone.

The window says when the job is queued, not when it ends. A manual sync, or a changed mode or window, resets
the wait: the next scheduled sync is the first start of the window at or after that moment plus 24 hours.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from lti_app import formats

WINDOWS = tuple(range(0, 24, 3))
"""The first hours of the eight windows."""
LENGTH = timedelta(hours=3)
WAIT = timedelta(hours=24)
TOO_CLOSE = timedelta(hours=6)
"""A missed window is not made up for when the next one is nearer than this."""

EVENING, MORNING = 19, 6
"""The hours between which few people sign in."""


class Verdict(StrEnum):
    """What to do about a sync that is due."""

    WAIT = "wait"
    QUEUE = "queue"
    SKIP = "skip"


def start_of(day: date, window: int, zone: str) -> datetime:
    """When the window of a day starts; an hour that the clock leaps over starts where the leap ends."""
    local = datetime.combine(day, time(window), ZoneInfo(zone))
    return local.astimezone(UTC)


def first_start(moment: datetime, window: int, zone: str) -> datetime:
    """The first start of the window at or after a moment."""
    day = moment.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
    while (start := start_of(day, window, zone)) < moment:
        day += timedelta(days=1)
    return start


def after_reset(moment: datetime, window: int, zone: str) -> datetime:
    """When the next scheduled sync is due after a manual sync, or a changed schedule, at this moment."""
    return first_start(moment + WAIT, window, zone)


def following(moment: datetime, window: int, zone: str) -> datetime:
    """The first start of the window after a moment."""
    return first_start(moment + timedelta(microseconds=1), window, zone)


def judge(due: datetime, now: datetime, window: int, zone: str) -> Verdict:
    """Queue within the window; one that was missed is made up for unless the next one is near."""
    if now < due:
        return Verdict.WAIT
    if now < due + LENGTH:
        return Verdict.QUEUE
    return Verdict.QUEUE if following(now, window, zone) - now >= TOO_CLOSE else Verdict.SKIP


def is_night(moment: datetime, zone: str, window: int | None = None) -> bool:
    """Whether a moment lies in the window, or without one between 7 PM and 6 AM, where the district is."""
    hour = moment.astimezone(ZoneInfo(zone)).hour
    if window is not None:
        return (hour - window) % 24 < LENGTH / timedelta(hours=1)
    return hour >= EVENING or hour < MORNING


def window_words(window: int) -> str:
    """The window that begins at this hour: 12:00–3:00 AM."""
    return formats.hours(time(window), time((window + 3) % 24))
