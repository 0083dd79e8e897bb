from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from lti_app import formats

NEW_YORK = "America/New_York"


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        (datetime(2026, 11, 30, 20, 9, tzinfo=UTC), NEW_YORK, "Nov 30, 2026, 3:09 PM EST"),
        (datetime(2026, 7, 1, 4, 0, tzinfo=UTC), NEW_YORK, "Jul 1, 2026, 12:00 AM EDT"),
        (datetime(2026, 7, 1, 16, 0, tzinfo=UTC), NEW_YORK, "Jul 1, 2026, 12:00 PM EDT"),
        (datetime(2026, 11, 1, 5, 30, tzinfo=UTC), NEW_YORK, "Nov 1, 2026, 1:30 AM EDT"),
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), NEW_YORK, "Nov 1, 2026, 1:30 AM EST"),
        (datetime(2026, 7, 1, 16, 5, tzinfo=UTC), "America/Phoenix", "Jul 1, 2026, 9:05 AM MST"),
        (datetime(2026, 11, 30, 20, 9, tzinfo=UTC), "Pacific/Guam", "Dec 1, 2026, 6:09 AM ChST"),
    ],
    ids=["winter", "midnight", "noon", "first-1-30", "second-1-30", "no-daylight-time", "next-day"],
)
def test_a_moment_is_shown_on_the_clock_of_its_zone(at: datetime, zone: str, expected: str) -> None:
    assert formats.moment(at, zone) == expected
    assert expected.endswith(formats.clock(at, zone))


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (0, 3, "12:00–3:00 AM"),
        (9, 12, "9:00 AM–12:00 PM"),
        (12, 15, "12:00–3:00 PM"),
        (21, 0, "9:00 PM–12:00 AM"),
    ],
)
def test_a_range_of_hours_says_am_or_pm_once(first: int, last: int, expected: str) -> None:
    assert formats.hours(time(first), time(last)) == expected


def test_a_range_of_days_says_the_year_once() -> None:
    assert formats.days(date(2026, 8, 24), date(2026, 11, 6)) == "Aug 24 – Nov 6, 2026"
    assert formats.days(date(2026, 8, 24), date(2027, 6, 4)) == "Aug 24, 2026 – Jun 4, 2027"


def test_a_day_is_shown_with_and_without_its_year() -> None:
    assert formats.day(date(2026, 11, 3)) == "Nov 3, 2026"
    assert formats.short_day(date(2026, 11, 30)) == "Nov 30"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("2026-11-30", "Nov 30, 2026"),
        ("2026-11-30 23:59", "Nov 30, 2026, 11:59 PM"),
        ("2026-11-30T12:00:00", "Nov 30, 2026, 12:00 PM"),
    ],
)
def test_a_day_that_is_kept_as_text_is_shown_like_any_other(text: str, expected: str) -> None:
    assert formats.stored(text) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "0 records"), (1, "1 record"), (2, "2 records"), (1717, "1,717 records")],
)
def test_a_count_agrees_with_its_word(count: int, expected: str) -> None:
    assert formats.counted(count, "record") == expected


def test_a_word_with_a_plural_of_its_own_keeps_it() -> None:
    assert formats.counted(2, "category", "categories") == "2 categories"
    assert formats.plural(1, "is", "are") == "is"
    assert formats.plural(0, "is", "are") == "are"


@pytest.mark.parametrize(("share", "expected"), [(0.05, "5%"), (1.0, "100%"), (0.291, "29%")])
def test_a_share_is_a_whole_percentage(share: float, expected: str) -> None:
    assert formats.percent(share) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-1, "0 sec"), (40, "40 sec"), (720, "12 min"), (7500, "2 hr 5 min")]
)
def test_a_duration_has_at_most_two_units(seconds: float, expected: str) -> None:
    assert formats.duration(seconds) == expected


def test_no_narrow_space_is_ever_used() -> None:
    shown = formats.moment(datetime(2026, 11, 30, 20, 9, tzinfo=UTC), NEW_YORK) + formats.hours(
        time(9), time(12)
    )
    assert shown.isascii() or set(shown) - set(map(chr, range(128))) == {"–"}
