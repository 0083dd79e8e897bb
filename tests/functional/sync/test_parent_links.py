"""Parents and their children: what the app joined is the app's, and what somebody joined by hand is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lti_app.extensions import db
from lti_app.models import ChangeState, JobState, Link, LinkState
from lti_app.runs.words import sentence
from lti_app.sandbox.district.records import Contact, ContactOf
from tests.factories import set_options
from tests.support.two_schools import change_student, two_schools
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
        "501>10005": LinkState.ADOPTED,  # somebody had joined them by hand
    }
    lines = {each.person: each for each in world.changes(job) if each.kind == "parent_link"}
    assert not lines["student:10003"].reason and lines["student:10005"].reason


def test_a_parent_and_a_student_with_one_username(tmp_path: Path) -> None:
    """The first sync with parents: the student gets the account, and the parent is named in the preview."""
    with make_synced(tmp_path, of=two_schools) as world:
        add_parent(world, 501, "10001", login="shared")
        change_student(world.district, "10001", login_id="shared", email="own@two.example")
        options(world, with_guardians=True)
        preview = {each.sis_id: each for each in world.changes(world.sync(plan_only=True))}
        assert preview["contact:501"].state == ChangeState.BLOCKED
        assert "(student:10001)" in sentence(preview["contact:501"].reason)

        world.sync()

        assert world.store.user_with("school_uid", "10001").username == "shared"  # type: ignore[union-attr]
        assert world.store.user_with("school_uid", "P501") is None
        world.store.traffic.reset()
        job = world.sync()
        assert job.state == JobState.DONE and "0 new" in sentence(job.message)
        assert sum(world.store.traffic.writes.values()) == 0
