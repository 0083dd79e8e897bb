"""Which of a person's ids is the unique id."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lti_app.school.records import Person
from lti_app.school.unique_ids import label, offered, value

ADA = Person("student:3f2c", "3f2c", frozenset({"student"}), "Ada", "Nguyen")
WHOLE = replace(ADA, number="100", master_id="U-9", user_ids=(("state", "WA-7"), ("fed", "F:1")))


@pytest.mark.parametrize(
    ("source", "id_"),
    [
        ("source_id", "3f2c"),
        ("number", "100"),
        ("user_master_identifier", "U-9"),
        ("user_id:state", "WA-7"),
        ("user_id:fed", "F:1"),
        ("user_id:none", ""),
    ],
)
def test_each_choice_has_its_own_id(source: str, id_: str) -> None:
    assert value(WHOLE, source) == id_


def test_where_there_is_one_number_only_it_is_the_number() -> None:
    assert value(ADA, "number") == "3f2c"
    assert (value(ADA, "user_master_identifier"), value(ADA, "user_id:state")) == ("", "")


def test_what_no_one_has_is_not_offered() -> None:
    assert offered([ADA]) == ["source_id"]
    assert offered([ADA, WHOLE]) == [
        "source_id",
        "number",
        "user_master_identifier",
        "user_id:fed",
        "user_id:state",
    ]
    assert offered([replace(WHOLE, user_ids=(("state", ""),), number="")]) == [
        "source_id",
        "user_master_identifier",
    ]


def test_every_choice_has_a_name_for_people() -> None:
    assert label("number") == "Number"
    assert label("user_id:state") == "ID of type “state”"
