from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from lti_app.grades.rules.match import match
from lti_app.grades.rules.suggest import suggest
from lti_app.school.average_codes import MatchCode, Setting
from lti_app.school.gradebook import Calculation, GradebookSettings, GradeCategory, SectionGrading
from tests.unit.grades.courses import EXAM, HOMEWORK, SETTINGS

SHEETS = GradeCategory("c1", "Sheets", Calculation.PERCENT, None, 0)
FINAL = GradeCategory("c2", "Final", Calculation.TOTAL_POINTS, None, 0)
OFF, ON = SectionGrading(False), SectionGrading(True)


def test_weights_calculation_and_drop_lowest_follow_the_sis() -> None:
    found = match(SETTINGS, 1, OFF, [SHEETS, FINAL], mapped={"c1": "HW", "c2": "EXAM"})

    assert found.weighted
    wanted = {each.id: (each.weight, each.drop_lowest, each.calculation) for each in found.categories}
    assert wanted == {
        "c1": (Decimal("40.00"), 1, Calculation.TOTAL_POINTS),
        "c2": (Decimal("60.00"), 0, Calculation.TOTAL_POINTS),
    }
    assert {each.what for each in found.differences} == {
        Setting.WEIGHTING,
        Setting.CALCULATION,
        Setting.WEIGHT,
        Setting.DROP_LOWEST,
    }


def test_what_matches_already_is_not_written() -> None:
    first = match(SETTINGS, 1, OFF, [SHEETS], mapped={"c1": "HW"})
    again = match(SETTINGS, 1, ON, list(first.categories), mapped={"c1": "HW"})

    assert again.differences == () and again.categories == ()


def test_with_total_points_there_are_no_weights_on_either_side() -> None:
    total = replace(SETTINGS, total_points=True)
    found = match(total, 1, ON, [replace(SHEETS, weight=Decimal(20))], mapped={"c1": "HW"})

    assert not found.weighted
    assert all(each.weight is None for each in found.categories)


def test_categories_that_share_one_of_the_sis_share_its_weight_and_warn() -> None:
    found = match(SETTINGS, 1, ON, [SHEETS, FINAL], mapped={"c1": "HW", "c2": "HW"})

    assert {each.weight for each in found.categories} == {Decimal("20.00")}
    assert found.warnings[0].code == MatchCode.MATCH_SHARED


def test_unmapped_categories_are_left_alone() -> None:
    found = match(SETTINGS, 1, ON, [SHEETS, FINAL], mapped={"c1": "HW"})

    assert {each.id for each in found.categories} == {"c1"}


@pytest.mark.parametrize(
    ("title", "code"),
    [
        ("Homework", "HW"),
        ("home-work", "HW"),
        ("HW", "HW"),
        ("Final exams", "EXAM"),
        ("Zoology", ""),
        ("", ""),
        ("測試", ""),
    ],
)
def test_a_category_is_suggested_by_its_name(title: str, code: str) -> None:
    assert suggest(GradeCategory("c9", title), [HOMEWORK, EXAM]) == code


UNTOLD = GradebookSettings(
    "1001",
    None,
    None,
    tuple(replace(each, weight=None, drop_lowest=None, exclude_missing=None) for each in (HOMEWORK, EXAM)),
)
FORTY = replace(SHEETS, weight=Decimal(40), drop_lowest=1)
SIXTY = replace(FINAL, weight=Decimal(60))
BOTH = {"c1": "HW", "c2": "EXAM"}


def test_what_the_sis_does_not_tell_is_never_written() -> None:
    found = match(UNTOLD, 1, ON, [FORTY, SIXTY], mapped=BOTH)

    assert (found.differences, found.categories, found.weighted) == ((), (), None)


@pytest.mark.parametrize("grading", [ON, OFF])
def test_weights_are_not_turned_on_while_one_of_them_is_unknown(grading: SectionGrading) -> None:
    settings = replace(SETTINGS, categories=(HOMEWORK, replace(EXAM, weight=None)), calculation=None)
    found = match(settings, 1, grading, [FORTY, replace(SIXTY, drop_lowest=3)], mapped=BOTH)

    assert found.weighted is None
    assert [(each.id, each.weight, each.drop_lowest) for each in found.categories] == [("c2", Decimal(60), 0)]
    assert [each.what for each in found.differences] == [Setting.DROP_LOWEST]


def test_known_settings_are_written_beside_unknown_ones() -> None:
    settings = replace(
        UNTOLD, categories=(replace(UNTOLD.categories[0], drop_lowest=2), UNTOLD.categories[1])
    )
    found = match(settings, 1, ON, [FORTY, SIXTY], mapped=BOTH)

    assert found.categories == (replace(FORTY, drop_lowest=2),)


def test_total_points_turn_weights_off_whatever_else_is_unknown() -> None:
    found = match(replace(UNTOLD, total_points=True), 1, ON, [FORTY, SIXTY], mapped=BOTH)

    assert found.weighted is False
    assert [each.what for each in found.differences] == [Setting.WEIGHTING]


def test_categories_that_share_one_keep_their_drops_where_the_sis_tells_none() -> None:
    found = match(UNTOLD, 1, ON, [FORTY, SIXTY], mapped={"c1": "HW", "c2": "HW"})

    assert found.categories == ()
