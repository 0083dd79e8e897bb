"""Fields of the gradebook that say whether and how an item counts, and for which students."""

from __future__ import annotations

from typing import Any

import pytest

from lti_app.sandbox.schoology import wire
from lti_app.sandbox.schoology.objects import Grade, Item
from lti_app.sandbox.schoology.store import SchoologyStore
from lti_app.schoology.api import grade_rows
from tests.conventions.sources import ROOT

ITEM = {"id": 5, "title": "Quiz", "max_points": "10", "factor": "1", "grading_category": "3", "published": 1}


@pytest.mark.parametrize("given", [None, "", [], 0])
def test_an_item_without_assignees_is_for_everyone(given: Any) -> None:
    item = grade_rows.item({**ITEM, "assignees": given, "grading_group_ids": given})

    assert item.assignees is None and not item.groups and not item.unreadable


@pytest.mark.parametrize("name", ["assignees", "grading_group_ids"])
@pytest.mark.parametrize("given", ["7", {"0": 7}, 7])
def test_assignees_of_an_unknown_shape_are_never_everyone(name: str, given: Any) -> None:
    assert grade_rows.item({**ITEM, name: given}).unreadable == ("list of assigned students",)


def test_a_group_whose_members_cannot_be_read_is_not_empty() -> None:
    rows = [{"id": 1, "members": [7]}, {"id": 2, "members": []}, {"id": 3, "members": "7"}, {"id": 4}]

    assert grade_rows.groups(rows) == {"1": frozenset({"7"}), "2": frozenset()}


@pytest.mark.parametrize("field", ["max_points", "factor"])
@pytest.mark.parametrize("text", ["1_0", "١٠", "NaN", "10 points"])
def test_a_text_that_is_no_number_is_unreadable(field: str, text: str) -> None:
    assert grade_rows.item({**ITEM, field: text}).unreadable


@pytest.mark.parametrize("text", ["soon", "2026-13-45 00:00:00", "٢٠٢٦-١١-١٩ 00:00:00"])
def test_a_text_that_is_no_date_is_unreadable(text: str) -> None:
    item = grade_rows.item({**ITEM, "due": text})

    assert item.due is None and item.unreadable == ("due date",)


FLAGS = ("published", "count_in_grade", "collected_only", "is_final", "auto_publish_grades")


@pytest.mark.parametrize("name", FLAGS)
def test_a_flag_without_a_value_is_its_default(name: str) -> None:
    plain = grade_rows.item({"id": 5, "title": "Quiz", "max_points": "10"})
    assert (plain.published, plain.counts, plain.collected_only) == (True, True, False)
    assert (plain.is_final, plain.auto_publish, plain.unreadable) == (False, True, ())

    for blank in (None, ""):
        assert grade_rows.item({"id": 5, "title": "Quiz", "max_points": "10", name: blank}) == plain
    for odd in (2, "yes", [], {"a": 1}):
        found = grade_rows.items([{**ITEM, name: odd}])
        assert [len(each.unreadable) for each in found] == [1], "it is listed: one that is gone looks deleted"


@pytest.mark.parametrize(
    ("status", "sent"),
    [(1, True), ("1", True), (None, True), (0, False), ("0", False), (False, False), (2, False)],
)
def test_a_comment_that_may_be_hidden_is_not_sent(status: object, sent: bool) -> None:
    row = {"assignment_id": 7, "enrollment_id": 1, "grade": 8, "comment": "Fine", "comment_status": status}

    assert grade_rows.grade(row).comment == ("Fine" if sent else "")


def test_a_midterm_or_final_is_known_as_one() -> None:
    assert grade_rows.item({**ITEM, "is_final": "1"}).is_final and not grade_rows.item(ITEM).is_final


def test_halves_of_characters_and_control_characters_are_no_part_of_a_text() -> None:
    cut = "Well\x00 done \ud83d"
    row = {"assignment_id": 7, "enrollment_id": 1, "comment": cut, "grade": 8}

    found = grade_rows.item({"id": 7, "title": cut, "description": f"{cut}\n👩\u200d👧"})

    assert (found.title, found.description) == ("Well done", "Well done \n👩\u200d👧")
    assert grade_rows.grade(row).comment == grade_rows.category({"id": 1, "title": cut}).title == "Well done"
    assert grade_rows.grade({**row, "grade": "\x00"}).letter, "it is no blank cell, which would clear a score"


def test_the_docs_say_what_every_field_of_items_and_grades_does() -> None:
    store = SchoologyStore()
    store.items[1] = Item(1, 1, "Quiz", count_in_grade=0, collected_only=1)
    fields = {*wire.item_row(store.items[1]), *wire.grade_row(store, Grade(1, 1))}
    page = (ROOT / "docs" / "grades.md").read_text("utf-8")
    table = page.split("## What each field of Schoology does")[1].split("\n## ")[0]

    assert sorted(each for each in fields if f"`{each}`" not in table) == []
