"""A whole sync over both sandbox systems, on both databases, and what must never happen in one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import update

from lti_app.extensions import db
from lti_app.jobs.queue import enqueue, request_cancel
from lti_app.models import (
    ActingUser,
    BuildingRow,
    Change,
    ChangeState,
    Job,
    JobState,
    Link,
    LinkState,
    SisConnection,
    SyncOptions,
    TermRow,
)
from lti_app.runs.words import sentence
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason
from lti_app.store.district import District
from lti_app.vault import Vault
from tests.support.world import World, make_world, sealed_password


def blocked(lines: list[Change]) -> dict[str, Reason]:
    return {line.sis_id: line.reason for line in lines if line.state == ChangeState.BLOCKED}


@pytest.fixture
def either(database_url: str, tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path, database_url=_driver(database_url)) as made:
        yield made


def _driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


def test_a_first_sync_fills_schoology_and_a_second_one_writes_nothing(either: World) -> None:
    first = either.sync()
    lines = either.changes(first)
    made = [line for line in lines if line.action == "create"]

    assert made and all(line.state == ChangeState.DONE for line in made)
    assert either.store.traffic.writes["enrollment"] == len(
        [line for line in made if line.kind == "enrollment"]
    )
    either.store.traffic.reset()

    second = either.sync()

    assert either.store.traffic.writes == {}
    assert blocked(either.changes(second)) == blocked(lines)


def test_the_planted_bad_people_are_blocked_and_no_one_else(world: World) -> None:
    """An unusable username costs only the username, unless there is no email to sign in with either."""
    planted, students = world.district.planted, world.district.students
    no_way_in = planted["student_without_email"][0]
    students[no_way_in] = replace(students[no_way_in], login_id="no way in")

    lines = world.changes(world.sync())

    people = {line.sis_id for line in lines if line.kind == "user" and line.state == ChangeState.BLOCKED}
    shared = {f"staff:{number.strip()}" for number in planted["shared_id"]}
    assert planted["shared_id"] and people == {f"student:{no_way_in}", *shared}


def test_an_unusable_username_is_left_out_and_the_email_is_the_way_in(world: World) -> None:
    spaced = world.district.planted["username_with_space"]

    lines = {line.sis_id: line for line in world.changes(world.sync()) if line.kind == "user"}

    assert spaced
    for number in spaced:
        line, made = lines[f"student:{number}"], world.store.user_with("school_uid", number)
        assert (line.state, line.reason_code) == (ChangeState.DONE, Code.USERNAME_UNUSABLE)
        assert made is not None
        assert (made.username, made.primary_email) == ("", world.district.students[number].email)


def test_schoology_mails_no_one(world: World) -> None:
    world.sync()

    assert not any(user.mailed for user in world.store.users.values())


def test_what_schoology_had_before_is_neither_changed_nor_removed(world: World) -> None:
    before = {uid: (user.name, user.username) for uid, user in world.store.users.items()}
    seats = dict(world.store.enrollments)

    world.sync()

    assert before.items() <= {u: (p.name, p.username) for u, p in world.store.users.items()}.items()
    assert seats.items() <= world.store.enrollments.items()


def test_someone_who_is_in_schoology_already_is_not_taken_over(world: World) -> None:
    student = next(iter(world.district.students.values()))
    there = world.store.add_user(
        school_uid=student.student_id,
        name_first="Other",
        name_last="Name",
        username="other.name",
        role_id=700003,
    )

    lines = world.changes(world.sync())

    (line,) = [each for each in lines if each.sis_id == f"student:{student.student_id}"]
    assert line.state == ChangeState.BLOCKED and line.reason_code == Code.VALUE_TAKEN_BY_ACCOUNT
    assert world.store.users[there.uid].name == "Other Name"


def test_an_address_that_someone_else_uses_is_left_out_and_named(world: World) -> None:
    plain = [each for each in world.district.students.values() if each.email]
    world.store.add_user(
        name_first="Early",
        name_last="Bird",
        username="early.bird",
        primary_email=plain[0].email,
        role_id=700003,
    )

    lines = world.changes(world.sync())

    (line,) = [each for each in lines if each.sis_id == f"student:{plain[0].student_id}"]
    assert line.state == ChangeState.DONE and line.reason_code == Code.EMAIL_LEFT_OUT
    made = world.store.user_with("school_uid", plain[0].student_id)
    assert made is not None and made.primary_email == "" and made.username


@pytest.mark.parametrize("column", ["for_users", "for_courses", "for_sections", "schoology_id"])
def test_clearing_or_unmapping_a_building_writes_nothing(world: World, column: str) -> None:
    world.sync()
    world.store.traffic.reset()
    with world.app.app_context():
        value = "" if column == "schoology_id" else False
        db.session.execute(update(BuildingRow).values({column: value}).where(BuildingRow.id == 1))
        db.session.commit()

    world.sync()

    assert world.store.traffic.writes == {}


def test_unmapping_every_term_of_a_building_writes_nothing(world: World) -> None:
    world.sync()
    world.store.traffic.reset()
    with world.app.app_context():
        rows = db.session.query(TermRow).all()
        theirs = [row.key for row in rows if row.buildings == rows[0].buildings]
        db.session.execute(update(TermRow).values(grading_period_id="").where(TermRow.key.in_(theirs)))
        db.session.commit()

    world.sync()

    assert world.store.traffic.writes == {}


@pytest.mark.parametrize("option", ["with_students", "with_staff"])
def test_switching_people_off_writes_nothing(world: World, option: str) -> None:
    world.sync()
    world.store.traffic.reset()
    choose(world, **{option: False})

    world.sync()

    assert world.store.traffic.writes == {}


def test_turning_parents_and_co_teachers_on_and_off_again_removes_no_one(world: World) -> None:
    choose(world, with_guardians=True, with_co_teachers=True)
    world.sync()
    parents = [user for user in world.store.users.values() if user.child_uids]
    world.store.traffic.reset()
    choose(world, with_guardians=False, with_co_teachers=False)

    world.sync()

    assert parents and world.store.traffic.writes == {}
    with world.app.app_context():
        assert not db.session.query(Link).filter(Link.state.in_(LinkState.let_go())).count()


def choose(world: World, **options: object) -> None:
    with world.app.app_context():
        row = db.session.get_one(SyncOptions, world.installation_id)
        row.provisioning = {**row.provisioning, **options}
        db.session.commit()


def test_a_revoked_token_stops_the_job_before_it_writes_and_says_so(world: World) -> None:
    world.store.tokens.clear()

    job = world.sync()

    assert job.state == JobState.FAILED and "Make me the Acting User" in sentence(job.message)
    assert world.store.traffic.writes == {}
    with world.app.app_context():
        assert db.session.get_one(ActingUser, world.installation_id).problem


def test_a_lost_role_stops_the_job_before_it_writes(world: World) -> None:
    acting = next(token for token in world.store.tokens.values())
    world.store.users[acting.uid].role_id = 700002

    job = world.sync()

    assert job.state == JobState.FAILED and "isn’t a Schoology system administrator anymore" in sentence(
        job.message
    )
    assert world.store.traffic.writes == {}


def test_a_sync_is_refused_until_the_first_read_is_confirmed(world: World) -> None:
    with world.app.app_context():
        db.session.get_one(SisConnection, world.installation_id).preview_confirmed_at = None
        db.session.commit()

    job = world.sync()

    assert job.state == JobState.FAILED and "Not started" in sentence(job.message)
    assert world.store.traffic.writes == {}


def test_a_wrong_password_is_said_in_plain_words_and_drops_no_one(world: World) -> None:
    world.sync()
    world.store.traffic.reset()
    with world.app.app_context():
        row = db.session.get_one(SisConnection, world.installation_id)
        row.secrets = sealed_password(world.app, "wrong")
        db.session.commit()

    job = world.sync()

    assert job.state == JobState.FAILED and "refused the login name or password" in sentence(job.message)
    assert world.store.traffic.writes == {}


def test_an_answer_lost_after_the_write_is_looked_up_and_nothing_is_doubled(world: World) -> None:
    script = [{"route": "POST /v1/users", "nth": 1, "fault": "close-after"}]
    script.append({"route": "POST /v1/enrollments", "nth": 2, "fault": "close-after"})
    world.schoology_faults.add(script)

    job = world.sync()
    lines = world.changes(job)

    made = [line for line in lines if line.action == "create"]
    assert all(line.state == ChangeState.DONE for line in made)
    assert world.store.traffic.writes["user"] == len([line for line in made if line.kind == "user"])
    assert world.store.traffic.writes["enrollment"] == len(
        [line for line in made if line.kind == "enrollment"]
    )


def test_a_short_answer_again_and_again_drops_no_one(world: World) -> None:
    world.sync()
    world.store.traffic.reset()
    world.sis_faults.add([{"route": "GET ^.*/pages/1$", "nth": 1, "times": 1000, "fault": "drop-rows"}])

    job = world.sync()

    assert job.state == JobState.QUEUED and job.resume_at is not None
    assert "announced" in sentence(job.message) and "Paused" in sentence(job.message)
    assert world.store.traffic.writes == {}


def test_a_canceled_job_keeps_what_was_done_and_the_next_one_finishes(world: World) -> None:
    with world.app.app_context():
        runner = world.app.extensions["runner"]
        asked = enqueue(
            District(db.session, 1), "provision", params={"what": "all"}, trigger="manual", asked_by="t"
        )
        db.session.commit()
        request_cancel(District(db.session, 1), asked.job.id)
        db.session.commit()
        runner.run_now(asked.job.id)
        db.session.expire_all()
        assert db.session.get_one(Job, asked.job.id).state == JobState.CANCELED

    assert all(
        line.state == ChangeState.DONE for line in world.changes(world.sync()) if line.action == "create"
    )


def test_a_key_that_was_dropped_too_early_is_named_with_the_remedy(world: World) -> None:
    world.app.extensions["wiring"].vault = Vault((Fernet.generate_key().decode(),))

    job = world.sync()

    assert job.state == JobState.FAILED
    assert "Not started: A stored secret was sealed with a key" in sentence(job.message)
    assert "keys rotate" in sentence(job.message)
