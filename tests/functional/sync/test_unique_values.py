"""Unique values are judged over all accounts, and given up before they are taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

from lti_app.extensions import db
from lti_app.models import Change, ChangeState, Job, JobState, Link, Run
from lti_app.runs.words.reasons import sentence
from lti_app.sandbox.schoology.objects import User
from lti_app.sandbox.schoology.store import STUDENT
from lti_app.sandbox.schoology.toggles import Toggles
from lti_app.store.district import District
from lti_app.sync.plan import approval
from lti_app.sync.plan.new_ids import relink
from tests.factories import set_options
from tests.support.two_schools import add_student, change_student, enroll, leave, two_schools
from tests.support.world import ROLE_IDS, World, make_synced
from tests.unit.sync.plan.test_approval import Avery

NIGHT = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
"""1:30 AM in New York."""


@contextmanager
def synced(folder: Path, **toggles: Any) -> Iterator[World]:
    with make_synced(folder, of=two_schools, toggles=replace(Toggles(), **toggles)) as world:
        yield world


def account(world: World, school_uid: str) -> User:
    found = world.store.user_with("school_uid", school_uid)
    assert found is not None, f"no account of {school_uid}"
    return found


def held(world: World) -> dict[str, tuple[str, str]]:
    return {
        each.school_uid: (each.username, each.primary_email)
        for each in world.store.users.values()
        if each.school_uid
    }


def line(lines: list[Change], sis_id: str) -> Change:
    (found,) = [
        each for each in lines if each.sis_id == sis_id and each.kind in ("user", "course", "section")
    ]
    return found


def swap(world: World, one: str, other: str, *, emails: bool = True) -> None:
    first, second = (world.district.students[each] for each in (one, other))
    for mine, theirs in ((first, second), (second, first)):
        email = {"email": theirs.email} if emails else {}
        change_student(world.district, mine.student_id, login_id=theirs.login_id, **email)


def quiet(world: World) -> Job:
    """A night that writes nothing and is green."""
    world.store.traffic.reset()
    job = world.sync()
    assert world.store.traffic.writes == {}
    assert job.state == JobState.DONE, job.message
    return job


def at_night(world: World) -> tuple[Job, list[Change]]:
    with time_machine.travel(NIGHT, tick=True):
        job = world.sync()
        return job, world.changes(job)


def test_a_younger_sibling_gets_an_account_without_the_family_address(tmp_path: Path) -> None:
    with synced(tmp_path) as world:
        email = world.district.students["10001"].email
        leave(world.district, "10001")
        world.sync()
        add_student(world.district, "10031", 1, contacts=(("M", email.upper()),))

        (made,) = [each for each in world.changes(world.sync()) if each.sis_id == "student:10031"]

        assert made.state == ChangeState.DONE and "Last10001" in sentence(made.reason)
        assert (account(world, "10031").username, account(world, "10031").primary_email) == ("s10031", "")
        assert account(world, "10001").primary_email == email
        quiet(world)


def test_a_changed_address_that_is_another_ones_never_empties_the_old_one(tmp_path: Path) -> None:
    with synced(tmp_path) as world:
        email = world.district.students["10001"].email
        leave(world.district, "10001")
        world.sync()
        change_student(world.district, "10002", email=email)

        world.sync()

        assert account(world, "10002").primary_email == "s10002@two.example"


@pytest.mark.parametrize("case", ["some", "all", "none"])
def test_two_new_people_with_one_login_are_both_named_in_the_preview(tmp_path: Path, case: str) -> None:
    with synced(tmp_path, key_case=case) as world:
        add_student(world.district, "10031", 1, login_id="same.login")
        add_student(world.district, "10032", 1, login_id="Same.Login")

        preview = world.changes(world.sync(plan_only=True))
        job = world.sync()

        for one, other in (("10031", "10032"), ("10032", "10031")):
            found = line(preview, f"student:{one}")
            assert found.state == ChangeState.BLOCKED and f"Last{other}" in sentence(found.reason)
        assert job.state == JobState.DONE_WITH_PROBLEMS
        assert "2 known problems, 0 new" in sentence(quiet(world).message)


def test_a_newcomer_with_the_login_of_a_leaver_is_told_whose_it_is(tmp_path: Path) -> None:
    with synced(tmp_path) as world:
        sections = set(world.store.sections_of_user[account(world, "10001").uid])
        leave(world.district, "10001")
        add_student(world.district, "10031", 1, login_id="S10001")
        enroll(world.district, "10031", 1001)

        lines = world.changes(world.sync())

        assert sections and not world.store.sections_of_user[account(world, "10001").uid]
        assert "Last10001" in sentence(line(lines, "student:10031").reason)
        assert line(lines, "student:10031").state == ChangeState.BLOCKED
        quiet(world)
        world.store.update_user(account(world, "10001").uid, username="freed")
        world.sync("drift")
        world.sync()
        assert account(world, "10031").username == "S10001"


def test_an_account_that_schoology_names_is_named_in_the_preview(tmp_path: Path) -> None:
    with synced(tmp_path) as world:
        made = world.store.add_user(
            name_first="Early",
            name_last="Bird",
            username="bird",
            primary_email="b@two.example",
            role_id=STUDENT,
        )
        add_student(world.district, "10031", 1, login_id="Bird")
        add_student(world.district, "10032", 1, contacts=(("M", "B@two.example"),))
        world.store.add_user(name_first="Late", name_last="Owl", username="owl", role_id=STUDENT)
        change_student(world.district, "10002", login_id="OWL", last_name="Married")

        preview = world.changes(world.sync(plan_only=True))
        world.sync()

        assert "Early Bird" in sentence(line(preview, "student:10031").reason)
        assert "Early Bird" in sentence(line(preview, "student:10032").reason)
        assert account(world, "10032").primary_email == ""
        assert (account(world, "10002").username, account(world, "10002").name_last) == ("s10002", "Married")
        world.store.traffic.reset()
        quiet(world)
        assert "GET /v1/csvexport/users" not in world.store.traffic.requests
        world.store.update_user(made.uid, username="flown")
        world.sync("drift")
        world.sync()
        assert account(world, "10031").username == "Bird"


def test_what_schoology_refused_is_sent_once_and_again_when_it_changes(tmp_path: Path) -> None:
    with synced(tmp_path) as world:
        world.schoology_faults.clear()
        for number in range(31, 36):
            add_student(world.district, f"100{number}", 1)
            world.store.deactivate_user(
                world.store.add_user(
                    name_first="A",
                    name_last="B",
                    username=f"gone{number}",
                    school_uid=f"100{number}",
                    role_id=STUDENT,
                ).uid
            )
            enroll(world.district, f"100{number}", 1001)

        first = world.sync()

        assert first.state == JobState.DONE_WITH_PROBLEMS
        assert "known problems, 0 new" in sentence(quiet(world).message)
        assert "POST /v1/users" not in world.store.traffic.requests
        one = world.sync("one", only={"kind": "user", "sis_id": "student:10031"})
        assert line(world.changes(one), "student:10031").state == ChangeState.FAILED  # it was tried again
        change_student(world.district, "10031", last_name="Other")
        again = world.changes(world.sync())
        assert line(again, "student:10031").state == ChangeState.FAILED
        assert line(again, "student:10032").known


def test_a_value_goes_to_another_one_in_the_night_in_which_it_is_given_up(tmp_path: Path) -> None:
    with synced(tmp_path) as world:
        change_student(world.district, "10003", login_id="s10002", email="s10002@two.example")
        change_student(world.district, "10002", login_id="s10001")
        change_student(world.district, "10002", email="s10001@two.example")
        change_student(world.district, "10001", login_id="fresh", email="fresh@two.example")
        add_student(world.district, "10031", 1, login_id="s10003", contacts=(("M", "s10003@two.example"),))

        job = world.sync()

        assert job.state == JobState.DONE, job.message
        wanted = {"10001": "fresh", "10002": "s10001", "10003": "s10002", "10031": "s10003"}
        for number, login in wanted.items():
            assert held(world)[number] == (login, f"{login}@two.example")
        quiet(world)


@pytest.mark.parametrize("emails", [True, False])
@pytest.mark.parametrize("case", ["some", "all"])
def test_two_students_who_swap_wait_by_day_and_have_it_in_the_night(
    tmp_path: Path, emails: bool, case: str
) -> None:
    with synced(tmp_path, key_case=case) as world:
        before = held(world)
        swap(world, "10001", "10002", emails=emails)

        by_day = world.sync()

        assert held(world) == before and by_day.state == JobState.DONE
        waiting = line(world.changes(by_day), "student:10001")
        assert waiting.state == ChangeState.DISCARDED and "nightly" in sentence(waiting.reason)

        job, lines = at_night(world)

        assert job.state == JobState.DONE, job.message
        assert [each.sis_id for each in lines if each.state != ChangeState.DONE] == []
        assert held(world)["10001"] == ("s10002", "s10002@two.example" if emails else before["10001"][1])
        assert held(world)["10002"] == ("s10001", "s10001@two.example" if emails else before["10002"][1])
        quiet(world)


def test_a_ring_of_three_and_one_who_waits_for_it(tmp_path: Path) -> None:
    with synced(tmp_path) as world:
        for mine, login in (("10001", "s10002"), ("10002", "s10003"), ("10003", "s10001")):
            change_student(world.district, mine, login_id=login)
        swap(world, "20001", "20002")

        job, _ = at_night(world)

        assert job.state == JobState.DONE, job.message
        logins = {each: held(world)[each][0] for each in ("10001", "10002", "10003", "20001", "20002")}
        assert logins == {
            "10001": "s10002",
            "10002": "s10003",
            "10003": "s10001",
            "20001": "s20002",
            "20002": "s20001",
        }


def test_who_steps_aside_in_vain_gets_the_former_login_back(tmp_path: Path) -> None:
    with synced(tmp_path) as world:
        swap(world, "10001", "10002", emails=False)
        change_student(world.district, "10002", last_name="x" * 3)
        real = world.store.update_user

        def refuse(uid: int, **fields: Any) -> User:
            if uid == account(world, "10002").uid:
                fields["role_id"] = 0
            return real(uid, **fields)

        world.store.update_user = refuse  # type: ignore[method-assign]
        at_night(world)

        assert held(world)["10001"][0] == "s10001" and held(world)["10002"][0] == "s10002"


def test_the_undo_of_a_swap_swaps_back(tmp_path: Path) -> None:
    with synced(tmp_path) as world:
        before = held(world)
        swap(world, "10001", "10002")
        job, _ = at_night(world)
        assert held(world) != before

        plan = world.run_of(world.sync("undo", undo_of=world.run_of(job).id))
        with world.app.app_context():
            asked = approval.approve(District(db.session, 1), plan.id, plan.digest, who=Avery())
            db.session.commit()
            world.app.extensions["runner"].run_now(asked.id)

        assert held(world) == before


def test_sections_that_swap_their_codes_are_held_with_both_named(tmp_path: Path) -> None:
    with synced(tmp_path) as world:
        with world.app.app_context():
            set_options(
                db.session,
                role_ids={role: str(each) for role, each in ROLE_IDS.items()},
                section_school_code_template="{course}-{section}-{building}",
            )
            db.session.commit()
        world.sync()
        one, other = (world.district.sections[each] for each in (1001, 1002))
        world.district.sections[1001] = replace(one, course_section=other.course_section)
        world.district.sections[1002] = replace(other, course_section=one.course_section)
        codes = {each.id: each.section_school_code for each in world.store.sections.values()}

        job = world.sync()

        assert job.state == JobState.HELD, job.message
        for sis_id in ("1001", "1002"):
            found = line(world.changes(job), sis_id)
            assert found.state == ChangeState.HELD and sentence(found.reason).count("“") >= 2
        assert {each.id: each.section_school_code for each in world.store.sections.values()} == codes


def test_last_years_section_is_not_renamed_to_this_years(tmp_path: Path) -> None:
    with synced(tmp_path) as world:
        old = world.store.section_with("1001")
        assert old is not None
        was = repr(old)
        district = world.district
        district.sections[1901] = replace(
            district.sections[1001], section_key=1901, description="Another year"
        )
        district.enrollments[1901] = []
        enroll(district, "10001", 1901)

        job = world.sync()

        new = world.store.section_with("1901")
        assert new is not None and new.id != old.id, job.message
        assert repr(old) == was
        quiet(world)


def test_a_section_that_was_made_again_in_the_sis_is_offered_for_linking(tmp_path: Path) -> None:
    with synced(tmp_path) as world:
        old = world.store.section_with("1001")
        assert old is not None
        district = world.district
        district.sections[1901] = replace(district.sections.pop(1001), section_key=1901)
        district.enrollments[1901] = [
            each._replace(section_key=1901) for each in district.enrollments.pop(1001)
        ]

        job = world.sync()

        assert job.state == JobState.HELD, job.message
        assert [each.state for each in world.changes(job) if each.state == ChangeState.FAILED] == []
        assert old.section_school_code == "1001"
        run = world.run_of(job)
        with world.app.app_context():
            assert relink(db.session, db.session.get_one(Run, run.id)) == 1
            db.session.commit()
            assert db.session.get(Link, (1, "section", "1901")).schoology_id == str(old.id)
