"""The arithmetic that both gradebooks share, against exact fractions and against what must always hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_app.school.average_codes import Untold
from lti_app.school.gradebook import (
    Assignment,
    Calculation,
    Grade,
    GradebookSettings,
    GradeCategory,
    GradedItem,
    SchoolMark,
    ScoreException,
    SisCategory,
    SisScore,
)
from lti_app.school.scores import (
    CategoryRule,
    Cell,
    Overall,
    Rules,
    average,
    in_period,
    rounded,
    schoology_cell,
    schoology_rules,
    sis_cell,
    sis_rules,
)

TODAY = date(2026, 11, 23)
PAST = TODAY - timedelta(days=7)
CODES = ("HW", "TEST")

numbers = st.integers(1, 5000).map(lambda cents: Decimal(cents) / 100)
cells = st.lists(
    st.builds(Cell, st.sampled_from(CODES), st.just(Decimal(0)) | numbers, numbers, numbers), max_size=8
)


def _rules(overall: Overall = Overall.WEIGHTS, drop: int = 0, **more: object) -> Rules:
    weights = {code: CategoryRule(Decimal(weight), drop) for code, weight in zip(CODES, (3, 7), strict=True)}
    return Rules(overall, weights, **more)


def _fraction(cells: list[Cell], overall: Overall) -> Fraction | None:
    """The same without any rounding, for total points in each category and nothing dropped."""
    sums = {
        code: [
            sum((Fraction(value(cell) * cell.factor) for cell in cells if cell.category == code), Fraction(0))
            for value in (lambda cell: cell.earned, lambda cell: cell.possible)
        ]
        for code in CODES
    }
    if overall is Overall.POINTS:
        sums = {"": [sum(each[0] for each in sums.values()), sum(each[1] for each in sums.values())]}
    weights = {"HW": 3, "TEST": 7} if overall is Overall.WEIGHTS else {}
    parts = [(weights.get(code, 1), Fraction(a) / b) for code, (a, b) in sums.items() if b]
    return sum(w * share for w, share in parts) / sum(w for w, _ in parts) * 100 if parts else None


@given(cells, st.sampled_from(Overall))
def test_an_average_is_the_exact_one_rounded_once(work: list[Cell], overall: Overall) -> None:
    exact, result = _fraction(work, overall), average(work, _rules(overall))
    if exact is None:
        assert result is None
    else:
        assert result is not None
        assert Fraction(-1, 200) <= exact - Fraction(result) < Fraction(1, 200)


@given(cells, st.sampled_from(Overall))
def test_cutting_off_never_reaches_above(work: list[Cell], overall: Overall) -> None:
    exact, result = _fraction(work, overall), average(work, _rules(overall, truncates=True))
    assert (exact is None) is (result is None)
    if exact is not None and result is not None:
        assert 0 <= exact - Fraction(result) < Fraction(1, 100)


@given(cells, st.randoms(use_true_random=False))
def test_the_order_of_the_work_does_not_matter(work: list[Cell], random: st.DataObject) -> None:
    shuffled = list(work)
    random.shuffle(shuffled)
    assert average(shuffled, _rules(drop=1)) == average(work, _rules(drop=1))


@given(cells)
def test_only_the_proportions_of_weights_matter(work: list[Cell]) -> None:
    tenfold = {code: CategoryRule(Decimal(weight)) for code, weight in (("HW", "0.3"), ("TEST", "0.7"))}
    assert average(work, Rules(Overall.WEIGHTS, tenfold)) == average(work, _rules())


@given(cells, st.integers(0, 3))
def test_dropping_the_lowest_lowers_no_one(work: list[Cell], drop: int) -> None:
    before, after = average(work, _rules(drop=0)), average(work, _rules(drop=drop))
    assert (before is None) is (after is None)
    if before is not None and after is not None:
        assert after >= before


def test_work_in_a_category_that_is_not_known_does_not_count() -> None:
    known = Cell("HW", Decimal(7), Decimal(10))
    assert average([known, replace(known, category="GONE", earned=Decimal(0))], _rules()) == 70


def test_weights_of_zero_come_to_no_average() -> None:
    rules = Rules(Overall.WEIGHTS, {"HW": CategoryRule(Decimal(0))})
    assert average([Cell("HW", Decimal(7), Decimal(10))], rules) is None


@pytest.mark.parametrize(
    ("value", "truncates", "step", "expected"),
    [
        ("66.665", False, "0.01", "66.67"),
        ("66.669", True, "0.01", "66.66"),
        ("39.5", False, "1", "40"),
        ("44.9999999999999999999999999999", True, "0.01", "45.00"),
    ],
)
def test_rounding(value: str, truncates: bool, step: str, expected: str) -> None:
    assert str(rounded(Decimal(value), truncates=truncates, step=Decimal(step))) == expected


ITEM = GradedItem("7", "Essay", "assignment", "C", Decimal(10), Decimal(1), None)
GRADE = Grade("7", "E", Decimal(8))


@pytest.mark.parametrize(
    "changed",
    [
        {"category_id": ""},
        {"counts": False},
        {"published": False},
        {"max_points": None},
        {"factor": Decimal(0)},
        {"max_points": Decimal(0), "kind": "assessment"},
    ],
    ids=str,
)
def test_items_that_schoology_leaves_out(changed: dict[str, object]) -> None:
    assert schoology_cell(ITEM, GRADE) == Cell("C", Decimal(8), Decimal(10))
    assert schoology_cell(replace(ITEM, **changed), GRADE) is None


@pytest.mark.parametrize("exception", list(ScoreException))
def test_only_missing_work_is_zero(exception: ScoreException) -> None:
    """A code that no one knows is never taken for zero."""
    cell = schoology_cell(ITEM, Grade("7", "E", None, exception))
    assert (cell and cell.earned) == (0 if exception is ScoreException.MISSING else None)
    assert schoology_cell(ITEM, None) is None


def test_a_course_with_weights_and_one_without() -> None:
    categories = (
        GradeCategory("C", "Work", Calculation.PERCENT, Decimal(40), 2),
        GradeCategory("D", "Tests"),
    )
    weighted = schoology_rules(categories)
    assert weighted.overall is Overall.WEIGHTS
    assert weighted.categories["C"] == CategoryRule(Decimal(40), 2, Calculation.PERCENT)
    assert weighted.categories["D"].weight == 0
    assert schoology_rules(categories[1:]).overall is Overall.EVEN
    assert schoology_rules(categories[1:], Overall.POINTS).overall is Overall.POINTS


HOMEWORK = SisCategory(1, "HW", "1", "Homework", ("M1", "M2"), Decimal(30), 1, False)
MARKS = (
    SchoolMark("EX", "Excused", True),
    SchoolMark("P", "Pass", False, Decimal(90)),
    SchoolMark("N", "Note", False),
)
SETTINGS = GradebookSettings("1", False, True, (HOMEWORK,), MARKS, Calculation.TOTAL_POINTS)
ESSAY = Assignment(1, "7", "HW", "Essay", Decimal(20), Decimal(2), PAST)


@pytest.mark.parametrize(
    ("score", "earned"),
    [
        (SisScore("S", Decimal(15)), "15"),
        (SisScore("S", Decimal(25)), "25"),
        (SisScore("S", mark="EX"), None),
        (SisScore("S", mark="P"), "18"),
        (SisScore("S", mark="N"), "0"),
        (SisScore("S", mark="?"), "0"),
        (SisScore("S"), "0"),
        (None, "0"),
    ],
    ids=str,
)
def test_scores_of_the_sis(score: SisScore | None, earned: str | None) -> None:
    cell = sis_cell(ESSAY, score, SETTINGS, TODAY)
    assert (cell and str(cell.earned)) == earned
    assert cell is None or (cell.possible, cell.factor) == (20, 2)


@pytest.mark.parametrize(
    ("changed", "scored", "blank"),
    [
        ({"due": TODAY}, True, False),
        ({"due": TODAY + timedelta(days=1)}, False, False),
        ({"weight": Decimal(0)}, False, False),
        ({"category": "GONE"}, False, False),
    ],
    ids=str,
)
def test_when_an_assignment_counts(changed: dict[str, object], scored: bool, blank: bool) -> None:
    essay = replace(ESSAY, **changed)
    assert (sis_cell(essay, SisScore("S", Decimal(1)), SETTINGS, TODAY) is not None) is scored
    assert (sis_cell(essay, None, SETTINGS, TODAY) is not None) is blank


def test_a_category_can_exclude_missing_work() -> None:
    excluding = replace(SETTINGS, categories=(replace(HOMEWORK, exclude_missing=True),))
    assert sis_cell(ESSAY, None, excluding, TODAY) is None
    assert sis_cell(ESSAY, SisScore("S", Decimal(0)), excluding, TODAY) is not None


def test_a_marking_period_takes_its_own_row_of_a_category() -> None:
    special = replace(HOMEWORK, terms=("M3",), weight=Decimal(80))
    elsewhere = replace(HOMEWORK, session=2, code="LAB")
    settings = replace(SETTINGS, categories=(HOMEWORK, special, elsewhere))
    assert in_period(settings, 1, "M3").categories == (special,)
    assert in_period(settings, 1, "M1").categories == (HOMEWORK,)
    assert in_period(settings, 1, "M9").categories == (HOMEWORK,)


def test_the_rules_of_a_sis_gradebook() -> None:
    rules = sis_rules(SETTINGS)
    assert (rules.overall, rules.truncates) == (Overall.WEIGHTS, True)
    assert rules.categories == {"HW": CategoryRule(Decimal(30), 1)}
    assert sis_rules(replace(SETTINGS, total_points=True)).overall is Overall.POINTS


@pytest.mark.parametrize(
    ("changed", "untold"),
    [
        ({"total_points": None}, Untold.AVERAGING),
        ({"truncates": None}, Untold.ROUNDING),
        ({"calculation": None}, Untold.ITEMS),
        ({"categories": (replace(HOMEWORK, weight=None),)}, Untold.WEIGHTS),
        ({"categories": (replace(HOMEWORK, drop_lowest=None),)}, Untold.DROPS),
        ({"categories": (replace(HOMEWORK, exclude_missing=None),)}, Untold.MISSING),
    ],
    ids=str,
)
def test_no_average_is_calculated_by_rules_that_are_not_told(changed: dict[str, Any], untold: Untold) -> None:
    assert SETTINGS.untold == ()
    settings = replace(SETTINGS, **changed)

    assert settings.untold == (untold,)
    assert sis_rules(settings) is None


def test_weights_need_not_be_told_where_there_are_none() -> None:
    bare = replace(SETTINGS, total_points=True, categories=(replace(HOMEWORK, weight=None),))

    assert sis_rules(bare) == Rules(Overall.POINTS, {"HW": CategoryRule(Decimal(1), 1)}, truncates=True)


def test_missing_work_is_no_zero_where_the_sis_does_not_tell() -> None:
    silent = replace(SETTINGS, categories=(replace(HOMEWORK, exclude_missing=None),))

    assert sis_cell(ESSAY, None, silent, TODAY) is None


def test_an_assignment_without_a_weight_of_its_own_counts_once() -> None:
    cell = sis_cell(replace(ESSAY, weight=None), SisScore("S", Decimal(15)), SETTINGS, TODAY)

    assert cell is not None and cell.factor == 1
