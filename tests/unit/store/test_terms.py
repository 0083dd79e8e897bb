"""A term that is not mapped itself belongs to the grading period of what it is a part of."""

from __future__ import annotations

import pytest

from lti_app.store.terms import mapped_to
from tests.factories import term

TERMS = {
    each.key: each
    for each in (
        term("year", grading_period_id="9"),
        term("fall:1|é", parent="year"),
        term("q1", parent="fall:1|é"),
        term("of one school", parent="year", buildings=["north"], grading_period_id="8"),
        term("round", parent="round about"),
        term("round about", parent="round"),
        term("orphan", parent="gone"),
    )
}


@pytest.mark.parametrize(
    ("key", "building", "expected"),
    [
        ("year", "north", "9"),
        ("q1", "north", "9"),
        ("of one school", "north", "8"),
        ("of one school", "south", "9"),
        ("round", "north", ""),
        ("orphan", "north", ""),
        ("never read", "north", ""),
    ],
)
def test_the_nearest_mapped_term_of_the_school_counts(key: str, building: str, expected: str) -> None:
    assert mapped_to(TERMS, key, building) == expected
