"""What the people who host the app do: the audit knows of it, the doctor says what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import select, update

from lti_app import clock
from lti_app.cli import sync as sync_command
from lti_app.cli.doctor import outside
from lti_app.extensions import db
from lti_app.models import ActingUser, Audit, Installation, Job, JobState, SisConnection
from lti_app.runs import words
from lti_app.sandbox.schoology.store import TEACHER
from lti_app.wiring import Wiring
from tests.functional.cli.test_cli import INSTALLATION, PLATFORM, run
from tests.support.world import World, make_world, running_app, sealed_password, settings


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    with running_app(settings(tmp_path)) as made:
        yield made


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path, students=8) as made:
        yield made


def audit(app: Flask) -> list[tuple[str, str, str]]:
    with app.app_context():
        rows = db.session.scalars(select(Audit).order_by(Audit.id))
        return [(each.name, each.what, each.new) for each in rows]


def doctor(app: Flask) -> str:
    """What it prints, a line for each thing that it looked at."""
    said = run(app, "doctor").output
    assert "Traceback" not in said
    return said


def test_what_hosts_change_is_in_the_audit_without_secrets(app: Flask) -> None:
    for command in (
        PLATFORM,
        INSTALLATION,
        "installation setup-code --installation 1",
        "installation set-key --installation 1 --consumer-key k --consumer-secret-env SECRET",
        "installation pause --installation 1 --reason Maintenance.",
        "installation pause --installation 1 --off",
        "keys rotate",
    ):
        said = run(app, command, env={"SECRET": "hunter2"})
        assert said.exit_code == 0, said.output

    lines = audit(app)
    assert [what for _, what, _ in lines] == [
        "Installation",
        "Setup code",
        "Schoology API key",
        "Pause of all syncs",
        "Pause of all syncs",
        "Keys of the app",
    ]
    assert {name for name, _, _ in lines} == {"command line"}
    assert "Maintenance." in lines[3][2] and lines[4][2] == ""
    assert "hunter2" not in json.dumps(lines)
    with app.app_context():
        row = db.session.get_one(Installation, 1)
        assert app.extensions["wiring"].vault.open(row.consumer_secret) == "hunter2"


def test_a_restore_leaves_a_line_when_it_begins_and_when_links_were_found(world: World) -> None:
    run(world.app, "doctor --after-restore")
    with world.app.app_context():
        job_id = db.session.scalars(select(Job.id).where(Job.state == JobState.QUEUED)).one()
    world.app.extensions["runner"].run_now(job_id)

    lines = audit(world.app)
    assert [(name, what) for name, what, _ in lines] == [
        ("command line", "Pause of all syncs"),
        ("the app", "Pause of all syncs"),
    ]
    assert "restored from a backup" in words.setting(lines[0][2]) and lines[1][2] == ""


def test_the_doctor_finds_no_problem_in_a_healthy_district(world: World) -> None:
    world.app.extensions["runner"].tick()

    said = doctor(world.app)

    assert "ok   scheduler\n" in said
    assert "ok   Sandbox District: Schoology answers the Acting User\n" in said
    assert "ok   Sandbox District: the SIS answers (eSchoolPLUS 21.4.2)\n" in said
    assert "ok   Sandbox District: consumer key\n" in said


def test_the_doctor_names_a_lost_lease_and_refused_credentials(world: World) -> None:
    world.app.extensions["runner"].tick()
    with world.app.app_context():
        db.session.execute(update(SisConnection).values(secrets=sealed_password(world.app, "wrong")))
        db.session.commit()
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=True):
        said = doctor(world.app)

    assert re.search("LOOK scheduler, last heard of (59 min|1 hr 0 min) ago: no web process is running", said)
    assert "LOOK Sandbox District: the SIS answers: " in said
    assert "ok   Sandbox District: Schoology answers the Acting User\n" in said


def test_the_doctor_says_when_the_acting_user_lost_role_or_permission(world: World) -> None:
    avery = world.store.user_by_username["avery.admin"]
    world.store.update_user(avery, role_id=TEACHER)
    assert "isn't a system administrator anymore" in run(world.app, "doctor").output
    del world.store.tokens["acting"]
    assert "select Make me the Acting User" in run(world.app, "doctor").output


def test_the_doctor_compares_clocks_and_says_when_it_could_not(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    what = "clock agrees with Schoology's"
    asked: list[str] = []

    class Answer:
        headers: dict[str, str] = {}

    def get(url: str, **_options: object) -> Answer:
        asked.append(url)
        return Answer()

    monkeypatch.setattr(outside.requests, "get", get)
    Answer.headers = {"Date": f"{clock.now() - timedelta(minutes=10):%a, %d %b %Y %H:%M:%S} GMT"}
    slow = doctor(world.app)
    Answer.headers = {"Date": f"{clock.now():%a, %d %b %Y %H:%M:%S} GMT"}
    right = doctor(world.app)
    Answer.headers = {}
    silent = doctor(world.app)

    assert re.search(f"LOOK {what}: it's off by (599|60[0-9]) seconds; set this machine's clock", slow)
    assert f"ok   {what}\n" in right
    assert f"LOOK {what}: the answer had no time; set this machine's clock" in silent
    assert asked


def test_the_doctor_wants_old_keys_renewed_and_survives_a_key_that_is_gone(world: World) -> None:
    with time_machine.travel(clock.now() + timedelta(days=401), tick=True):
        assert "they are 401 days old: run 'flask --app wsgi keys rotate'" in run(world.app, "doctor").output

    other = replace(world.app.extensions["wiring"].settings, secret_keys=(Fernet.generate_key().decode(),))
    world.app.extensions["wiring"] = Wiring(other)
    said = run(world.app, "doctor")

    assert "LOOK LTI_APP_SECRET_KEYS doesn't open the stored secrets" in said.output
    assert said.exception is None or isinstance(said.exception, SystemExit)


def test_a_run_that_others_carry_out_is_followed_and_not_taken_from_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With workers of their own the command only asks and follows; here they work while it looks away."""
    runner, submitted = world.app.extensions["runner"], []
    distributed = replace(world.app.extensions["wiring"].settings, tasks="procrastinate")
    monkeypatch.setattr(world.app.extensions["wiring"], "settings", distributed)
    real, owners = runner.run_now, []

    def worker(_seconds: float) -> None:
        assert real(submitted[0])

    monkeypatch.setattr(runner, "submit", submitted.append)
    monkeypatch.setattr(runner, "run_now", owners.append)
    monkeypatch.setattr(sync_command.time, "sleep", worker)

    done = run(world.app, "sync run --installation 1 --what users --wait")

    assert done.exit_code == 0 and "changes applied" in done.output
    assert owners == []


def test_an_installation_without_a_key_is_told_how_to_get_one(app: Flask) -> None:
    run(app, PLATFORM)
    run(app, INSTALLATION)
    with app.app_context():
        assert db.session.query(ActingUser).count() == 0

    assert "installation set-key" in run(app, "doctor").output
