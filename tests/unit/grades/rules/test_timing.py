"""When work may go to the SIS: first scores, terms that are over, and work without a due date."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from lti_app.grades.rules.preflight import Judged, judge
from lti_app.grades.rules.timing import Choices, Standing, Timing
from lti_app.runs.words import finding
from lti_app.school.grade_policy import Ungraded
from tests.unit.grades.courses import HOMEWORK, PERIODS, SETTINGS, course, item

TODAY = date(2026, 11, 23)
TWO = frozenset({"s1", "s2"})
NEW = Standing(None, blank=TWO)


def timing(today: date = TODAY, **changes: Any) -> Timing:
    calendar = replace(course().calendar, today=today)
    return replace(Timing(SETTINGS, 1, calendar), **changes)


def due(day: str) -> Judged:
    """An item that is due on a day, or never."""
    moment = datetime.fromisoformat(f"{day} 23:59:00") if day else None
    return judge([item(due=moment)], course())[0]


def test_work_past_due_without_a_score_waits_and_says_why() -> None:
    held = timing().held(due("2026-11-19"), NEW, sends=True)

    assert held is not None and held.code == "waits_for_score" and held.students == ("s1", "s2")
    said = " ".join(finding(held.to_json()))
    assert "was due Nov 19, 2026" in said and "count as zero for 2 students" in said
    assert "select Send now" in said and "opt it out" in said
    assert timing().held(due("2026-12-01"), NEW, sends=True) is None, "it is not due yet"
    assert timing().held(due("2026-11-19"), NEW, sends=False) is None


@pytest.mark.parametrize(
    ("standing", "changes"),
    [
        (replace(NEW, scored=frozenset({"s1"})), {}),
        (replace(NEW, choices=Choices(send_now=True)), {}),
        (NEW, {"ungraded": Ungraded.SEND}),
        (NEW, {"settings": replace(SETTINGS, categories=(replace(HOMEWORK, exclude_missing=True),))}),
    ],
    ids=["a-score", "the-teacher", "the-district", "no-zeros"],
)
def test_it_goes_with_a_score_by_choice_or_where_nothing_becomes_zero(
    standing: Standing, changes: dict[str, Any]
) -> None:
    assert timing(**changes).held(due("2026-11-19"), standing, sends=True) is None


@pytest.mark.parametrize("day", ["2026-10-08", "2025-11-19"], ids=["last-quarter", "one-year-too-early"])
def test_what_lands_in_a_term_that_is_over_waits_for_a_yes_that_names_it(day: str) -> None:
    scored = replace(NEW, scored=TWO)

    held = timing().held(due(day), scored, sends=True)

    assert held is not None and (held.about, held.named) == ("Q1", "Quarter 1")
    said = " ".join(finding(held.to_json()))
    assert "Quarter 1 ended Oct 30, 2026" in said and "select Change Quarter 1" in said
    yes = replace(scored, choices=Choices(period="Q1"))
    assert timing().held(due(day), yes, sends=True) is None
    another = replace(scored, choices=Choices(period="Q2"))
    assert timing().held(due(day), another, sends=True) is not None


def test_work_without_a_due_date_is_on_the_last_day_until_it_has_a_score() -> None:
    made = timing().dated(due(""), NEW).assignment

    assert made is not None and made.due == PERIODS[1].end


@pytest.mark.parametrize(
    ("today", "days", "day"),
    [
        (TODAY, 5, "2026-11-30"),
        (TODAY, 1, "2026-11-24"),
        (TODAY, 10, "2026-12-07"),
        (date(2026, 11, 27), 1, "2026-11-30"),
        (date(2027, 1, 20), 5, "2027-01-22"),
    ],
)
def test_it_counts_so_many_school_days_after_its_first_score_inside_the_term(
    today: date, days: int, day: str
) -> None:
    scored = Standing(None, scored=frozenset({"s1"}), blank=frozenset({"s2"}))

    dated = timing(today, school_days=days).dated(due(""), scored)

    assert dated.assignment is not None and dated.assignment.due.isoformat() == day
    said = [each for each in dated.findings if each.code == "counts_from"]
    assert dated.sets_due
    assert [each.students for each in said] == [("s1", "s2")], "the blank cell turns into a zero then"


def test_a_day_without_class_is_not_counted() -> None:
    calendar = replace(course().calendar, closed=frozenset({date(2026, 11, 26), date(2026, 11, 27)}))
    scored = Standing(None, scored=TWO)

    dated = timing(calendar=calendar).dated(due(""), scored)

    assert dated.assignment is not None and dated.assignment.due == date(2026, 12, 2)


def test_the_day_is_set_once() -> None:
    scored = Standing(None, scored=TWO, choices=Choices(due=date(2026, 11, 30)))

    dated = timing(date(2026, 12, 3)).dated(due(""), scored)

    assert dated.assignment is not None and dated.assignment.due == date(2026, 11, 30)
    assert not dated.sets_due


def test_what_the_sis_has_is_named_around_its_due_date() -> None:
    judged = due("2026-11-25")
    there = replace(NEW, there=judged.assignment)

    assert [each.code for each in timing().notes(judged, there)] == ["due_soon"]
    late = timing(date(2026, 11, 26))
    assert [each.code for each in late.notes(judged, there)] == ["counts_zero"]
    assert late.held(judged, there, sends=True) is None
    far = due("2026-12-15")
    assert not list(timing().notes(far, replace(NEW, there=far.assignment)))
