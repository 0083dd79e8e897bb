"""One person is one account."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lti_app.runs.words import sentence
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.records import Kind, PersonGroup, PersonRole
from lti_app.sync import rules
from tests.support.records import context, link, student


def test_a_student_becomes_an_account_in_the_main_building() -> None:
    verdict = rules.person(student(other_buildings=("2",)), context())

    assert verdict is not None and verdict.state == "ok"
    assert verdict.payload == {
        "school_uid": "0012",
        "role_id": "1",
        "first_name": "Mei",
        "middle_name": "",
        "last_name": "Okafor",
        "username": "mei.okafor",
        "email": "mei@district.example",
        "building_id": "900",
        "additional_building_ids": ["901"],
        "graduation_year": 2029,
    }


def test_someone_who_left_is_no_row_at_all() -> None:
    assert rules.person(student(active=False), context()) is None


def test_an_not_selected_main_building_gives_way_to_the_next_selected_one() -> None:
    verdict = rules.person(student(main_building="3", other_buildings=("2", "1")), context())

    assert verdict is not None and verdict.payload is not None
    assert verdict.payload["building_id"] == "900"
    assert verdict.payload["additional_building_ids"] == ["901"]


def test_no_one_is_wanted_in_unmapped_or_not_selected_buildings() -> None:
    verdict = rules.person(student(main_building="3"), context())

    assert verdict is not None
    assert (verdict.state, verdict.payload) == ("out", None)
    assert verdict.reason == because(Code.NO_SCHOOL_SELECTED)


def test_switching_a_group_off_leaves_it_out_instead_of_losing_it() -> None:
    verdict = rules.person(student(), context(with_students=False))

    assert verdict is not None and verdict.state == "out"


def test_a_role_without_a_schoology_role_is_left_out() -> None:
    verdict = rules.person(student(), context(role_ids={"teacher": "2"}))

    assert verdict is not None and verdict.state == "out"
    assert verdict.reason == because(Code.ROLE_NOT_CHOSEN, role="student")


def test_an_unknown_role_is_blocked_with_its_word() -> None:
    verdict = rules.person(student(role="volunteer"), context())

    assert verdict is not None and verdict.state == "blocked"
    assert verdict.reason == because(Code.ROLE_UNKNOWN, role="volunteer")


def test_a_role_that_schoology_lost_is_blocked() -> None:
    verdict = rules.person(student(), context(known_role_ids=frozenset({"2", "3"})))

    assert verdict is not None and verdict.state == "blocked"
    assert verdict.reason == because(Code.ROLE_GONE, role="student")


def test_a_username_with_a_blank_is_blocked_with_the_remedy() -> None:
    verdict = rules.person(student(login="mei okafor", email=""), context())

    assert verdict is not None and verdict.state == "blocked"
    assert verdict.reason == because(Code.USERNAME_NOT_VALID, username="mei okafor")


def test_an_empty_name_is_blocked_naming_the_field() -> None:
    verdict = rules.person(student(last_name=""), context())

    assert verdict is not None and verdict.state == "blocked"
    assert verdict.reason == because(Code.NAME_EMPTY, field="last_name")


def test_no_email_is_fine_while_there_is_a_username() -> None:
    verdict = rules.person(student(email=""), context())

    assert verdict is not None and verdict.state == "ok"


def test_neither_email_nor_username_is_blocked() -> None:
    verdict = rules.person(student(email="", login=""), context())

    assert verdict is not None and verdict.state == "blocked"
    assert verdict.reason == because(Code.NO_USERNAME_OR_EMAIL)


@pytest.mark.parametrize("email", ["mei@", "none", "n/a", "a@x.org, b@x.org", "a@x.org;b@x.org", "ana@gmail"])
def test_a_broken_email_is_left_out_with_a_warning(email: str) -> None:
    verdict = rules.person(student(email=email), context())

    assert verdict is not None and verdict.payload is not None and verdict.state == "ok"
    assert (verdict.payload["email"], verdict.kept_fields) == ("", ("email",))
    assert verdict.reason == because(Code.EMAIL_UNUSABLE, field="email", value=email)


def test_a_broken_email_as_the_only_way_in_is_blocked() -> None:
    verdict = rules.person(student(email="mei@", login=""), context())

    assert verdict is not None and verdict.state == "blocked"
    assert verdict.reason == because(Code.EMAIL_NOT_VALID, email="mei@")


def test_the_prefix_of_the_id_space_parts_equal_numbers() -> None:
    verdict = rules.person(
        student(group=PersonGroup.STAFF),
        context(id_prefixes={"student": "S", "staff": "T"}),
    )

    assert verdict is not None and verdict.natural_key == "T0012"


PARENT = student("9", PersonGroup.CONTACT)


def test_the_unique_id_is_made_of_what_the_district_chose() -> None:
    record = student(master_id="U-9", user_ids=(("state", "WA-7"),))
    prefixes = {"student": "S"}

    for source, id_ in (("user_master_identifier", "SU-9"), ("user_id:state", "SWA-7")):
        verdict = rules.person(record, context(unique_id=source, id_prefixes=prefixes))
        assert verdict is not None and verdict.natural_key == id_
        assert verdict.payload is not None and verdict.payload["school_uid"] == id_


@pytest.mark.parametrize(
    ("has", "wanted"),
    [("", "P0012"), ("0012", "0012"), ("P0012", "P0012"), ("S0012", "S0012"), ("jsmith", "P0012")],
)
def test_a_linked_account_keeps_the_prefix_of_the_group_it_was_made_for(has: str, wanted: str) -> None:
    """A student who is only a guardian by now. An id that no prefix gives is changed."""
    prefixes = {"student": "S", "contact": "P"}
    guardian = student(roles=frozenset({PersonRole.GUARDIAN}))
    mine = {"student:0012": has, guardian.key: has}
    options = {"id_prefixes": prefixes, "username_source": "unique_id", "with_guardians": True}
    verdict = rules.person(guardian, replace(context(**options), account_ids=mine if has else {}))

    assert verdict is not None and verdict.role == PersonGroup.CONTACT
    assert verdict.natural_key == wanted


def test_whoever_lacks_the_chosen_id_is_blocked_and_gets_no_bare_prefix() -> None:
    verdict = rules.person(student(), context(unique_id="user_id:state", id_prefixes={"student": "S"}))

    assert verdict is not None and verdict.state == "blocked"
    assert verdict.natural_key == "" and "ID of type “state”" in str(verdict.reason)


def test_a_unique_id_that_no_look_up_can_carry_is_blocked_with_the_reason() -> None:
    row = rules.person(student(number="12,5"), context())

    assert row is not None and row.state == "blocked"
    assert "“12,5” has a comma" in sentence(row.reason)


def test_parents_are_off_by_default_and_out_rather_than_absent() -> None:
    verdict = rules.person(PARENT, context())

    assert verdict is not None and verdict.state == "out"
    assert rules.guardian_link(link(PARENT, "000"), context()) is None


def test_a_guardian_gets_one_account_and_a_link_for_each_child() -> None:
    on = context(with_guardians=True, guardian_types=("G",))
    account = rules.person(PARENT, on)
    links = [rules.guardian_link(link(PARENT, number), on) for number in ("000", "001")]

    assert account is not None and account.natural_key == "P9"
    assert [(each.kind, each.parent, each.person) for each in links if each] == [
        (Kind.PARENT_LINK, "contact:9", "student:000"),
        (Kind.PARENT_LINK, "contact:9", "student:001"),
    ]


@pytest.mark.parametrize("kind", ["C", "M", ""])
def test_contacts_of_another_type_get_no_link(kind: str) -> None:
    assert (
        rules.guardian_link(link(PARENT, "000", kind), context(with_guardians=True, guardian_types=("G",)))
        is None
    )


@pytest.mark.parametrize(
    ("roles", "options", "role_id"),
    [
        ({"teacher", "guardian"}, {"with_guardians": True}, "2"),
        ({"student", "staff"}, {}, "1"),
        ({"staff", "guardian"}, {"with_guardians": True}, "3"),
        ({"teacher", "guardian"}, {"with_guardians": True, "with_staff": False}, "4"),
        ({"teacher", "staff"}, {"role_ids": {"staff": "3"}}, "3"),
        ({"teacher", "ext:coach"}, {}, "2"),
    ],
)
def test_the_first_role_that_is_switched_on_and_mapped_is_the_accounts(
    roles: set[str], options: dict[str, object], role_id: str
) -> None:
    verdict = rules.person(student(roles=frozenset(roles)), context(**options))

    assert verdict is not None and verdict.payload is not None
    assert verdict.payload["role_id"] == role_id


def test_without_any_role_that_counts_the_first_one_says_why() -> None:
    both = student(roles=frozenset({"guardian", "teacher"}))
    verdict = rules.person(both, context(with_staff=False))

    assert verdict is not None and verdict.state == "out"
    assert verdict.reason == because(Code.ROLE_OFF, role="teacher")
