"""The deciding parts of live sync: the brake, what is held, what is kept of Schoology's gradebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import cast

import pytest

from lti_app.grades.live.last_seen import OVERLAP, Kept, differ, merged, read
from lti_app.grades.rules.delete_brake import Load, Why, judge
from lti_app.grades.rules.held import Held
from lti_app.school.gradebook import Grade, GradedItem, SchoologyGrades, Seat, SectionGrading
from lti_app.school.reasons import other
from lti_app.schoology.port import Schoology, SectionBook

NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
NONE = Load(0, 0, 0)
ITEM = GradedItem("1", "Quiz", "assignment", "7", Decimal(10), Decimal(1), None)


@pytest.mark.parametrize(
    ("load", "held"),
    [
        (Load(1, 0, 1), False),
        (Load(2, 0, 2), False),
        (Load(3, 0, 6), False),
        (Load(3, 0, 5), True),
        (Load(1, 2, 3), True),
        (Load(0, 9, 1), False),
    ],
)
def test_more_than_half_of_the_items_trips_the_brake(load: Load, held: bool) -> None:
    assert bool(judge(load, NONE, 0)[0]) == held


@pytest.mark.parametrize(("everywhere", "held"), [(19, False), (20, True)])
def test_more_than_twenty_items_of_the_district_trip_it(everywhere: int, held: bool) -> None:
    assert bool(judge(Load(1, 0, 100), NONE, everywhere)[0]) == held


def test_what_is_held_stays_so_until_someone_decides_and_exactly_that_goes() -> None:
    held = Held()
    held.hold({"1": "A", "2": "B"}, set(), Why(other("too many")), NOW)
    held.hold({"1": "A", "2": "B"}, set(), Why(), NOW)
    assert set(held.delete) == {"1", "2"}

    held.approve()
    held.hold({"1": "A", "2": "B", "3": "C"}, set(), Why(other("too many")), NOW)

    assert (set(held.delete), held.approved_deletes) == ({"3"}, {"1", "2"})
    assert Held.load(held.dump()) == held


def test_a_reading_of_what_changed_is_laid_over_what_is_kept() -> None:
    kept, _ = merged(Kept(), book(Grade("1", "a", Decimal(5), timestamp=1000), Grade("1", "b", None)))
    fresh, whole = merged(kept, book(Grade("1", "b", Decimal("7.5"), timestamp=2000)))

    assert kept.since == 1000 - OVERLAP
    assert {each.enrollment_id: each.score for each in whole.grades.grades} == {"a": 5, "b": Decimal("7.5")}
    assert differ(kept, fresh) and not differ(fresh, Kept.load(fresh.dump()))


def test_grades_of_an_item_that_is_gone_are_forgotten() -> None:
    kept, _ = merged(Kept(), book(Grade("1", "a", Decimal(5), timestamp=1000)))
    fresh, whole = merged(kept, SectionBook(SectionGrading(False), (), (), SchoologyGrades(())))

    assert whole.grades.grades == ()
    assert differ(kept, fresh)


def book(*grades: Grade) -> SectionBook:
    return SectionBook(SectionGrading(False), (ITEM,), (), SchoologyGrades(grades))


class Published:
    """A section in which an item is published after a score was typed on it, which is not listed before."""

    def books(self, since: Mapping[str, int]) -> dict[str, SectionBook]:
        """Grades since a moment, as multiget answers."""
        (moment,) = since.values()
        given = (Grade("1", "e1", Decimal(8), timestamp=9_000), Grade("2", "e1", Decimal(7), timestamp=1_000))
        told = tuple(each for each in given if each.timestamp >= moment)
        items = (ITEM, replace(ITEM, id="2", title="Draft"))
        return {"5": SectionBook(SectionGrading(False), items, (), SchoologyGrades(told))}


def test_scores_that_were_typed_on_a_draft_are_read_once_it_is_published() -> None:
    kept, _ = merged(Kept(), book(Grade("1", "e1", Decimal(8), timestamp=9_000)))
    assert kept.since > 1_000

    fresh, _ = read(cast(Schoology, Published()), "5", kept)

    assert set(fresh.grades or ()) == {("1", "e1"), ("2", "e1")}


class Joined:
    """A section into which someone comes who has a score of before."""

    def books(self, since: Mapping[str, int]) -> dict[str, SectionBook]:
        """Grades since a moment, as multiget answers."""
        (moment,) = since.values()
        given = (Grade("1", "e1", Decimal(8), timestamp=9_000), Grade("1", "e2", Decimal(7), timestamp=1_000))
        told = tuple(each for each in given if each.timestamp >= moment)
        seats = (Seat("e1", "u1", "s1", "One"), Seat("e2", "u2", "s2", "Two"))
        return {"5": SectionBook(SectionGrading(False), (ITEM,), seats, SchoologyGrades(told))}


def test_scores_of_someone_who_is_new_in_the_course_are_read_whole() -> None:
    first = replace(
        book(Grade("1", "e1", Decimal(8), timestamp=9_000)), seats=(Seat("e1", "u1", "s1", "One"),)
    )
    kept, _ = merged(Kept(), first)
    assert kept.since > 1_000

    fresh, _ = read(cast(Schoology, Joined()), "5", kept)

    assert set(fresh.grades or ()) == {("1", "e1"), ("1", "e2")}


def test_a_stamp_of_the_future_does_not_move_the_next_reading() -> None:
    """Not past Schoology's own time of the last one."""
    there = replace(book(Grade("1", "e1", Decimal(8), timestamp=90_000)), now=5_000)

    kept, _ = merged(Kept(), there)

    assert kept.since == 5_000 - OVERLAP
