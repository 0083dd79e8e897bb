"""What speaks for a pair, and what against it."""

from __future__ import annotations

from typing import Any

import pytest

from lti_app.school.prep import PrepOptions
from lti_app.school.records import Kind
from lti_app.sync.data_prep import matching_keys


def person(**changes: Any) -> dict[str, Any]:
    return {
        "school_uid": "100123",
        "first_name": "José",
        "last_name": "O'Brien-Núñez",
        "username": "jose",
        "email": "jose@d.example",
        "class": "student",
        "place": "9",
        "year": "2030",
        **changes,
    }


def shared(ours: dict[str, Any], theirs: dict[str, Any], options: PrepOptions | None = None) -> set[str]:
    """The rules by which two rows find each other."""
    options = options or PrepOptions()
    mine = set(matching_keys.keys(Kind.USER, {"sis_id": ours["school_uid"], **ours}, options))
    return {rule for rule, _ in mine & set(matching_keys.keys(Kind.USER, theirs, options))}


def test_accents_marks_and_capitals_do_not_part_names() -> None:
    assert "name" in shared(person(), person(first_name="JOSE", last_name="obrien nunez"))


def test_zeros_in_front_do_not_part_ids_unless_the_width_says_so() -> None:
    ours = person(school_uid="000123")
    assert "id_template" in shared(ours, person(school_uid="123"))
    assert "id_template" not in shared(ours, person(school_uid="123"), PrepOptions(zero_fill=6))
    assert "unique_id" not in shared(ours, person(school_uid="123"))


def test_a_prefix_is_taken_off_where_it_stands() -> None:
    options = PrepOptions(prefixes={"student": "S"})
    assert "id_template" in shared(person(), person(school_uid="s100123"), options)
    assert "id_template" not in shared(person(), person(school_uid="100123"), options)


def test_addresses_of_another_class_are_seen_but_not_paired() -> None:
    found = shared(person(), person(**{"class": "parent"}))
    assert "same_email" in found
    assert "email" not in found


@pytest.mark.parametrize(
    ("rule", "changes", "why"),
    [
        ("unique_id", {}, ""),
        ("unique_id", {"last_name": "Married"}, ""),
        ("unique_id", {"first_name": "Pepe"}, ""),
        ("unique_id", {"first_name": "Ann", "last_name": "Other"}, "name"),
        ("unique_id", {"class": "staff"}, "role"),
        ("unique_id", {"year": "2031"}, ""),
        ("email", {"last_name": "Married"}, ""),
        ("email", {"first_name": "Ana"}, "name"),
        ("email", {"first_name": "Josefina"}, ""),
        ("name", {"year": "2031"}, "year"),
        ("name", {"year": ""}, ""),
    ],
)
def test_what_speaks_against_a_pair(rule: str, changes: dict[str, str], why: str) -> None:
    assert matching_keys.doubt(Kind.USER, rule, person(), person(**changes)) == why


def test_a_deactivated_account_is_known_by_its_whole_name() -> None:
    there = {"school_uid": "100123", "full_name": "Jose Obrien Nunez", "first_name": "", "last_name": ""}
    assert matching_keys.doubt(Kind.USER, "unique_id", person(), there) == ""
    assert (
        matching_keys.doubt(Kind.USER, "unique_id", person(), {**there, "full_name": "Ann Other"}) == "name"
    )


@pytest.mark.parametrize(
    ("text", "period"), [("Algebra I - Period 03", "3"), ("Per. 4", "4"), ("P5", "5"), ("Math 3", "")]
)
def test_the_period_of_a_title(text: str, period: str) -> None:
    assert matching_keys.period_of(text) == period


@pytest.mark.parametrize(
    ("first", "last", "there", "why"),
    [
        ("Ken", "Li", "Olivia Smith", "name"),
        ("Jose", "Li", "Li Jose", ""),
        ("Mary Ann", "Lee", "Mary Ann Lee-Brown", ""),
        ("", "Li", "Olivia Smith", "name"),
    ],
)
def test_the_whole_name_of_a_deactivated_account_is_compared_word_by_word(
    first: str, last: str, there: str, why: str
) -> None:
    account = {"school_uid": "100123", "full_name": there, "first_name": "", "last_name": ""}
    ours = person(first_name=first, last_name=last)
    assert matching_keys.doubt(Kind.USER, "unique_id", ours, account) == why


def test_names_of_any_script_are_names() -> None:
    assert matching_keys.plain("Иван") != matching_keys.plain("Пётр") != ""
    ours, theirs = person(first_name="李", last_name="王"), person(first_name="Иван", last_name="Петров")
    assert matching_keys.doubt(Kind.USER, "unique_id", ours, theirs) == "name"
    assert "name" not in shared(ours, theirs)


@pytest.mark.parametrize(
    ("ours", "theirs", "why"),
    [(["1"], ["2"], "periods"), (["1", "2"], ["2"], ""), (["1"], [], ""), ([], ["2"], "")],
)
def test_classes_of_other_grading_periods_are_others(ours: list[str], theirs: list[str], why: str) -> None:
    assert matching_keys.doubt(Kind.SECTION, "teacher", {"periods": ours}, {"periods": theirs}) == why
