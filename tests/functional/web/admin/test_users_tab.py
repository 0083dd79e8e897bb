from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_app.models import Audit, BuildingRow, Change, Job, Link, LinkState, SyncOptions
from lti_app.runs.words import sentence
from lti_app.school.records import GuardianLink, Person, PersonRole
from lti_app.store.audit import VIEWED
from tests.factories import OURS, THEIRS, add_building, add_link, set_options
from tests.fakes import Rows
from tests.support.admin_pages import Pages, open_pages

PEOPLE = {"with_students": "y", "with_staff": "y", "username_source": "login", "email_source": "sis"}
ROLES = {"student": "1", "teacher": "2"}


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return open_pages(tmp_path)


def person(number: str, **values: str) -> Person:
    return Person(
        key=f"student:{number}",
        sis_id=number,
        roles=frozenset({PersonRole.STUDENT}),
        first_name="Ada",
        last_name=f"Lovelace{number}",
        login=f"ada{number}",
        main_building="10",
        **values,
    )


def test_before_a_building_is_mapped_the_tab_says_what_to_do_first(pages: Pages) -> None:
    shown = pages.words("/admin/users")

    assert "No schools matched yet" in shown
    assert "Go to Schools" in shown
    assert "Sync now" not in shown


def test_only_mapped_buildings_are_offered_and_none_is_selected(pages: Pages) -> None:
    with pages.database() as session:
        add_building(session, "10", name="North High")
        add_building(session, "20", name="Unmapped School", schoology_id="")
        add_building(session, "30", owner=THEIRS, name="Elsewhere")

    shown = pages.press("/admin/users")

    assert "North High" in shown
    assert "Unmapped School" not in shown
    assert "Elsewhere" not in shown
    assert 'id="building-1" checked' not in shown


def test_saving_keeps_the_choice_and_writes_the_audit(pages: Pages) -> None:
    with pages.database() as session:
        add_building(session, "10")
        add_building(session, "30", owner=THEIRS)

    shown = pages.words(
        "/admin/users/save", **PEOPLE, buildings=["10", "30"], role_student="1", prefix_contact="P"
    )

    assert "Saved. This applies from the next sync." in shown
    with pages.database() as session:
        ticked = session.scalars(select(BuildingRow.sis_id).where(BuildingRow.for_users)).all()
        kept = session.get_one(SyncOptions, OURS).provisioning
        audit = session.scalars(select(Audit).where(Audit.what != VIEWED)).all()
    assert ticked == ["10"]
    assert kept["role_ids"] == {"student": "1"}
    assert [(line.what, line.uid) for line in audit] == [("Users tab", "900")]
    assert audit[0].new.startswith("Schools: School 10; Schoology role of students: Role 1")
    assert audit[0].old.startswith("Schoology role of students: ") and "{" not in audit[0].old


def test_parents_are_off_and_contact_types_are_chosen_by_their_names(pages: Pages) -> None:
    with pages.database() as session:
        add_building(session, "10")

    shown = pages.press("/admin/users")

    box = re.compile(r'name="guardian_types" value="(\w+)"[^>]*?( checked)?>\s*<label[^>]*>([^<]+)</label>')
    assert box.findall(shown) == [
        ("G", " checked", "Guardian"),
        ("P", "", "Physical address"),
        ("M", "", "Mailing"),
        ("C", "", "Emergency"),
        ("O", "", "Other"),
    ]
    assert 'name="with_guardians" type="checkbox" value="y">' in shown

    pages.press("/admin/users/save", **PEOPLE, buildings="10", with_guardians="y", guardian_types=["G", "O"])

    with pages.database() as session:
        kept = session.get_one(SyncOptions, OURS).provisioning
    assert (kept["with_guardians"], kept["guardian_types"]) == (True, ["G", "O"])


def test_a_contact_type_that_only_the_data_has_can_be_chosen(pages: Pages) -> None:
    """The last read met contacts of a type of the district's own; another one was chosen before."""
    mother = replace(
        person("7", email="m@d.example"), key="contact:7", roles=frozenset({PersonRole.GUARDIAN})
    )
    pages.wiring.sis_there.rows[Rows.STUDENTS] = [person("1")]
    pages.wiring.sis_there.rows[Rows.GUARDIANS] = [
        mother,
        GuardianLink("contact:7", "student:1", "STEP"),
        GuardianLink("contact:7", "student:1", "G"),
    ]
    with pages.database() as session:
        add_building(session, "10", for_users=True)
        set_options(session, role_ids=ROLES, with_guardians=True, guardian_types=["G", "OLD"])
    sync_users(pages)

    shown = pages.words("/admin/users")

    assert "Type “STEP” (the SIS gives no name)" in shown and "Type “OLD” (the SIS gives no name)" in shown
    fields = {**PEOPLE, "buildings": "10", "role_student": "1", "role_teacher": "2", "prefix_contact": "P"}
    pages.press("/admin/users/save", **fields, with_guardians="y", guardian_types="G")
    assert "Type “OLD”" not in pages.words("/admin/users")


def test_ticking_all_fills_the_form_and_saves_nothing(pages: Pages) -> None:
    with pages.database() as session:
        add_building(session, "10")
        add_building(session, "20")

    shown = pages.press("/admin/users/tick-all", **PEOPLE, prefix_student="S")

    assert shown.count(" checked") >= 4
    assert 'value="S"' in shown
    with pages.database() as session:
        assert not session.scalars(select(BuildingRow.sis_id).where(BuildingRow.for_users)).all()


def test_narrowing_is_shown_with_its_count_before_it_is_saved(pages: Pages) -> None:
    with pages.database() as session:
        add_building(session, "10", for_users=True)
        add_building(session, "20", for_users=True)
        set_options(session, role_ids=ROLES)
        for number in range(3):
            add_link(session, "user", f"student:{number}", building="20")
    fields = {**PEOPLE, "buildings": "10", "role_student": "1", "role_teacher": "2", "guardian_types": "G"}

    page = pages.press("/admin/users/save", **fields, prefix_contact="P")

    assert '<strong class="number">3</strong> users: their school is no longer selected' in page
    assert "Nothing is dropped" in page
    with pages.database() as session:
        assert len(session.scalars(select(BuildingRow.sis_id).where(BuildingRow.for_users)).all()) == 2

    mark = page.partition('name="confirmed" value="')[2].partition('"')[0]
    assert "Saved" in pages.words("/admin/users/save", **fields, prefix_contact="P", confirmed=mark)
    with pages.database() as session:
        assert session.scalars(select(BuildingRow.sis_id).where(BuildingRow.for_users)).all() == ["10"]


def test_what_was_confirmed_does_not_confirm_another_narrowing(pages: Pages) -> None:
    with pages.database() as session:
        add_building(session, "10", for_users=True)
        add_link(session, "user", "student:1", building="10")

    page = pages.press("/admin/users/save", **PEOPLE, confirmed="0123456789abcdef")

    assert "Save anyway" in page


def test_a_sync_after_narrowing_sends_nothing_and_drops_nothing(pages: Pages) -> None:
    pages.wiring.sis_there.rows[Rows.STUDENTS] = [person("1"), person("2")]
    with pages.database() as session:
        add_building(session, "10", for_users=True)
        add_building(session, "20", for_users=True)
        set_options(session, role_ids=ROLES)
    sync_users(pages)
    sent = len(pages.wiring.schoology_there.calls)
    fields = {**PEOPLE, "buildings": "20", "role_student": "1", "role_teacher": "2", "prefix_contact": "P"}
    page = pages.press("/admin/users/save", **fields, guardian_types="G")
    mark = page.partition('name="confirmed" value="')[2].partition('"')[0]
    pages.press("/admin/users/save", **fields, guardian_types="G", confirmed=mark)

    sync_users(pages)

    assert sent > 0
    assert len(pages.wiring.schoology_there.calls) == sent
    with pages.database() as session:
        assert set(session.scalars(select(Link.state))) == {"owned"}
        last = session.scalars(select(Job).order_by(Job.id.desc())).first()
        assert last is not None
        assert sentence(last.message).startswith("Everything was up to date.")


def sync_users(pages: Pages) -> None:
    assert "Queued." in pages.words("/admin/users/sync", what="users")
    with pages.database() as session:
        job = session.scalars(select(Job).order_by(Job.id.desc())).first()
    assert job is not None
    pages.run_job(job.id)


def test_refreshing_the_roles_keeps_what_was_typed_and_offers_them(pages: Pages) -> None:
    with pages.database() as session:
        add_building(session, "10")

    shown = pages.press("/admin/users/refresh-roles", **PEOPLE, prefix_student="STU")

    assert "Schoology has 4 roles" in shown
    assert '<option value="3">Role 3</option>' in shown
    assert 'value="STU"' in shown


def test_roles_are_suggested_by_their_titles_until_someone_chooses(pages: Pages) -> None:
    with pages.database() as session:
        add_building(session, "10")
        set_options(session, known_roles={"7": "Student", "8": "Teacher", "9": "System Administrator"})

    page = pages.press("/admin/users")
    assert '<option selected value="7">Student</option>' in page
    assert "suggestions based on their titles" in page

    with pages.database() as session:
        set_options(session, known_roles={"7": "Student", "8": "Teacher"}, role_ids={"teacher": "8"})
    assert '<option selected value="7">Student</option>' not in pages.press("/admin/users")


def test_five_people_are_shown_under_choices_that_are_not_saved(pages: Pages) -> None:
    pages.wiring.sis_there.rows[Rows.STUDENTS] = [person("1"), person("2")]
    with pages.database() as session:
        add_building(session, "10")

    shown = pages.words(
        "/admin/users/people", **PEOPLE, role_student="1", prefix_student="S-", buildings="10"
    )

    assert "Lovelace1, Ada" in shown
    assert "Unique ID S-1" in shown
    assert "Username ada1" in shown
    with pages.database() as session:
        assert session.get(SyncOptions, OURS) is None
        assert not pages.wiring.schoology_there.calls


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"prefix_student": "S 1"}, "Use only letters, digits, periods, underscores, and hyphens."),
        ({"with_guardians": "y"}, "Select at least one contact type or turn parents off."),
        ({"guardian_types": "G;F"}, "Select contact types from the list."),
        ({"username_source": "shoe-size"}, "Not a valid choice"),
    ],
)
def test_a_wrong_field_is_marked_and_nothing_is_saved(
    pages: Pages, wrong: dict[str, str], words: str
) -> None:
    with pages.database() as session:
        add_building(session, "10")

    shown = pages.words("/admin/users/save", **{**PEOPLE, "buildings": "10", **wrong})

    assert words in shown
    assert "Nothing was saved" in shown
    with pages.database() as session:
        assert session.get(SyncOptions, OURS) is None


def test_a_sync_names_the_step_that_is_missing(pages: Pages) -> None:
    with pages.database() as session:
        add_building(session, "10")

    shown = pages.words("/admin/users/sync", what="users")

    assert "Not started: complete the “Users” step first" in shown
    with pages.database() as session:
        assert session.scalars(select(Job)).all() == []


def test_pressing_twice_joins_the_sync_that_is_there(pages: Pages) -> None:
    with pages.database() as session:
        add_building(session, "10", for_users=True)
        set_options(session, role_ids=ROLES)

    first = pages.words("/admin/users/sync", what="users")
    second = pages.words("/admin/users/sync", what="users")

    assert "Next in the queue" in first
    assert "“Sync of users” is already queued or running" in second
    with pages.database() as session:
        assert len(session.scalars(select(Job)).all()) == 1


def test_a_preview_counts_and_sends_nothing(pages: Pages) -> None:
    pages.wiring.sis_there.rows[Rows.STUDENTS] = [person("1"), replace(person("2"), last_name="")]
    with pages.database() as session:
        add_building(session, "10", for_users=True)
        set_options(session, role_ids=ROLES)

    pages.press("/admin/users/sync", plan_only="yes")
    with pages.database() as session:
        job_id = session.scalars(select(Job.id)).one()
    pages.run_job(job_id)
    shown = pages.words("/admin/users")

    assert "1 user to create" in shown
    assert "with problems to fix" in shown
    assert not pages.wiring.schoology_there.calls
    with pages.database() as session:
        assert session.scalars(select(Link)).all() == []
        assert len(session.scalars(select(Change)).all()) == 2


def test_who_left_the_sis_is_listed_and_can_be_downloaded(pages: Pages) -> None:
    with pages.database() as session:
        add_building(session, "10", name="North High", for_users=True)
        add_link(session, "user", "student:1", label="=cmd()", building="10", state=LinkState.RELEASED)
        add_link(session, "user", "student:9", owner=THEIRS, label="Theirs", state=LinkState.RELEASED)

    assert "1 user no longer in the SIS; kept in Schoology" in pages.words("/admin/users")
    shown = pages.words("/admin/users/left")
    assert "North High" in shown
    assert "Theirs" not in shown
    file = pages.press("/admin/users/left/csv")
    assert "'=cmd()" in file
    assert "Theirs" not in file


@pytest.mark.parametrize("path", ["save", "tick-all", "refresh-roles", "people", "sync", "cancel"])
def test_someone_else_sees_the_tab_and_may_change_nothing(pages: Pages, path: str) -> None:
    other = pages.as_person("901")
    with pages.database() as session:
        add_building(session, "10")

    assert "Only the Acting User can change this" in other.words("/admin/users")
    other.press(f"/admin/users/{path}", expect=403, buildings="10", what="users")
    with pages.database() as session:
        assert not session.scalars(select(BuildingRow.sis_id).where(BuildingRow.for_users)).all()
        assert session.scalars(select(Job)).all() == []
