"""What an adapter can do, and what a connection found laid over it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from lti_app.sis.capabilities import Capabilities, ContactType, Limits

STATIC = Capabilities(
    "Toy", grades=True, exempt=True, limits=Limits(title=80, points=Decimal(1000), batch=25)
)


def test_what_a_connection_found_goes_over_what_the_adapter_says() -> None:
    stored = json.loads(json.dumps({"delete": True, "exempt": False, "limits": {"title": 30, "batch": 1}}))

    found = STATIC.measured(stored)

    assert (found.delete, found.exempt, found.grades) == (True, False, True)
    assert found.limits == Limits(title=30, points=Decimal(1000), batch=1)


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        ["grades"],
        {"exempt": "no", "product": "Other", "no such": True},
        {"limits": {"title": "long", "batch": 0, "points": "NaN", "whole_points": 1, "digits": True}},
        {"limits": None},
    ],
)
def test_what_cannot_be_understood_changes_nothing(stored: Any) -> None:
    assert STATIC.measured(stored) == STATIC


def test_measured_points_are_exact_whether_text_or_number() -> None:
    assert STATIC.measured(
        {"limits": {"points": "99.5", "whole_points": True, "whole_scores": True}}
    ).limits == Limits(title=80, points=Decimal("99.5"), whole_points=True, whole_scores=True, batch=25)
    assert STATIC.measured({"limits": {"points": 100}}).limits.points == Decimal(100)


def test_parents_are_the_contact_types_that_the_adapter_calls_so() -> None:
    types = (ContactType("parent", "Parent", parent=True), ContactType("aunt", "Aunt"))

    assert Capabilities("Toy", contact_types=types).parent_types == ("parent",)


def test_nothing_is_possible_that_no_one_has_said() -> None:
    bare = Capabilities("Toy")

    assert not any(value for value in vars(bare).values() if isinstance(value, bool))
    assert bare.limits == Limits()
