"""The sandbox's own arithmetic, against averages worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from lti_app.sandbox.sis.averages import AlphaMark, Category, Work, average

TODAY = date(2026, 11, 23)
PAST, AHEAD = date(2026, 11, 2), date(2026, 12, 1)
EXCUSED = AlphaMark("EX", "Excused", True, None)
HALF = AlphaMark("H", "Half", False, Decimal(50))


def _category(code: str = "HW", weight: int = 100, drop: int = 0, exclude: bool = False) -> Category:
    return Category(1, code, 1, code, ("M2",), Decimal(weight), drop, exclude)


def _work(score: object, points: object = 10, code: str = "HW", due: date = PAST, weight: int = 1) -> Work:
    number = None if score is None else Decimal(str(score))
    return Work(code, Decimal(str(points)), Decimal(weight), due, number)


def _average(work: list[Work], *categories: Category, by_weight: bool = False, cut: bool = False) -> str:
    return str(average(work, categories or [_category()], TODAY, by_weight=by_weight, cut_off=cut))


def test_nothing_counts_without_work() -> None:
    assert _average([]) == "None"
    assert _average([_work(None, due=AHEAD)]) == "None"


def test_total_points_add_up() -> None:
    assert _average([_work(8), _work(45, 50)]) == "88.33"


def test_the_factor_multiplies_both_sides() -> None:
    assert _average([_work(10, weight=3), _work(0)]) == "75.00"


def test_missing_work_is_zero_after_its_due_date_unless_excluded() -> None:
    work = [_work(10), _work(None), _work(None, due=AHEAD)]
    assert _average(work) == "50.00"
    assert _average(work, _category(exclude=True)) == "100.00"
    assert _average([_work(10), _work(None, due=TODAY)]) == "100.00"


def test_work_that_is_due_after_today_does_not_count_even_with_a_score() -> None:
    """PowerSchool, Gradebook Setup Assignments Tab Field Descriptions, Date Due."""
    assert _average([_work(10), _work(2, due=AHEAD)]) == "100.00"
    assert _average([_work(10), _work(2, due=TODAY)]) == "60.00"


def test_the_tail_of_a_division_is_not_cut_off() -> None:
    """A third weighing 30 and a half weighing 70 are 45."""
    work = [_work(1, 3), _work(35, 70, "TEST")]
    categories = (_category("HW", 30), _category("TEST", 70))
    assert _average(work, *categories, by_weight=True, cut=True) == "45.00"


def test_the_lowest_percentage_is_dropped_not_the_lowest_points() -> None:
    assert _average([_work(4, 5), _work(30, 100)], _category(drop=1)) == "80.00"


def test_the_last_score_is_never_dropped() -> None:
    assert _average([_work(6)], _category(drop=2)) == "60.00"


def test_alpha_marks_exclude_or_stand_for_a_percentage() -> None:
    excused = Work("HW", Decimal(10), Decimal(1), PAST, None, EXCUSED)
    half = Work("HW", Decimal(10), Decimal(1), PAST, None, HALF)
    assert _average([_work(9), excused]) == "90.00"
    assert _average([_work(10), half]) == "75.00"
    assert _average([excused]) == "None"


def test_weights_count_only_for_categories_with_something_in_them() -> None:
    categories = (_category("HW", 20), _category("TEST", 60), _category("LAB", 20))
    work = [_work(10), _work(50, 100, "TEST")]
    assert _average(work, *categories, by_weight=True) == "62.50"


@pytest.mark.parametrize(("cut", "expected"), [(False, "66.67"), (True, "66.66")])
def test_averages_are_rounded_or_cut_off(cut: bool, expected: str) -> None:
    assert _average([_work(2, 3)], cut=cut) == expected


def test_half_a_hundredth_is_rounded_up() -> None:
    assert _average([_work("0.33335", 1)]) == "33.34"


def test_work_for_no_points_is_a_bonus() -> None:
    assert _average([_work(9), _work(2, 0)]) == "110.00"
    assert _average([_work(2, 0)]) == "None"
