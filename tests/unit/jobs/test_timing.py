"""The windows of scheduled syncs, over a year of moments, both clock changes and zones of half hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_app.jobs.timing import (
    WAIT,
    WINDOWS,
    Verdict,
    after_reset,
    first_start,
    following,
    judge,
    window_words,
)

ZONES = (
    "America/New_York",
    "America/Phoenix",
    "Pacific/Honolulu",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/Santiago",
    "America/Havana",
    "Africa/Cairo",
    "Asia/Beirut",
    "UTC",
)
"""The last four leap over midnight: on one day a year their window of 12am starts at 1am."""
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31, 23, 59), timezones=st.just(UTC))  # noqa: DTZ001
ZONED = st.sampled_from(ZONES)
HOURS = st.sampled_from(WINDOWS)
NEW_YORK = "America/New_York"


def local(year: int, month: int, day: int, hour: int, minute: int = 0, zone: str = NEW_YORK) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def leapt_over(there: datetime, window: int) -> bool:
    """Whether the clock jumps from before the window's hour to the moment given."""
    a_second_before = (there.astimezone(UTC) - timedelta(seconds=1)).astimezone(there.tzinfo)
    jump = (there.utcoffset() or timedelta()) - (a_second_before.utcoffset() or timedelta())
    return timedelta(0) < jump == timedelta(hours=there.hour - window, minutes=there.minute)


@pytest.mark.parametrize(
    ("zone", "month", "day"),
    [
        ("America/Santiago", 9, 6),
        ("America/Havana", 3, 8),
        ("Africa/Cairo", 4, 24),
        ("Asia/Beirut", 3, 29),
    ],
)
def test_where_midnight_is_leapt_over_the_window_starts_when_the_day_does(
    zone: str, month: int, day: int
) -> None:
    before = local(2026, month, day - 1, 12, zone=zone)

    start = first_start(before, 0, zone)

    assert start == local(2026, month, day, 1, zone=zone)
    assert start - timedelta(seconds=1) == local(2026, month, day - 1, 23, 59, zone) + timedelta(seconds=59)
    assert following(start, 0, zone) == local(2026, month, day + 1, 0, zone=zone)


def test_a_manual_sync_on_monday_at_two_gives_wednesday_midnight() -> None:
    monday = local(2026, 11, 23, 14)

    due = after_reset(monday, 0, NEW_YORK)

    assert due == local(2026, 11, 25, 0)


@pytest.mark.parametrize(
    ("window", "words"), [(0, "12:00–3:00 AM"), (9, "9:00 AM–12:00 PM"), (21, "9:00 PM–12:00 AM")]
)
def test_a_window_is_shown_with_its_hours(window: int, words: str) -> None:
    assert window_words(window) == words


@given(MOMENTS, ZONED, HOURS)
def test_the_next_one_is_a_start_of_the_window_between_24_and_49_hours_away(
    moment: datetime, zone: str, window: int
) -> None:
    due = after_reset(moment, window, zone)

    assert WAIT <= due - moment <= WAIT + timedelta(hours=25)
    there = due.astimezone(ZoneInfo(zone))
    assert (there.hour, there.minute) == (window, 0) or leapt_over(there, window)


@given(MOMENTS, ZONED, HOURS)
def test_from_then_on_there_is_one_a_day(moment: datetime, zone: str, window: int) -> None:
    first = first_start(moment, window, zone)
    second = following(first, window, zone)

    days = second.astimezone(ZoneInfo(zone)).date() - first.astimezone(ZoneInfo(zone)).date()
    assert days == timedelta(days=1)
    assert timedelta(hours=22) < second - first < timedelta(hours=26)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize(("month", "day"), [(3, 8), (11, 1)], ids=["spring", "autumn"])
def test_the_days_on_which_the_clock_changes_have_one_start_each(month: int, day: int, window: int) -> None:
    start = first_start(local(2026, month, day, 0), window, NEW_YORK)

    assert start == local(2026, month, day, window)
    assert following(start, window, NEW_YORK).astimezone(ZoneInfo(NEW_YORK)).day == day + 1


@pytest.mark.parametrize(
    ("hours_late", "verdict"),
    [
        (-1, Verdict.WAIT),
        (0, Verdict.QUEUE),
        (2, Verdict.QUEUE),
        (10, Verdict.QUEUE),
        (18, Verdict.QUEUE),
        (19, Verdict.SKIP),
        (23, Verdict.SKIP),
        (24, Verdict.QUEUE),
        (36, Verdict.QUEUE),
    ],
)
def test_a_missed_window_is_made_up_for_unless_the_next_is_near(hours_late: int, verdict: Verdict) -> None:
    due = local(2026, 5, 5, 0)

    assert judge(due, due + timedelta(hours=hours_late), 0, NEW_YORK) == verdict


@given(MOMENTS, ZONED, HOURS, st.integers(0, 100))
def test_whatever_was_missed_something_is_queued_or_near(
    moment: datetime, zone: str, window: int, hours: int
) -> None:
    due = first_start(moment, window, zone)
    now = due + timedelta(hours=hours)

    if judge(due, now, window, zone) == Verdict.SKIP:
        assert following(now, window, zone) - now < timedelta(hours=6)
