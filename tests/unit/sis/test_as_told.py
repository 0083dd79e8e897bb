"""What an SIS can't tell is unknown, whatever its adapter fills in, and nothing is written over it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from lti_app.grades.rules.match import match
from lti_app.school.average_codes import Setting
from lti_app.school.gradebook import (
    Calculation,
    GradebookSettings,
    GradeCategory,
    SchoolMark,
    SectionGrading,
    SisCategory,
)
from lti_app.school.scores import sis_rules
from lti_app.sis.as_told import as_told
from lti_app.sis.capabilities import Capabilities

FILLED_IN = GradebookSettings(
    "5001",
    total_points=False,
    truncates=False,
    categories=(SisCategory(1, "A", "a", "All", (), Decimal(0), 0, exclude_missing=False),),
    marks=(SchoolMark("EX", "Excused", exclude=True),),
    calculation=Calculation.PERCENT,
)
"""What an adapter says that has a zero for everything that its SIS does not know."""
ALL = Capabilities("Toy", settings=True, category_weights=True, marks=True)
CHOSEN = GradeCategory("1", "Tests", Calculation.TOTAL_POINTS, Decimal(40), drop_lowest=1)


def test_an_sis_that_tells_everything_is_believed() -> None:
    assert as_told(FILLED_IN, ALL) == FILLED_IN


@pytest.mark.parametrize("missing", ["settings", "category_weights", "marks"])
def test_what_cannot_be_told_is_unknown(missing: str) -> None:
    can: dict[str, Any] = {missing: False}

    found = as_told(FILLED_IN, replace(ALL, **can))

    (category,) = found.categories
    assert (found.total_points is None) == (missing == "settings")
    assert (found.truncates, found.calculation).count(None) == (2 if missing == "settings" else 0)
    assert (category.weight is None) == (missing == "category_weights")
    assert (category.drop_lowest, category.exclude_missing).count(None) == (2 if missing == "settings" else 0)
    assert (found.marks == ()) == (missing == "marks")
    assert (sis_rules(found) is None) == (missing != "marks")


@pytest.mark.parametrize("missing", ["settings", "category_weights"])
def test_a_zero_of_an_adapter_is_written_over_no_weight(missing: str) -> None:
    can: dict[str, Any] = {missing: False}
    known = as_told(FILLED_IN, replace(ALL, **can))

    found = match(known, 1, SectionGrading(weighted=True), [CHOSEN], mapped={"1": "A"})

    assert found.weighted is None
    assert [each.weight for each in found.categories] in ([], [Decimal(40)])
    assert not [each for each in found.differences if each.what in (Setting.WEIGHT, Setting.WEIGHTING)]
