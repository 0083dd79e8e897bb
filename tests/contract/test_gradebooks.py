"""The promises of both gradebook ports, kept over real sockets by the adapters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lti_app.extensions import db
from lti_app.models import ActingUser, Installation, Link, SisConnection
from lti_app.sandbox.schoology import gradebook as far_book
from lti_app.school.gradebook import (
    Assignment,
    AssignmentRef,
    Calculation,
    GradeCategory,
    ScoreException,
    SisScore,
)
from lti_app.sis.errors import IncompleteRead, SisRejected, SisUnavailable
from tests.support.world import World, make_synced

DUE = date(2026, 11, 20)


@dataclass
class Both:
    """One synced section seen from both adapters."""

    world: World
    section_id: str
    key: str
    sis: Any
    schoology: Any

    def category(self) -> str:
        return self.sis.gradebook_settings(self.key).categories[0].code

    def session(self) -> int:
        return self.sis.gradebook_settings(self.key).categories[0].session

    def assignment(self, **changes: Any) -> Assignment:
        made = Assignment(
            session=self.session(),
            item_id="5001",
            category=self.category(),
            title="Cell walls",
            points=Decimal("12.5"),
            weight=Decimal(1),
            due=DUE,
        )
        return replace(made, **changes)

    def ref(self, item_id: str, sis_id: str = "") -> AssignmentRef:
        return AssignmentRef(self.key, self.session(), item_id, sis_id)

    def put(self, **changes: Any) -> str:
        made = self.assignment(**changes)
        return str(self.sis.put_assignment(self.ref(made.item_id), made))

    def students(self) -> list[str]:
        rows = self.world.district.enrollments[int(self.key)]
        return [row.student_id for row in rows if row.open_on(date(2026, 11, 23))]


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    with make_synced(tmp_path) as world, world.app.app_context():
        wiring = world.app.extensions["wiring"]
        link = _full_section(world)
        sis = wiring.sis(db.session.get_one(SisConnection, 1))
        schoology = wiring.schoology(db.session.get_one(Installation, 1), db.session.get_one(ActingUser, 1))
        yield Both(world, link.schoology_id, link.sis_id, sis, schoology)


def _full_section(world: World) -> Link:
    rows = db.session.query(Link).filter(Link.kind == "section").order_by(Link.sis_id)
    return max(rows, key=lambda row: len(world.store.members(int(row.schoology_id))))


def test_settings_come_as_decimals_with_trimmed_codes(both: Both) -> None:
    found = both.sis.gradebook_settings(both.key)

    assert found.section_key == both.key
    assert found.categories and all(isinstance(each.weight, Decimal) for each in found.categories)
    assert all(each.code == each.code.strip() and each.terms for each in found.categories)
    assert {mark.name for mark in found.marks} >= {"Excused", "Missing"}


def test_an_assignment_is_made_once_however_often_it_is_sent(both: Both) -> None:
    first = both.put()
    second = both.put(title="Cell walls, part 2")

    found = [each for each in both.sis.assignments(both.key) if each.item_id == "5001"]
    assert (first, [each.title for each in found]) == (second, ["Cell walls, part 2"])
    assert (found[0].points, found[0].due, found[0].number) == (Decimal("12.5"), DUE, first)


def test_scores_are_set_marked_cleared_and_refused_one_by_one(both: Both) -> None:
    number = both.put()
    session = both.session()
    one, two = both.students()[:2]
    excused = next(each.code for each in both.sis.gradebook_settings(both.key).marks if each.exclude)

    said = both.sis.put_scores(
        both.ref("5001", number),
        [
            SisScore(one, Decimal("7.25"), comment="Good"),
            SisScore(two, mark=excused),
            SisScore("nobody"),
        ],
    )

    assert [each.ok for each in said] == [True, True, False]
    assert said[2].code == "STUDENT_NOT_IN_SECTION"
    there = {each.student_id: each for each in both.sis.scores(both.key)[session, number]}
    assert there[one] == SisScore(one, Decimal("7.25"), comment="Good")
    assert there[two].mark == excused
    both.sis.put_scores(both.ref("5001", number), [SisScore(one), SisScore(two)])
    assert (session, number) not in both.sis.scores(both.key)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"category": "ZZ"}, "CATEGORY_UNKNOWN"),
        ({"due": date(2020, 1, 2)}, "DATE_OUTSIDE_TERM"),
        ({"due": date(2026, 11, 21)}, "NOT_MEETING_DAY"),
        ({"title": "x" * 256}, "TITLE_TOO_LONG"),
        ({"points": Decimal(-1)}, "POINTS_INVALID"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_refused_assignment_carries_the_code(both: Both, change: dict[str, Any], code: str) -> None:
    with pytest.raises(SisRejected) as refused:
        both.put(item_id="5002", **change)

    assert refused.value.code == code


def test_what_is_not_there_is_told_apart_from_an_outage(both: Both) -> None:
    assert both.sis.delete_assignment(both.ref("404")) is False
    with pytest.raises(SisRejected) as unknown:
        both.sis.put_scores(both.ref("404"), [SisScore("1")])
    assert unknown.value.code == "ASSIGNMENT_UNKNOWN"
    with pytest.raises(SisRejected) as section:
        both.sis.gradebook_settings("99999999")
    assert section.value.code == "SECTION_UNKNOWN"


def test_a_deleted_assignment_takes_its_scores_along(both: Both) -> None:
    both.put(item_id="5003")

    assert both.sis.delete_assignment(both.ref("5003")) is True
    assert "5003" not in {each.item_id for each in both.sis.assignments(both.key)}


def test_a_short_or_broken_answer_is_never_taken_for_the_whole(both: Both) -> None:
    both.put()
    both.world.sis_faults.add([{"route": "GET ^.*/pages/", "nth": 1, "fault": "drop-rows"}])
    with pytest.raises(IncompleteRead):
        both.sis.assignments(both.key)
    both.world.sis_faults.add([{"route": "PUT ^.*/assignments/", "nth": 1, "times": 9, "fault": "500"}])
    with pytest.raises(SisUnavailable):
        both.put()
    both.world.sis_faults.clear()


def test_schoology_items_grades_and_averages_are_read_whole(both: Both) -> None:
    store, section = both.world.store, int(both.section_id)
    homework = far_book.add_category(store, section, "Homework", calculation_type=1, drop_lowest=1)
    items = [
        far_book.add_item(
            store,
            section,
            f"Sheet {n}",
            grading_category=homework.id,
            max_points="10",
            due="2026-11-20 23:59:00",
        )
        for n in range(30)
    ]
    far_book.add_item(store, section, "Draft", published=0)
    talk = far_book.add_item(store, section, "Debate", type="discussion", count_in_grade=0)
    seats = [each for each in store.members(section) if not each.admin]
    for item in items:
        for seat in seats:
            far_book.set_grade(store, item.id, seat.id, grade=7.5)
    far_book.set_grade(store, items[0].id, seats[0].id, grade=None, exception=1)
    far_book.set_grade(store, items[1].id, seats[0].id, grade=None, exception=9)

    found = {each.id: each for each in both.schoology.graded_items(both.section_id)}
    assert len(found) == 31 and not found[str(talk.id)].counts
    assert found[str(items[0].id)].max_points == Decimal(10)
    category = next(each for each in both.schoology.grade_categories(both.section_id))
    assert category == GradeCategory(category.id, "Homework", Calculation.PERCENT, None, 1)
    grades = both.schoology.grades(both.section_id)
    assert len(grades.grades) == len(seats) * 32
    by_cell = {(each.item_id, each.enrollment_id): each for each in grades.grades}
    first = str(seats[0].id)
    assert by_cell[str(items[0].id), first].exception == ScoreException.EXCUSED
    assert by_cell[str(items[1].id), first].exception == ScoreException.UNKNOWN
    assert by_cell[str(items[2].id), first].score == Decimal("7.5")
    assert grades.averages[first] == Decimal(75)
    later = max(each.timestamp for each in grades.grades) + 1
    assert both.schoology.grades(both.section_id, later).grades == ()


def test_seats_are_students_with_their_unique_ids(both: Both) -> None:
    found = both.schoology.seats(both.section_id)

    teachers = {str(each.uid) for each in both.world.store.members(int(both.section_id)) if each.admin}
    assert found and not teachers & {each.uid for each in found}
    assert all(each.school_uid and each.name for each in found)


def test_weights_and_calculation_are_written_as_asked(both: Both, tmp_path: Path) -> None:
    section = int(both.section_id)
    made = far_book.add_category(both.world.store, section, "Quizzes")
    wanted = next(
        each for each in both.schoology.grade_categories(both.section_id) if each.id == str(made.id)
    )
    wanted = replace(wanted, weight=Decimal("37.5"), drop_lowest=2, calculation=Calculation.PERCENT)

    said = both.schoology.update_categories(both.section_id, [wanted])
    both.schoology.set_weighting(both.section_id, True)

    assert [each.ok for each in said] == [True]
    assert both.schoology.section_grading(both.section_id).weighted
    assert wanted in both.schoology.grade_categories(both.section_id)


def test_categories_are_made_with_their_settings_and_removed(both: Both) -> None:
    wanted = GradeCategory("", "Made here", Calculation.PERCENT, Decimal("12.5"), 1)
    both.schoology.set_weighting(both.section_id, True)

    said = both.schoology.create_categories(both.section_id, [wanted, replace(wanted, title="")])

    assert [each.ok for each in said] == [True, False] and said[1].words
    made = replace(wanted, id=said[0].schoology_id)
    assert made in both.schoology.grade_categories(both.section_id)
    both.schoology.delete_category(both.section_id, made.id)
    both.schoology.delete_category(both.section_id, made.id)
    assert made.id not in {each.id for each in both.schoology.grade_categories(both.section_id)}


def test_letters_stand_for_percentages(both: Both) -> None:
    letters = next(each for each in both.schoology.grade_scales(both.section_id) if each.title == "Letters")

    assert dict(letters.levels)["A"] == Decimal(95)
