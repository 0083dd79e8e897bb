"""Access that should end: a guard needs evidence, and it ends after three nights in a person's hands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from lti_app.extensions import db
from lti_app.models import AccessReview, JobState, ReviewState
from lti_app.sandbox.schoology.objects import StoreError
from lti_app.store.access_review import ReviewTopic
from lti_app.store.district import District
from lti_app.sync.review import access
from tests.functional.sync.test_todays_facts import Avery, classes, said
from tests.support.admin_pages import launch_acting_user
from tests.support.two_schools import (
    add_student,
    add_teacher,
    change_student,
    enroll,
    leave,
    teach,
    two_schools,
    under_course,
)
from tests.support.world import DAY, World, make_synced


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_synced(tmp_path, of=two_schools, public_url="http://localhost") as made:
        yield made


def codes(world: World, unique_id: str) -> set[str]:
    return {code for code, _ in classes(world, unique_id)}


def entries(world: World) -> list[tuple[str, int]]:
    with world.app.app_context():
        return [(each.state, each.days) for each in db.session.query(AccessReview)]


def fields_of(page: str, button: str) -> dict[str, str]:
    """The fields of the form whose button says this."""
    forms = re.findall(r"<form.*?</form>", page, re.DOTALL)
    (form,) = [each for each in forms if button in each]
    names = ("topic", "kind", "sis_id", "choice")
    return {name: re.findall(rf'name="{name}"[^>]* value="([^"]*)"', form)[0] for name in names}


def bad_twin(world: World) -> None:
    """The student 10001 leaves 1001, and a blocked record of the same name comes to it."""
    first = world.district.students["10001"]
    leave(world.district, "10001", 1001)
    add_student(
        world.district,
        "19999",
        1,
        first_name=first.first_name,
        last_name=first.last_name,
        login_id="not valid",
        contacts=(),
    )
    enroll(world.district, "19999", 1001)


def test_no_one_is_put_off_for_a_record_of_their_own(world: World) -> None:
    leave(world.district, "10001", 1001)
    change_student(world.district, "10001", login_id="not valid", email="none")

    world.sync()

    assert "1001" not in codes(world, "10001")


def test_a_namesake_who_is_blocked_keeps_no_one_in_class(world: World) -> None:
    for number in ("10001", "19998"):
        if number == "19998":
            add_student(world.district, number, 1, login_id="not valid", contacts=())
        change_student(world.district, number, first_name="Maria", last_name="Garcia")
    world.sync()
    leave(world.district, "10001")

    world.sync()

    assert codes(world, "10001") == set()


def test_a_teacher_with_a_bad_record_is_replaced(world: World) -> None:
    add_teacher(world.district, "177", 1, login_id="not valid", email="none")
    for key in (1001, 1011):
        teach(world.district, key, "178")

    world.sync()

    assert codes(world, "177") == set()
    assert {"1001", "1011"} <= codes(world, "178")


def test_three_nights_put_a_drop_off_then_a_person_decides(world: World) -> None:
    bad_twin(world)
    seen = []
    for night in (0, 0, 1, 2):
        with time_machine.travel(DAY + timedelta(days=night), tick=True):
            world.sync()
            seen += entries(world)

    assert seen == [
        (ReviewState.COUNTING, 1),
        (ReviewState.COUNTING, 1),
        (ReviewState.COUNTING, 2),
        (ReviewState.WAITING, 3),
    ]
    assert "1001" in codes(world, "10001")


@pytest.mark.parametrize(("choice", "stays"), [("ended", False), ("by_hand", False), ("kept", True)])
def test_a_decision_is_carried_out_by_the_next_sync(world: World, choice: str, stays: bool) -> None:  # noqa: FBT001
    bad_twin(world)
    world.sync()
    with world.app.app_context():
        (entry,) = db.session.query(AccessReview)
        district = District(db.session, 1)
        access.decide(district, ReviewTopic.DROP, entry.kind, entry.sis_id, choice=choice, who=Avery())
        db.session.commit()

    world.sync()

    assert ("1001" in codes(world, "10001")) is stays


def test_what_is_over_leaves_the_list(world: World) -> None:
    bad_twin(world)
    world.sync()
    assert entries(world) == [(ReviewState.COUNTING, 1)]
    enroll(world.district, "10001", 1001)

    with time_machine.travel(DAY + timedelta(days=1), tick=True):
        world.sync()

    assert entries(world) == []


@pytest.mark.parametrize(("button", "stays"), [("End it", False), ("Keep it", True)])
def test_the_acting_user_decides_on_the_page(world: World, button: str, stays: bool) -> None:  # noqa: FBT001
    bad_twin(world)
    world.sync()
    pages = launch_acting_user(world.app)
    assert "1 entry needs your review" in pages.words("/admin/logs")

    fields = fields_of(pages.press("/admin/access-review"), button)
    page = pages.words("/admin/access-review/decide", **fields)

    assert "Saved. The next sync follows your decision." in page
    assert {"End it": "To be ended, by", "Keep it": "Kept by"}[button] in page
    assert "needs your review" not in pages.words("/admin/logs")
    assert "doesn’t need a decision anymore" in pages.words("/admin/access-review/decide", **fields)
    world.sync()
    assert ("1001" in codes(world, "10001")) is stays


def test_a_section_in_another_course_is_kept_on_the_page(world: World) -> None:
    under_course(world.district, 1001, "ENG9")
    job = world.sync()
    assert any("Keep it (Logs, Access to review)" in text for text in said(world, job))
    pages = launch_acting_user(world.app)

    fields = fields_of(pages.press("/admin/access-review"), "Keep it")
    assert "Saved." in pages.words("/admin/access-review/decide", **fields)

    assert said(world, world.sync()) == []
    assert entries(world) == []


def test_what_schoology_refuses_to_end_is_tried_again_on_the_page(world: World) -> None:
    leave(world.district, "10001", 1001)
    unenroll, refused = world.store.unenroll, StoreError("The person has graded work.")

    def refuse(enrollment_id: int) -> None:
        raise refused

    world.store.unenroll = refuse  # type: ignore[method-assign]
    assert world.sync().state == JobState.DONE_WITH_PROBLEMS
    assert world.sync().state == JobState.DONE
    pages = launch_acting_user(world.app)
    listed = pages.words("/admin/access-review")
    assert "The person has graded work." in listed and "found on 1 day" in listed
    assert "1 entry under Access to review" in pages.words("/admin/overview")

    pages.press("/admin/access-review/decide", **fields_of(pages.press("/admin/access-review"), "Try again"))
    world.store.unenroll = unenroll  # type: ignore[method-assign]
    world.sync()

    assert "1001" not in codes(world, "10001") and entries(world) == []
