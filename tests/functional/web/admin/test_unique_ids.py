"""What unique IDs are made of: chosen with five real people, and after the first sync only by a change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_app.models import Audit, Installation, Job, SisConnection, SyncOptions
from lti_app.school.reasons import NO_REASON, Reason
from lti_app.school.records import Kind, Person
from lti_app.setup.sis_move import MOVING
from tests.factories import OURS, add_building, add_link
from tests.fakes import Rows
from tests.support.admin_pages import Pages, open_pages
from tests.support.listing import ListingSchoology, ListingSis, set_far_ends

ADA = Person(
    "student:3f2c:1",
    "3f2c:1",
    frozenset({"student"}),
    "Ada",
    "Nguyen",
    number="100023",
    master_id="U-9",
    user_ids=(("state", "WA-77"), ("fed", "")),
)
BEN = replace(
    ADA, key="student:3f2c:2", sis_id="3f2c:2", first_name="Ben", number="100024", master_id="", user_ids=()
)
SEEN = ["source_id", "number", "user_master_identifier", "user_id:state"]


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return open_pages(tmp_path)


@pytest.fixture
def far_ends(pages: Pages) -> Iterator[tuple[ListingSis, ListingSchoology]]:
    sis, schoology = set_far_ends(pages)
    sis.rows[Rows.STUDENTS] = [ADA, BEN]
    schoology.objects[Kind.USER]["100023"] = {"id": "77", "school_uid": "100023"}
    yield sis, schoology


def chosen(pages: Pages) -> str:
    with pages.database() as session:
        row = session.get(SyncOptions, OURS)
        return str(row.provisioning.get("unique_id", "source_id")) if row else "source_id"


def state(pages: Pages) -> tuple[Reason, bool]:
    """Why syncs are paused, and whether a change waits."""
    with pages.database() as session:
        installation = session.get_one(Installation, OURS)
        return installation.paused_reason, bool(session.get_one(SisConnection, OURS).move)


def test_real_people_show_with_each_of_their_ids_and_their_accounts(
    pages: Pages, far_ends: tuple[ListingSis, ListingSchoology]
) -> None:
    shown = pages.words("/admin/users/unique-ids/people")

    assert "Nguyen, Ada 3f2c:1 100023 Account found U-9 WA-77" in shown
    assert "Nguyen, Ben 3f2c:2 100024 – –" in shown
    assert "Number: 1 of 2 people have an account with it" in shown
    assert "ID of the record in the SIS: 0 of 2 people" in shown
    assert "“fed”" not in shown


def test_a_choice_before_the_first_sync_is_simply_kept(pages: Pages) -> None:
    said = pages.words("/admin/users/unique-ids/save", source="number", seen=SEEN)

    assert "The first sync uses these unique IDs" in said
    assert (chosen(pages), state(pages)) == ("number", (NO_REASON, False))
    with pages.database() as session:
        lines = {each.what: (each.old, each.new) for each in session.scalars(select(Audit))}
    assert lines["Unique ID"] == ("ID of the record in the SIS", "Number")


@pytest.mark.parametrize("source", ["", "number", "user_id:none"])
def test_what_was_not_shown_cannot_be_chosen(pages: Pages, source: str) -> None:
    said = pages.words("/admin/users/unique-ids/save", source=source, seen="source_id")

    assert "Nothing was saved" in said
    assert chosen(pages) == "source_id"


def test_another_choice_after_the_first_sync_stops_every_sync(pages: Pages) -> None:
    with pages.database() as session:
        add_link(session, "user", "student:1")

    warned = pages.words("/admin/users/unique-ids")
    said = pages.words("/admin/users/unique-ids/save", source="number", seen=SEEN)

    assert "may change how people sign in" in warned
    assert "every sync is paused until you confirm" in said
    assert (chosen(pages), state(pages)) == ("number", (MOVING, True))
    pages.press("/admin/users/unique-ids/save", source="source_id", seen=SEEN)
    assert (chosen(pages), state(pages)) == ("source_id", (NO_REASON, False))


def test_another_prefix_after_the_first_sync_is_such_a_change_too(pages: Pages) -> None:
    with pages.database() as session:
        add_link(session, "user", "student:1", building="10")
        add_building(session, "10")

    said = pages.words("/admin/users/save", **PEOPLE, prefix_student="S")

    assert "Syncs are paused" in said
    assert state(pages) == (MOVING, True)
    pages.press("/admin/users/save", **PEOPLE)
    assert state(pages) == (NO_REASON, False)


def test_another_prefix_before_the_first_sync_is_simply_kept(pages: Pages) -> None:
    pages.press("/admin/users/save", **PEOPLE, prefix_student="S")

    assert state(pages) == (NO_REASON, False)


def test_the_people_of_a_plan_get_the_id_that_was_chosen(
    pages: Pages, far_ends: tuple[ListingSis, ListingSchoology]
) -> None:
    with pages.database() as session:
        add_building(session, "10")
    sis, _ = far_ends
    sis.rows[Rows.STUDENTS] = [replace(ADA, main_building="10", login="ada", email="ada@example.org")]
    pages.press("/admin/users/unique-ids/save", source="user_id:state", seen=SEEN)

    shown = pages.words("/admin/users/people", **PEOPLE, role_student="1", buildings="10")

    assert "WA-77" in shown and "3f2c" not in shown


def test_only_the_acting_user_may_choose(pages: Pages) -> None:
    second = pages.as_person("901")
    second.press("/admin/users/unique-ids/save", expect=403, source="number", seen=SEEN)
    second.press("/admin/users/unique-ids/people", expect=403)
    assert "Current choice" in second.words("/admin/users/unique-ids")


PEOPLE = {
    "with_students": "y",
    "with_staff": "y",
    "username_source": "login",
    "email_source": "sis",
    "prefix_contact": "P",
    "guardian_types": "G",
}


def test_no_job_is_made_by_looking(pages: Pages, far_ends: tuple[ListingSis, ListingSchoology]) -> None:
    pages.press("/admin/users/unique-ids/people")

    with pages.database() as session:
        assert session.scalars(select(Job)).all() == []
