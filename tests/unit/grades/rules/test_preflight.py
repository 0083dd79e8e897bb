from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_app.grades.rules.findings import NOT_SENT, Finding
from lti_app.grades.rules.preflight import Judged, Level, judge
from lti_app.runs.words import finding as said_of
from lti_app.school.grade_policy import Uncounted
from lti_app.school.gradebook import GradedItem
from lti_app.sis.capabilities import Capabilities, Limits
from tests.unit.grades.courses import ABLE, BARE, PERIODS, course, item


def told(found: Finding) -> tuple[str, str]:
    """What a finding says, and what to do."""
    return said_of(found.to_json())


def codes(**changes: Any) -> set[str]:
    return {each.code for each in judge([item(**changes)], course())[0].findings}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"category_id": "c2", "due": datetime(2026, 9, 1)}, "category_other_period"),  # noqa: DTZ001
        ({"title": ""}, "title_missing"),
        ({"max_points": None}, "points_missing"),
        ({"max_points": Decimal(-1)}, "points_missing"),
        ({"unreadable": ("due date",)}, "unreadable"),
    ],
)
def test_what_cannot_be_sent_is_stopped_with_its_reason_and_remedy(
    changes: dict[str, Any], code: str
) -> None:
    judged = judge([item(**changes)], course())[0]

    assert judged.assignment is None
    stops = {each.code: each for each in judged.stops}
    assert all(told(stops[code]))


@pytest.mark.parametrize(
    ("changes", "code", "level"),
    [
        ({"category_id": ""}, "no_category", Level.CATEGORY),
        ({"category_id": "c9"}, "category_unmapped", Level.CATEGORY),
        ({"category_id": "c8"}, "category_left_out", Level.CHOICE),
    ],
)
def test_what_needs_a_category_or_is_left_out_by_choice_is_no_failure(
    changes: dict[str, Any], code: str, level: Level
) -> None:
    judged = judge([item(**changes)], replace(course(), left_out=frozenset({"c8"})))[0]

    assert judged.assignment is None and not judged.stops
    assert [(each.code, each.level) for each in judged.findings if each.level == level] == [(code, level)]
    assert all(told(each)[1] for each in judged.findings)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"due": None}, "date_no_due"),
        ({"title": "x" * 256}, "title_long"),
        ({"description": "<p>" + "x" * 1001 + "</p>"}, "detail_long"),
        ({"description": '<p>See <a href="https://x.example">this</a></p>'}, "detail_plain"),
        ({"factor": Decimal("1.5")}, "factor"),
        ({"max_points": Decimal(0)}, "points_zero"),
        ({"counts": False}, "not_counted"),
        ({"collected_only": True}, "not_counted"),
        ({"auto_publish": False}, "unpublished"),
        ({"is_final": True}, "midterm_or_final"),
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

    assert "GONE" in told(lost.stops[0])[0]
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
        assert (each.assignment is None) == any(finding.level in NOT_SENT for finding in each.findings)
        assert all(told(finding)[0] for finding in each.findings)
        assert all(told(finding)[1] for finding in each.findings if finding.level in NOT_SENT)
        made = each.assignment
        if made is None:
            continue
        assert 0 < len(made.title) <= 255 and len(made.detail) <= 1000
        assert 0 <= made.points <= 99999
        assert any(period.start <= made.due <= period.end for period in PERIODS)
        assert made.due.weekday() < 5


def judged_by(sis: Capabilities, uncounted: Uncounted = Uncounted.STOP, **changes: Any) -> Judged:
    return judge([item(**changes)], course(sis=sis, uncounted=uncounted))[0]


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"factor": Decimal(2)}, "factor_unsupported", "counts 2 times"),
        ({"factor": Decimal("0.5")}, "factor_unsupported", "counts 0.5 times"),
        ({"factor": Decimal(0)}, "not_counted", "would count in Bare"),
        ({"counts": False}, "not_counted", "would count in Bare"),
        ({"collected_only": True}, "not_counted", "would count in Bare"),
        ({"auto_publish": False}, "unpublished", "Bare"),
    ],
)
def test_without_item_weights_what_would_count_otherwise_is_stopped(
    changes: dict[str, Any], code: str, words: str
) -> None:
    found = judged_by(BARE, **changes)

    assert found.assignment is None
    assert [each.code for each in found.stops] == [code]
    assert words in told(found.stops[0])[0] and told(found.stops[0])[1]


@pytest.mark.parametrize("changes", [{"factor": Decimal(0)}, {"counts": False}, {"collected_only": True}])
def test_an_uncounted_item_is_worth_nothing_by_choice(changes: dict[str, Any]) -> None:
    found = judged_by(BARE, Uncounted.NOTHING, **changes)

    assert found.assignment is not None
    assert (found.assignment.points, found.assignment.weight) == (0, None)
    assert "not_counted" in {each.code for each in found.findings if each.level is Level.CHANGE}


def test_the_choice_for_uncounted_items_changes_nothing_else() -> None:
    plain = judged_by(BARE, Uncounted.NOTHING).assignment
    twice = judged_by(BARE, Uncounted.NOTHING, factor=Decimal(2))
    able = judged_by(ABLE, Uncounted.NOTHING, counts=False).assignment

    assert plain is not None and (plain.points, plain.weight) == (10, None)
    assert twice.assignment is None
    assert able is not None and (able.points, able.weight) == (10, 0)


def test_no_weight_is_sent_to_an_sis_that_has_none() -> None:
    made = judged_by(BARE).assignment

    assert made is not None and made.weight is None


def test_titles_points_and_details_go_by_the_limits_of_the_sis() -> None:
    tight = replace(BARE, limits=Limits(title=30, detail=10, points=Decimal(100), whole_points=True))

    long = judged_by(tight, title="x" * 31, description="y" * 11)
    assert long.assignment is not None
    assert (len(long.assignment.title), len(long.assignment.detail)) == (30, 10)
    assert "gets the first 29" in told(long.findings[0])[0]
    assert judged_by(tight, title="x" * 30).findings == ()
    assert "from 0 to 100" in told(judged_by(tight, max_points=Decimal(101)).stops[0])[1]
    (fraction,) = judged_by(tight, max_points=Decimal("12.5")).stops
    assert (fraction.code, "12.5 points" in told(fraction)[0]) == ("points_fraction", True)
    assert judged_by(tight, max_points=Decimal("12.0")).stops == []


def test_what_has_no_known_limit_is_sent_whole() -> None:
    made = judged_by(
        BARE, title="x" * 900, description="y" * 5000, max_points=Decimal("1234567.5")
    ).assignment

    assert made is not None
    assert (len(made.title), len(made.detail), made.points) == (900, 5000, Decimal("1234567.5"))
