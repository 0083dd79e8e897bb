"""Gradebook values survive the database, unknown ones as unknown."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from lti_app.school import gradebook_json
from lti_app.school.gradebook import Calculation, GradebookSettings, SisCategory

CATEGORY = SisCategory(1, "HW", "1", "Homework", ("Q1",), Decimal("33.34"), 2, True)
TOLD = GradebookSettings("urn:cls/7", False, True, (CATEGORY,), (), Calculation.TOTAL_POINTS)
UNTOLD = GradebookSettings("7", None, None, (SisCategory(1, "HW", "1", "Homework", ()),))


@pytest.mark.parametrize("settings", [TOLD, UNTOLD, replace(TOLD, calculation=Calculation.PERCENT)])
def test_settings_come_back_as_they_were_unknown_ones_as_unknown(settings: GradebookSettings) -> None:
    stored = json.loads(json.dumps(gradebook_json.to_json(settings)))

    assert gradebook_json.settings(stored) == settings


def test_settings_of_an_earlier_version_count_points_by_points() -> None:
    stored = gradebook_json.to_json(TOLD)
    del stored["calculation"]

    assert gradebook_json.settings(stored) == TOLD
