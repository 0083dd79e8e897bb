"""A create never changes what is in Schoology, whatever its calls may match there."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from lti_app.extensions import db
from lti_app.models import ActingUser, Change, ChangeState, Installation, Link, LinkState
from lti_app.outbound.errors import Permanent
from lti_app.runs.words import sentence
from lti_app.sandbox.district.records import Contact, ContactOf
from lti_app.sandbox.schoology.objects import Course, Section, User
from lti_app.sandbox.schoology.store import PARENT, STUDENT, TEACHER
from lti_app.sandbox.schoology.toggles import Toggles
from tests.factories import set_options
from tests.support.two_schools import add_section, add_student, enroll, two_schools
from tests.support.world import ROLE_IDS, World, make_synced

READINGS: dict[str, dict[str, Any]] = {
    "likeliest": {},
    "by_code_only": {"sections_by_school_code": False},
    "shared_period": {"sections_by_code": "shared period"},
    "school_code_only": {"sections_by_code": "nothing"},
    "all_case": {"key_case": "all"},
    "no_case": {"key_case": "none"},
    "user_by_unique_id": {"user_create_updates": "unique_id"},
    "user_by_username": {"user_create_updates": "username"},
    "user_by_email": {"user_create_updates": "email"},
    "user_comes_back": {"user_create_updates": "inactive"},
    "course_by_code": {"course_create_updates": True},
    "building_by_code": {"building_create_updates": "code"},
    "building_by_title": {"building_create_updates": "title"},
    "period_by_title": {"period_create_updates": True},
    "enrolled_again": {"existing_enrollment": "ok"},
    "kept_enrollments": {"enrollment_delete_archives": True},
    "tells_updates": {"tells_updates": True},
}
"""What no one knows of Schoology's creates: each plausible reading alone."""
PAIRS = random.Random(19).sample(
    [pair for pair in combinations(READINGS, 2) if not READINGS[pair[0]].keys() & READINGS[pair[1]].keys()], 8
)
ALL = [pytest.param((name,), id=name) for name in READINGS] + [
    pytest.param(pair, id="+".join(pair), marks=pytest.mark.long_run) for pair in PAIRS
]


def under(names: tuple[str, ...]) -> Toggles:
    return replace(Toggles(), **{key: value for name in names for key, value in READINGS[name].items()})


@contextmanager
def synced(folder: Path, names: tuple[str, ...] = ()) -> Iterator[World]:
    with make_synced(folder, of=two_schools, toggles=under(names)) as world:
        yield world


def section_of(world: World, key: int) -> Section:
    found = world.store.section_with(str(key))
    assert found is not None
    return found


def course_of(world: World, code: str) -> Course:
    found = world.store.course_with(code)
    assert found is not None
    return found


def lines_of(lines: list[Change], sis_id: str) -> list[Change]:
    return [each for each in lines if each.sis_id == sis_id]


def everything(world: World) -> dict[str, dict[int, str]]:
    """Every object of Schoology with its values."""
    store = world.store
    kinds = {
        "users": store.users,
        "courses": store.courses,
        "sections": store.sections,
        "enrollments": store.enrollments,
        "buildings": store.buildings,
        "periods": store.grading_periods,
    }
    return {kind: {key: repr(each) for key, each in objects.items()} for kind, objects in kinds.items()}


def changed(before: dict[str, dict[int, str]], world: World) -> list[str]:
    """What was there before and reads otherwise now, or is gone."""
    now = everything(world)
    return [
        f"{kind} {key}: {was} → {now[kind].get(key)}"
        for kind, objects in before.items()
        for key, was in objects.items()
        if now[kind].get(key) != was
    ]


def owned(world: World) -> set[str]:
    """The Schoology ids that the app takes for its own."""
    with world.app.app_context():
        rows = db.session.query(Link).filter(Link.state == LinkState.OWNED)
        return {each.schoology_id for each in rows}


def plant(world: World) -> None:
    """People and classes that were made in Schoology by hand, and records of the SIS that come with the same
    values."""
    store, district = world.store, world.district

    def by_hand(name: str, **values: Any) -> User:
        given = {"name_first": "By", "name_last": name, "username": name, "role_id": STUDENT, **values}
        return store.add_user(**given)

    by_hand("unique", school_uid="10021")
    add_student(district, "10021", 1)
    by_hand("S10022")
    add_student(district, "10022", 1)
    by_hand("mail", primary_email="S10023@two.example")
    add_student(district, "10023", 1)
    store.deactivate_user(by_hand("gone", school_uid="10024").uid)
    add_student(district, "10024", 1)
    algebra, period = course_of(world, "1-ALG1"), section_of(world, 1001).grading_periods
    hand_made = store.add_section(algebra.id, title="My own", section_code="alg1-3", grading_periods=period)
    store.enroll(hand_made.id, store.add_user(**_teacher("own")).uid, admin=1)
    add_section(district, 1003, "ALG1", 3, "177")
    store.add_course("Hand-made Art", "1-ART")
    district.courses[1, "ART"] = replace(district.courses[1, "ALG1"], course="ART", description="Art")
    add_section(district, 1021, "ART", 1, "177")
    taken = store.add_section(algebra.id, title="Key", section_school_code="1004")
    add_section(district, 1004, "ALG1", 4, "178")
    store.enroll(taken.id, store.add_user(**_teacher("key")).uid, admin=1)
    enroll(district, "10002", 1001)
    student = store.user_with("school_uid", "10002")
    assert student is not None
    store.enroll(section_of(world, 1001).id, student.uid, admin=1)


def _teacher(name: str) -> dict[str, Any]:
    return {"name_first": "T", "name_last": name, "username": f"t.{name}", "role_id": TEACHER}


@pytest.mark.parametrize("names", ALL)
def test_what_was_made_by_hand_reads_as_before_and_is_nobodys(tmp_path: Path, names: tuple[str, ...]) -> None:
    with synced(tmp_path, names) as world:
        plant(world)
        before, ours = everything(world), owned(world)

        lines = world.changes(world.sync())
        again = world.changes(world.sync())

        assert changed(before, world) == []
        new = owned(world) - ours
        assert not new & {str(key) for objects in before.values() for key in objects}
        for sis_id in ("student:10021", "1003", "1|ART", "1004"):
            (line,) = lines_of(lines, sis_id)
            assert line.state in (ChangeState.FAILED, ChangeState.BLOCKED), (sis_id, line.state)
            assert "Data Prep" in sentence(line.reason)
        assert not [each for each in again if each.state == ChangeState.DONE and each.kind != "enrollment"]


def test_a_section_beside_one_of_the_app_is_one_of_its_own(tmp_path: Path) -> None:
    with synced(tmp_path) as world:
        add_section(world.district, 1003, "ALG1", 3, "177")

        world.sync()

        assert section_of(world, 1003).section_code == "ALG1-3"
        assert section_of(world, 1003).course_id == section_of(world, 1001).course_id


@pytest.mark.parametrize("names", [("likeliest",), ("by_code_only",), ("tells_updates",)])
def test_a_course_renamed_by_hand_keeps_its_name_when_it_gets_a_section(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    """The call that makes sections updates their courses as well."""
    with synced(tmp_path, names) as world:
        course = course_of(world, "1-ALG1")
        world.store.update_course(course.id, title="Algebra the Great", course_code="GREAT")
        other = world.store.add_course("Another course", "1-ALG1")
        add_section(world.district, 1003, "ALG1", 3, "177")

        world.sync()

        assert (course.title, course.course_code) == ("Algebra the Great", "GREAT")
        assert (other.title, world.store.sections_of_course[other.id]) == ("Another course", [])
        assert section_of(world, 1003).course_id == course.id


def _parent(world: World) -> Contact:
    of = ContactOf("10001", "G", "Mother", 1)
    contact = Contact(501, "Pat", "", "Parent", "pat@two.example", "pat.parent", (of,))
    world.district.contacts[501] = contact
    with world.app.app_context():
        role_ids = {role: str(role_id) for role, role_id in ROLE_IDS.items()}
        set_options(db.session, role_ids=role_ids, with_guardians=True)
        db.session.commit()
    return contact


def test_a_parent_link_that_was_made_by_hand_is_taken_note_of_and_not_owned(tmp_path: Path) -> None:
    with synced(tmp_path) as world:
        _parent(world)
        world.sync("users")
        parent, child = (world.store.user_with("school_uid", each) for each in ("P501", "10003"))
        assert parent is not None and child is not None
        world.store.link_family(child.uid, parent.uid)
        also = (*world.district.contacts[501].students, ContactOf("10003", "G", "Mother", 1))
        world.district.contacts[501] = replace(world.district.contacts[501], students=also)
        world.store.traffic.reset()

        world.sync("users")

        with world.app.app_context():
            states = {
                each.person: each.state for each in db.session.query(Link).filter_by(kind="parent_link")
            }
        assert states == {"student:10001": LinkState.OWNED, "student:10003": LinkState.ADOPTED}
        assert "parent_link" not in world.store.traffic.writes


def test_a_parent_link_never_reaches_who_took_over_the_unique_id(tmp_path: Path) -> None:
    with synced(tmp_path) as world:
        _parent(world)
        world.sync("users")
        parent = world.store.user_with("school_uid", "P501")
        assert parent is not None
        world.store.update_user(parent.uid, school_uid="former")
        stranger = world.store.add_user(
            school_uid="P501", name_first="S", name_last="T", username="st", role_id=PARENT
        )
        also = (*world.district.contacts[501].students, ContactOf("10003", "G", "Mother", 1))
        world.district.contacts[501] = replace(world.district.contacts[501], students=also)

        lines = world.changes(world.sync("users"))

        assert stranger.child_uids == set()
        (line,) = [each for each in lines if each.kind == "parent_link"]
        assert line.state == ChangeState.FAILED and "another unique id" in line.words


@pytest.mark.parametrize("names", [(each,) for each in READINGS if "building" in each or "period" in each])
def test_a_building_or_grading_period_that_is_there_is_not_made_again(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    with synced(tmp_path, names) as world, world.app.app_context():
        wiring = world.app.extensions["wiring"]
        schoology = wiring.schoology(db.session.get_one(Installation, 1), db.session.get_one(ActingUser, 1))
        period = next(iter(world.store.grading_periods.values()))
        before = everything(world)

        with pytest.raises(Permanent, match="already"):
            schoology.create_building("Another name", "1", {})
        with pytest.raises(Permanent, match="already"):
            schoology.create_building("school 1", "", {})
        with pytest.raises(Permanent, match="already"):
            schoology.create_grading_period(period.title.upper(), period.start, period.start)

        assert changed(before, world) == []
        assert schoology.create_building("School 3", "3", {}).id not in before["buildings"]
