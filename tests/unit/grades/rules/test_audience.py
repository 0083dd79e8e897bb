"""Who an item is for: the others get the mark that leaves work out, or nothing is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from lti_app.grades.rules import audience
from lti_app.grades.rules.audience import Class
from lti_app.grades.rules.findings import Level
from lti_app.grades.rules.marks import Marking
from lti_app.grades.rules.preflight import judge
from lti_app.runs.words import finding
from lti_app.school.grade_policy import GradePolicy
from lti_app.school.gradebook import Assignment, SisScore
from tests.unit.grades.courses import ABLE, SETTINGS, course, item

BY = Marking(GradePolicy(), SETTINGS, {}, ABLE)
NO_MARK = replace(BY, settings=replace(SETTINGS, marks=()))
STUDENTS = Class({"e1": "A", "e2": "B", "e3": "C", "e4": "D"}, joined={"D": date(2026, 11, 20)})
SOME = item(assignees=("e1", "e2"))
OTHERS = frozenset({"C", "D"})


def made() -> Assignment:
    found = judge([SOME], course())[0].assignment
    assert found is not None
    return found


def test_who_was_not_assigned_or_is_excused_is_left_out() -> None:
    due = date(2026, 11, 19)

    assert STUDENTS.left_out(SOME, due) == OTHERS
    assert STUDENTS.left_out(item(), due) == frozenset()
    excused = replace(STUDENTS, excused=["A", "D"])
    assert excused.left_out(item(), due) == {"D"}
    assert excused.left_out(item(), date(2026, 11, 20)) == frozenset(), "it was due when the student was here"


def test_who_has_two_accounts_is_assigned_by_either() -> None:
    twice = Class({"e1": "A", "e2": "B", "e5": "C", "e3": "C"})

    assert twice.unassigned(replace(SOME, assignees=("e1", "e3"))) == {"B"}


def test_without_a_mark_that_leaves_work_out_the_item_is_stopped() -> None:
    assert audience.cannot_leave_out(made(), BY, OTHERS, counts_zero=True) is None

    found = audience.cannot_leave_out(made(), NO_MARK, OTHERS, counts_zero=True)

    assert found is not None and found.level is Level.STOP and found.students == ("C", "D")
    said, fix = finding(found.to_json())
    assert "2 students" in said and fix


@pytest.mark.parametrize("why", ["no-zeros", "no-weight", "for-everyone"])
def test_it_goes_where_no_blank_cell_becomes_a_zero(why: str) -> None:
    assignment = replace(made(), weight=Decimal(0)) if why == "no-weight" else made()
    others = frozenset[str]() if why == "for-everyone" else OTHERS

    assert audience.cannot_leave_out(assignment, NO_MARK, others, why != "no-zeros") is None


def test_the_mark_goes_into_a_blank_cell_and_over_no_value_of_the_sis() -> None:
    blank, typed = SisScore("C"), SisScore("C", Decimal(7))

    mark = audience.mark("C", BY, blank, ours="", is_blank=True)

    assert mark is not None and mark.mark == "EX" and mark.score is None
    assert audience.mark("C", BY, typed, ours="", is_blank=False) is None
    assert audience.mark("C", BY, mark, ours="=EX", is_blank=False) == mark, "the app's own mark stays"
    assert audience.mark("C", BY, mark, ours="", is_blank=False) is None, "someone else excused the student"
    assert audience.mark("C", NO_MARK, blank, ours="", is_blank=True) is None
