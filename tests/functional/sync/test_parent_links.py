"""Parents and their children: what the app joined is the app's, and what someone joined by hand is not."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lti_app.extensions import db
from lti_app.models import ChangeState, JobState, Link, LinkState
from lti_app.runs.words import sentence
from lti_app.sandbox.district.records import Contact, ContactOf
from lti_app.store.district import District
from lti_app.sync.plan import approval
from tests.factories import set_options
from tests.functional.sync.test_todays_facts import Avery
from tests.support.admin_pages import launch_acting_user
from tests.support.two_schools import change_student, leave, two_schools
from tests.support.world import ROLE_IDS, World, make_synced


def with_parents(world: World) -> None:
    """Parents are on, and 10001 has one."""
    add_parent(world, 501, "10001")
    options(world, with_guardians=True)
    world.sync()


def add_parent(world: World, number: int, *students: str, login: str = "") -> None:
    """A parent of these students."""
    children = tuple(ContactOf(each, "G", "Mother", int(each[0])) for each in students)
    name = login or f"p{number}"
    world.district.contacts[number] = Contact(
        number, "Pat", "", f"Last{number}", f"{name}@home.example", name, children
    )


def options(world: World, **changes: object) -> None:
    with world.app.app_context():
        set_options(db.session, role_ids={role: str(each) for role, each in ROLE_IDS.items()}, **changes)
        db.session.commit()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_synced(tmp_path, of=two_schools, then=with_parents, public_url="http://localhost") as made:
        yield made


def links(world: World) -> dict[str, str]:
    """`parent>student` → state."""
    with world.app.app_context():
        found = {}
        for each in db.session.query(Link).filter_by(kind="parent_link"):
            found[f"{each.parent.partition(':')[2]}>{each.person.partition(':')[2]}"] = each.state
        return found


def also_of(world: World, number: int, student: str) -> None:
    """The parent has another child."""
    contact = world.district.contacts[number]
    children = (*contact.students, ContactOf(student, "G", "Mother", int(student[0])))
    world.district.contacts[number] = replace(contact, students=children)


@pytest.mark.parametrize("fault", ["close-after", "502-after"])
def test_a_link_whose_answer_was_lost_is_done_and_the_apps(world: World, fault: str) -> None:
    also_of(world, 501, "10003")
    also_of(world, 501, "10005")
    parent, child = (world.store.user_with("school_uid", each) for each in ("P501", "10005"))
    assert parent is not None and child is not None
    world.store.link_family(child.uid, parent.uid)
    route = "POST /v1/users/import/associations/parents"
    world.schoology_faults.add([{"route": route, "fault": fault, "times": 4}])

    job = world.sync()

    assert job.state == JobState.DONE, sentence(job.message)
    assert links(world) == {
        "501>10001": LinkState.OWNED,
        "501>10003": LinkState.OWNED,
        "501>10005": LinkState.ADOPTED,  # someone had joined them by hand
    }
    lines = {each.person: each for each in world.changes(job) if each.kind == "parent_link"}
    assert not lines["student:10003"].reason and lines["student:10005"].reason


def remove(world: World, number: int, student: str) -> None:
    """The SIS does not list the contact for this student anymore."""
    contact = world.district.contacts[number]
    children = tuple(each for each in contact.students if each.student_id != student)
    world.district.contacts[number] = replace(contact, students=children)


def joined(world: World) -> set[tuple[str, str]]:
    """Unique ids of parent and child, as Schoology has them."""
    users = world.store.users.values()
    names = {each.uid: each.school_uid for each in users}
    return {(each.school_uid, names[child]) for each in users for child in each.child_uids}


def fields_of(page: str, button: str) -> dict[str, str]:
    """The fields of the first form whose button says this."""
    forms = re.findall(r"<form.*?</form>", page, re.DOTALL)
    form = next(each for each in forms if button in each)
    names = ("topic", "kind", "sis_id", "choice")
    found = {name: re.findall(rf'name="{name}"[^>]* value="([^"]*)"', form) for name in names}
    return {name: html.unescape(values[0]) for name, values in found.items() if values}


def test_a_parent_whom_the_sis_removed_is_on_access_to_review(world: World) -> None:
    """And the link ends when someone says so; nothing of it is a change that was applied before."""
    also_of(world, 501, "10003")
    world.sync()
    remove(world, 501, "10001")

    job = world.sync()

    said = sentence(job.message)
    assert "applied" not in said and "1 record left the SIS" in said and "Access to review" in said
    assert ("P501", "10001") in joined(world)
    pages = launch_acting_user(world.app)
    assert "1 entry needs your review" in pages.words("/admin/logs")
    listed = pages.words("/admin/access-review")
    assert "Last501, Pat" in listed and "Last10001, First10001" in listed and "custody" in listed

    fields = fields_of(pages.press("/admin/access-review"), "End it")
    assert "Ends with the next sync" in pages.words("/admin/access-review/decide", **fields)
    job = world.sync()

    assert joined(world) == {("P501", "10003")}
    assert sentence(job.message) == "1 change applied."
    assert "Nothing to review" in pages.words("/admin/access-review")
    assert links(world) == {"501>10003": LinkState.OWNED}

    plan = world.run_of(world.sync("undo", undo_of=world.run_of(job).id))
    with world.app.app_context():
        asked = approval.approve(District(db.session, 1), plan.id, plan.digest, who=Avery())
        db.session.commit()
        world.app.extensions["runner"].run_now(asked.id)
    assert ("P501", "10001") in joined(world)


@pytest.mark.parametrize("button", [pytest.param("Keep it", marks=pytest.mark.long_run), "Done by hand"])
def test_a_settled_parent_is_listed_again_only_after_coming_back(world: World, button: str) -> None:
    also_of(world, 501, "10003")
    world.sync()
    pages = launch_acting_user(world.app)
    for _ in range(2):
        remove(world, 501, "10003")
        world.sync()
        fields = fields_of(pages.press("/admin/access-review"), button)
        assert "Nothing to review" in pages.words("/admin/access-review/decide", **fields)
        assert world.sync().state == JobState.DONE
        assert "Nothing to review" in pages.words("/admin/access-review")
        also_of(world, 501, "10003")
        world.sync()
        assert ("P501", "10003") in joined(world)


def test_with_the_option_only_links_of_the_app_end(world: World) -> None:
    also_of(world, 501, "10003")
    parent, child = (world.store.user_with("school_uid", each) for each in ("P501", "10005"))
    assert parent is not None and child is not None
    world.store.link_family(child.uid, parent.uid)
    also_of(world, 501, "10005")
    options(world, with_guardians=True, ends_parent_links=True)
    world.sync()
    remove(world, 501, "10003")
    remove(world, 501, "10005")
    add_parent(world, 502, "10002")

    world.sync()

    assert ("P501", "10003") not in joined(world)
    assert {("P501", "10001"), ("P501", "10005"), ("P502", "10002")} <= joined(world)
    assert links(world)["501>10005"] == LinkState.RELEASED_BY_HAND
    page = launch_acting_user(world.app).press("/admin/access-review")
    assert "by hand, so the app can’t end it" in page and "End it" not in page
    also_of(world, 501, "10005")
    world.sync()
    assert links(world)["501>10005"] == LinkState.ADOPTED


def test_a_type_that_is_cleared_and_a_bad_row_end_nothing(world: World) -> None:
    options(world, with_guardians=True, ends_parent_links=True, guardian_types=["G"])
    also_of(world, 501, "10003")
    world.sync()
    contact = world.district.contacts[501]
    for bad in (
        replace(contact, students=(ContactOf("1003", "G", "Mother", 1), contact.students[0])),
        replace(contact, first_name={"a": 1}, students=()),  # type: ignore[arg-type]
        replace(contact, contact_id=None),  # type: ignore[arg-type]
    ):
        world.district.contacts[501] = bad
        world.sync()
        assert joined(world) == {("P501", "10001"), ("P501", "10003")}
        assert set(links(world).values()) == {LinkState.OWNED}
    world.district.contacts[501] = contact
    options(world, with_guardians=True, ends_parent_links=True, guardian_types=["E"])
    world.sync()
    assert joined(world) == {("P501", "10001"), ("P501", "10003")}


def test_a_seventh_parent_and_an_unusual_number_of_parents_wait(world: World) -> None:
    for number in range(511, 517):
        add_parent(world, number, "10001")
    job = world.sync()
    assert job.state == JobState.HELD
    assert {each["brake"] for each in world.run_of(job).counts["trips"]} >= {
        "too_many_parents",
        "parents_added",
    }
    pages = launch_acting_user(world.app)
    shown = pages.words("/admin/logs/run", job=str(job.id))
    assert "1 student would have more than 6 parents" in shown
    assert joined(world) == {("P501", "10001")}


def test_people_who_left_are_listed_with_what_can_be_done(world: World) -> None:
    leave(world.district, "10002")
    leave(world.district, "10004")
    said = sentence(world.sync().message)
    assert "4 changes applied" in said and "2 records left the SIS" in said
    pages = launch_acting_user(world.app)
    page = pages.press("/admin/access-review")
    assert "Last10002" in page and "End it" not in page

    left = pages.words("/admin/access-review/decide", **fields_of(page, "Done by hand"))
    assert ("Last10002" in left) is not ("Last10004" in left)
    done = pages.words("/admin/access-review/decide-all", choice="by_hand")
    assert "1 person isn’t listed anymore" in done and "Nothing to review" in done
    world.store.traffic.reset()
    assert world.sync().state == JobState.DONE
    assert sum(world.store.traffic.writes.values()) == 0
    assert "Nothing to review" in pages.words("/admin/access-review")


def test_a_parent_and_a_student_with_one_username(tmp_path: Path) -> None:
    """The first sync with parents: the student gets the account, and the parent is named in the preview."""
    with make_synced(tmp_path, of=two_schools, public_url="http://localhost") as world:
        add_parent(world, 501, "10001", login="shared")
        change_student(world.district, "10001", login_id="shared", email="own@two.example")
        options(world, with_guardians=True)
        planned = world.sync(plan_only=True)
        preview = {each.sis_id: each for each in world.changes(planned)}
        assert preview["contact:501"].state == ChangeState.BLOCKED
        assert "(student 10001)" in sentence(preview["contact:501"].reason)
        shown = launch_acting_user(world.app).words("/admin/logs/run", job=str(planned.id))
        assert "1 record uses a value that belongs to another record" in shown
        assert "Change one of them in the SIS" in shown

        world.sync()

        assert world.store.user_with("school_uid", "10001").username == "shared"  # type: ignore[union-attr]
        assert world.store.user_with("school_uid", "P501") is None
        world.store.traffic.reset()
        job = world.sync()
        assert job.state == JobState.DONE and "0 new" in sentence(job.message)
        assert sum(world.store.traffic.writes.values()) == 0
