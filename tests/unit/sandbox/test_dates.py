"""Dates on the sandboxes' pages."""

from __future__ import annotations

from datetime import date

import pytest

from lti_app.sandbox.dates import shown_day


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (date(2026, 11, 3), "Nov 3, 2026"),
        ("2026-11-30", "Nov 30, 2026"),
        ("2026-11-30 23:59:00", "Nov 30, 2026"),
        ("soon", "soon"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_day_is_shown_as_month_day_and_year(value: date | str | None, shown: str) -> None:
    assert shown_day(value) == shown
