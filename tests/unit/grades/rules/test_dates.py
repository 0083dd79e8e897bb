from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_app.grades.rules.dates import Calendar, Chosen, Period, choose, local_day

NEW_YORK, LOS_ANGELES = "America/New_York", "America/Los_Angeles"
Q1 = Period("Q1", "Quarter 1", date(2026, 8, 24), date(2026, 10, 30), "81")
Q2 = Period("Q2", "Quarter 2", date(2026, 11, 2), date(2027, 1, 22), "82")
HOLIDAYS = frozenset({date(2026, 11, 26), date(2026, 11, 27)})
CALENDAR = Calendar((Q1, Q2), date(2026, 11, 23), HOLIDAYS, class_days=True)


@pytest.mark.parametrize(
    ("due", "account", "day"),
    [
        ("2026-11-19 23:59:00", "", "2026-11-19"),
        ("2026-11-20 00:00:00", "", "2026-11-20"),
        ("2026-11-19 23:59:00", NEW_YORK, "2026-11-19"),
        ("2026-03-08 02:30:00", NEW_YORK, "2026-03-08"),
        ("2026-11-01 01:30:00", NEW_YORK, "2026-11-01"),
        ("2026-03-08 23:59:00", LOS_ANGELES, "2026-03-09"),
        ("2026-11-01 20:59:00", LOS_ANGELES, "2026-11-01"),
        ("2026-11-01 21:00:00", LOS_ANGELES, "2026-11-02"),
        ("2026-10-30 23:59:00", NEW_YORK, "2026-10-30"),
    ],
)
def test_a_due_date_is_the_day_in_the_districts_zone(due: str, account: str, day: str) -> None:
    """11:59 pm, 12:00 am, both days of the clock change, and the last day of a period."""
    assert local_day(datetime.fromisoformat(due), account, NEW_YORK).isoformat() == day


@pytest.mark.parametrize(
    ("due", "period", "day", "why"),
    [
        (date(2026, 10, 30), "Q1", date(2026, 10, 30), ""),
        (date(2026, 11, 2), "Q2", date(2026, 11, 2), ""),
        (date(2026, 10, 31), "Q1", date(2026, 10, 30), "outside"),
        (date(2026, 8, 1), "Q1", date(2026, 8, 24), "outside"),
        (date(2027, 6, 1), "Q2", date(2027, 1, 22), "outside"),
        (date(2026, 11, 21), "Q2", date(2026, 11, 20), "no_class"),
        (date(2026, 11, 27), "Q2", date(2026, 11, 25), "no_class"),
        (None, "Q2", date(2027, 1, 22), "no_due"),
    ],
)
def test_the_day_is_in_a_period_and_has_class(due: date | None, period: str, day: date, why: str) -> None:
    chosen = choose(due, "", CALENDAR)

    assert chosen is not None
    assert (chosen.period.code, chosen.day, chosen.why) == (period, day, why)


def test_without_a_due_date_the_items_own_grading_period_counts() -> None:
    chosen = choose(None, "81", CALENDAR)

    assert chosen is not None and chosen.day == Q1.end


def test_without_periods_there_is_no_day() -> None:
    assert choose(date(2026, 11, 2), "", Calendar((), date(2026, 11, 2))) is None


days = st.dates(date(2026, 7, 1), date(2027, 7, 1))


@given(st.one_of(st.none(), days), st.sampled_from(["", "81", "82", "9"]), st.sets(days, max_size=30))
def test_whatever_is_given_the_day_lies_in_its_period_on_a_day_with_class(
    due: date | None, own: str, closed: set[date]
) -> None:
    calendar = Calendar((Q1, Q2), date(2026, 11, 23), frozenset(closed), class_days=True)

    chosen = choose(due, own, calendar)

    assert chosen is not None
    assert chosen.period.start <= chosen.day <= chosen.period.end
    assert calendar.meets(chosen.day)
    assert (chosen.why == "") == (chosen.day == due)


@given(days)
def test_a_day_that_fits_is_never_changed_and_no_class_day_is_skipped(due: date) -> None:
    chosen = choose(due, "", CALENDAR)

    assert chosen is not None
    period = CALENDAR.period_of(due)
    if period is not None and chosen.day < due:
        skipped = [chosen.day + timedelta(days=n + 1) for n in range((due - chosen.day).days)]
        assert not any(CALENDAR.meets(each) for each in skipped)


def test_a_weekend_stays_where_the_sis_takes_any_day() -> None:
    anywhere = replace(CALENDAR, class_days=False)
    sunday, holiday = date(2026, 9, 13), date(2026, 11, 26)

    assert choose(sunday, "", anywhere) == Chosen(sunday, Q1)
    assert choose(sunday, "", CALENDAR) == Chosen(date(2026, 9, 11), Q1, "no_class")
    assert choose(holiday, "", anywhere) == Chosen(date(2026, 11, 25), Q2, "no_class")
