"""The limits of the brakes: shares and numbers, their bounds, and a rollover window with its own."""

from __future__ import annotations

from datetime import date

import pytest

from lti_app.school.limits import BOUNDS, ROLLOVER, SHARES, Limits, too_many

LAST_DAY = date(2026, 8, 31)


@pytest.mark.parametrize(
    ("number", "of", "asked"),
    [(4, 4, False), (5, 40, True), (5, 50, False), (6, 50, True), (500, 9000, False), (501, 9000, True)],
)
def test_a_share_counts_from_the_floor_up_and_the_ceiling_always(number: int, of: int, asked: bool) -> None:
    assert too_many(number, of, share=0.10, floor=5, ceiling=500) is asked


def test_every_default_lies_within_its_bounds() -> None:
    stored = Limits().to_json()

    assert Limits.from_json(stored) == Limits()
    assert set(BOUNDS) == set(stored) - {"rollover_until"}


def test_no_everyday_brake_can_be_switched_off() -> None:
    wild = {name: 10.0 if name in SHARES else 10**9 for name in BOUNDS}

    kept = Limits.from_json({**wild, "no_such_limit": 1})

    for name in SHARES:
        if not name.startswith(ROLLOVER):
            assert getattr(kept, name) < 1.0, name
    assert all(getattr(kept, name) <= most for name, (_, most) in BOUNDS.items())


def test_a_rollover_window_has_limits_of_its_own_and_ends() -> None:
    limits = Limits(
        rollover_until=LAST_DAY.isoformat(),
        rollover_drop_share=0.6,
        rollover_drop_ceiling=700,
        rollover_section_share=0.8,
        rollover_section_ceiling=90,
        rollover_update_ceiling=4000,
        rollover_leave_share=0.7,
    )

    inside = limits.on(LAST_DAY)

    assert (inside.drop_share, inside.drop_ceiling, inside.drop_floor) == (0.6, 700, 5)
    assert (inside.section_share, inside.section_ceiling, inside.section_floor) == (0.8, 90, 5)
    assert (inside.update_share, inside.update_ceiling, inside.leave_share) == (1.0, 4000, 0.7)
    assert limits.on(date(2026, 9, 1)) == limits
