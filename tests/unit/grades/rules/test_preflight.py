from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_app.grades.rules.preflight import Level, judge
from lti_app.school.gradebook import GradedItem
from tests.unit.grades.courses import PERIODS, course, item


def codes(**changes: Any) -> set[str]:
    return {each.code for each in judge([item(**changes)], course())[0].findings}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"category_id": ""}, "no_category"),
        ({"category_id": "c9"}, "category_unmapped"),
        ({"category_id": "c2", "due": datetime(2026, 9, 1)}, "category_other_period"),  # noqa: DTZ001
        ({"title": ""}, "title_missing"),
        ({"max_points": None}, "points_missing"),
        ({"max_points": Decimal(-1)}, "points_missing"),
    ],
)
def test_what_cannot_be_sent_is_stopped_with_its_reason_and_remedy(
    changes: dict[str, Any], code: str
) -> None:
    judged = judge([item(**changes)], course())[0]

    assert judged.assignment is None
    stops = {each.code: each for each in judged.stops}
    assert stops[code].words and stops[code].fix


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"due": None}, "date_no_due"),
        ({"title": "x" * 256}, "title_long"),
        ({"factor": Decimal("1.5")}, "factor"),
        ({"max_points": Decimal(0)}, "points_zero"),
        ({"counts": False}, "not_counted"),
        ({"scale_id": "2"}, "scale"),
        ({"period_id": "81"}, "other_period"),
    ],
)
def test_what_distorts_is_said_and_sent(changes: dict[str, Any], code: str) -> None:
    judged = judge([item(**changes)], course())[0]

    assert judged.assignment is not None and not judged.stops
    assert code in {each.code for each in judged.findings}


def test_an_item_that_nothing_is_wrong_with_has_no_finding() -> None:
    assert codes() == set()


def test_a_category_that_the_sis_lost_and_a_closed_period_are_named() -> None:
    lost = judge([item()], course(mapped={"c1": "GONE"}))[0]
    closed = judge([item()], course(locked=frozenset({"Q2"})))[0]

    assert "GONE" in lost.stops[0].words
    assert [each.code for each in closed.findings] == ["period_closed"]


def test_titles_that_appear_twice_are_both_sent() -> None:
    judged = judge([item(), item(id="8", title="SHEET")], course())

    assert all("title_twice" in {each.code for each in one.findings} for one in judged)
    assert {one.assignment.item_id for one in judged if one.assignment} == {"7", "8"}


items = st.builds(
    GradedItem,
    id=st.integers(1, 10**12).map(str),
    title=st.text(max_size=300),
    kind=st.sampled_from(["assignment", "assessment", "discussion"]),
    category_id=st.sampled_from(["", "c1", "c2", "c9"]),
    max_points=st.one_of(st.none(), st.decimals(-10, 200_000, places=2)),
    factor=st.decimals(0, 5, places=2),
    due=st.one_of(st.none(), st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31))),  # noqa: DTZ001
    counts=st.booleans(),
    scale_id=st.sampled_from(["", "2"]),
    period_id=st.sampled_from(["", "81", "82"]),
    description=st.text(max_size=1200),
)


@given(st.lists(items, max_size=8))
def test_every_item_is_sent_as_the_sis_takes_it_or_stopped_with_a_remedy(
    given: list[GradedItem],
) -> None:
    judged = judge(given, course())

    assert [each.item for each in judged] == given
    for each in judged:
        assert (each.assignment is None) == bool(each.stops)
        assert all(finding.words for finding in each.findings)
        assert all(finding.fix for finding in each.findings if finding.level == Level.STOP)
        made = each.assignment
        if made is None:
            continue
        assert 0 < len(made.title) <= 255 and len(made.detail) <= 1000
        assert 0 <= made.points <= 99999
        assert any(period.start <= made.due <= period.end for period in PERIODS)
        assert made.due.weekday() < 5
