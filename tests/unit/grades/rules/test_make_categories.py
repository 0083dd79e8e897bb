from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from lti_app.grades.rules.make_categories import after, make
from lti_app.school.gradebook import Calculation, GradeCategory, SectionGrading
from tests.unit.grades.courses import EXAM, HOMEWORK, SETTINGS

OFF, ON = SectionGrading(False), SectionGrading(True)
SHEETS = GradeCategory("c1", "Sheets", Calculation.PERCENT)


def test_what_is_missing_is_made_with_the_settings_of_the_sis() -> None:
    found = make(SETTINGS, 1, OFF, [SHEETS], mapped={"c1": "HW"})

    assert found.new == (("EXAM", GradeCategory("", "Final Exam", weight=Decimal("60.00"))),)
    assert {each.where for each in found.matching.differences} == {"", "Sheets"}
    assert [each.weight for each in after(found, [SHEETS])] == [Decimal("40.00")]


def test_a_category_of_the_same_name_is_matched_and_never_made_again() -> None:
    there = [replace(SHEETS, title="home-work"), GradeCategory("c2", "EXAM")]

    found = make(SETTINGS, 1, OFF, there, mapped={})

    assert found.new == () and found.found == {"c1": "HW", "c2": "EXAM"}


def test_a_category_that_is_left_out_by_choice_is_neither_made_nor_matched() -> None:
    there = [replace(SHEETS, title="Homework")]

    found = make(SETTINGS, 1, OFF, there, mapped={}, left_out=frozenset({"c1"}))

    assert [code for code, _ in found.new] == ["EXAM"] and found.found == {}


def test_a_name_that_is_much_alike_is_asked_about() -> None:
    there = [replace(SHEETS, title="Final Exams 2")]

    found = make(SETTINGS, 1, OFF, there, mapped={})

    assert [code for code, _ in found.new] == ["HW"]
    assert [(code, each.title) for code, each in found.alike] == [("EXAM", "Final Exams 2")]


def test_two_categories_of_one_name_are_told_apart_by_their_codes() -> None:
    two = replace(SETTINGS, categories=(HOMEWORK, replace(EXAM, name="Homework")))

    found = make(two, 1, OFF, [], mapped={})

    assert [each.title for _, each in found.new] == ["Homework (HW)", "Homework (EXAM)"]


def test_weights_that_the_sis_does_not_tell_are_left_out() -> None:
    untold = replace(SETTINGS, categories=(replace(HOMEWORK, weight=None), EXAM))

    found = make(untold, 1, OFF, [], mapped={})

    assert [each.weight for _, each in found.new] == [None, None]
    assert found.matching.weighted is None


def test_without_settings_nothing_of_how_work_counts_is_touched() -> None:
    found = make(SETTINGS, 1, ON, [replace(SHEETS, weight=Decimal(10))], mapped={"c1": "HW"})

    kept = found.without_settings()

    assert kept.teacher_only and kept.matching.differences == () and kept.matching.weighted is None
    assert [(code, each.weight) for code, each in kept.new] == [("EXAM", None)]


@given(
    titles=st.lists(
        st.sampled_from(["Homework", "HW", "Final Exam", "Tests", "測試", "Final  exams"]), max_size=5
    ),
)
def test_once_made_there_is_nothing_left_to_make(titles: list[str]) -> None:
    there = [GradeCategory(f"c{number}", title) for number, title in enumerate(titles)]
    first = make(SETTINGS, 1, OFF, there, mapped={})
    made = [replace(each, id=f"n{code}") for code, each in first.new]
    mapped = {**first.found, **{f"n{code}": code for code, _ in first.new}}
    counts = SectionGrading(bool(first.matching.weighted))

    again = make(SETTINGS, 1, counts, [*after(first, there), *made], mapped=mapped)

    assert again.is_empty
    folded = [each.title.casefold() for each in made]
    assert len(set(folded)) == len(folded)
    assert not {each.title for each in made} & set(titles)
