"""The commands of the people who host the app: what they print, and what they say when it is wrong."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from lti_app.extensions import db
from lti_app.jobs.queue import enqueue
from lti_app.models import Installation, JobState, Platform
from lti_app.store.district import District
from tests.support.processes import ROOT
from tests.support.world import World, make_world, running_app, settings

PLATFORM = (
    "platform add --issuer https://schoology.schoology.com --client-id 123 --auth-url https://s.example/a "
    "--token-url https://s.example/t --jwks-url https://s.example/j"
)
INSTALLATION = (
    "installation add --client-id 123 --deployment-id 123-4 --name District "
    "--schoology-domain app.schoology.com"
)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    with running_app(settings(tmp_path)) as made:
        yield made


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as made:
        yield made


def run(app: Flask, command: str, **options: object) -> Result:
    return app.test_cli_runner().invoke(args=command.split(), **options)  # type: ignore[arg-type]


def test_a_platform_and_an_installation_are_registered_with_a_setup_code(app: Flask) -> None:
    assert run(app, PLATFORM).exit_code == 0
    made = run(app, f"{INSTALLATION} --consumer-key key", input="hunter2\n")
    listed = run(app, "installation list")

    assert made.exit_code == 0 and "Setup code: " in made.output
    assert "District" in listed.output and "unclaimed" in listed.output
    assert "hunter2" not in made.output + listed.output
    with app.app_context():
        row = db.session.query(Installation).one()
        assert "hunter2" not in row.consumer_secret
        assert made.output.partition("Setup code: ")[2].strip() not in row.setup_code_hash


@pytest.mark.parametrize(
    ("first", "command", "words"),
    [
        ("", INSTALLATION, "Run 'platform add' first"),
        (
            PLATFORM,
            f"{INSTALLATION} --consumer-secret-env NONE",
            "A consumer secret needs its --consumer-key",
        ),
        (PLATFORM, f"{INSTALLATION} --consumer-key k --consumer-secret-env NONE", "environment has no NONE"),
        (PLATFORM, f"{INSTALLATION} --consumer-key k --consumer-secret-file /none", "/none can't be read"),
        (PLATFORM, f"{INSTALLATION} --consumer-key k --consumer-secret s", "No such option"),
        ("", "installation set --installation 7 --name N", "There is no installation 7"),
        ("", "platform remove --issuer i --client-id 1", "There is no platform i with client ID 1"),
        (PLATFORM, INSTALLATION.replace("app.schoology.com", "a/b"), "isn't a host"),
        (PLATFORM, PLATFORM.replace("https://s.example/j", "http://s.example/j"), "https"),
        ("", "sync plan --installation 7", "There is no installation 7"),
        ("", "sync show 9", "There is no run 9"),
        ("", "installation setup-code --installation 7", "There is no installation 7"),
    ],
)
def test_what_is_wrong_is_named_with_the_remedy(app: Flask, first: str, command: str, words: str) -> None:
    if first:
        assert run(app, first).exit_code == 0

    said = run(app, command)

    assert said.exit_code != 0
    assert words in said.output
    assert "Traceback" not in said.output


def test_an_installation_cannot_be_added_twice(app: Flask) -> None:
    run(app, PLATFORM)
    run(app, INSTALLATION)

    assert "already exists" in run(app, INSTALLATION).output


def test_a_plan_sends_nothing_a_run_sends_and_show_lists_it(world: World) -> None:
    planned = run(world.app, "sync plan --installation 1 --what users")
    assert planned.exit_code == 0 and "create" in planned.output
    assert world.store.traffic.writes == {}

    done = run(world.app, "sync run --installation 1 --what users --wait")
    shown = run(world.app, "sync show 2")

    assert done.exit_code == 0 and "changes applied" in done.output
    assert world.store.traffic.writes["user"] > 0
    rows = list(csv.DictReader(shown.output.splitlines()))
    schools = {each.name for each in world.district.buildings.values()}
    assert {row["School"] for row in rows} <= schools | {""}
    made = [row for row in rows if row["Action"] == "Create"]
    assert made and all(row["Name"] and "Last name: " in row["After"] for row in made)
    assert not [cell for row in rows for cell in row.values() if "{" in cell]
    listed = run(world.app, "jobs list").output
    assert "Sync of users\tDone with problems\t" in listed
    assert "PM UTC → " in listed and "\trun 1\t" in listed


def test_a_queued_run_is_taken_by_the_worker(world: World) -> None:
    queued = run(world.app, "sync run --installation 1 --what users")
    assert "is queued" in queued.output

    worked = run(world.app, "jobs worker")

    assert "Ran 1 job." in worked.output
    assert world.store.traffic.writes["user"] > 0


def test_a_queue_that_cannot_move_ends_with_its_reason(world: World) -> None:
    run(world.app, "sync run --installation 1 --what users")
    with world.app.app_context():
        writing = enqueue(
            District(db.session, 1),
            "provision",
            params={"what": "one"},
            trigger="manual",
            asked_by="A",
            lane="one",
        )
        writing.job.state = JobState.RUNNING
        db.session.commit()

    said = run(world.app, "jobs worker")

    assert said.exit_code == 1
    assert "1 job in the queue can't start now: another job of the district is running" in said.output


def test_a_sync_whose_set_up_is_not_done_names_the_missing_step(app: Flask) -> None:
    run(app, PLATFORM)
    run(app, f"{INSTALLATION} --consumer-key key", input="s\n")

    said = run(app, "sync run --installation 1")

    assert said.exit_code != 0
    assert "step first" in said.output


def test_the_doctor_says_what_to_do(app: Flask) -> None:
    said = run(app, "doctor")

    assert said.exit_code == 1
    assert "ok   database answers" in said.output
    assert "add one with 'installation add'" in said.output


def test_rotated_keys_stay_served_until_the_next_rotation(app: Flask) -> None:
    run(app, PLATFORM)
    client = app.test_client()
    before = {key["kid"] for key in client.get("/lti/jwks.json").get_json()["keys"]}

    assert run(app, "keys rotate").exit_code == 0

    after = {key["kid"] for key in client.get("/lti/jwks.json").get_json()["keys"]}
    assert before < after
    with app.app_context():
        assert "PRIVATE KEY" not in db.session.query(Platform).one().private_key


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("no json", "is not JSON"),
        (json.dumps([{"route": "GET /v1/users", "fault": "explode"}]), "is not one of"),
        (json.dumps([{"route": "users", "fault": "429"}]), "wanted 'METHOD /path'"),
    ],
)
def test_a_bad_fault_script_is_refused_before_the_server_starts(
    app: Flask, tmp_path: Path, script: str, words: str
) -> None:
    path = tmp_path / "faults.json"
    path.write_text(script)

    said = run(app, f"sandbox schoology --port 0 --faults {path}")

    assert said.exit_code != 0
    assert words in said.output


def test_what_was_added_can_be_changed_and_removed(app: Flask, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2\n")
    assert run(app, "platform list").output == "There are no platforms. Add one with 'platform add'.\n"
    run(app, PLATFORM)
    run(app, PLATFORM.replace("123", "wrong"))
    made = run(app, f"{INSTALLATION} --consumer-key key --consumer-secret-file {secret}")
    assert made.exit_code == 0, made.output

    change = "--name Renamed --deployment-id 123-5 --schoology-domain a.example --schoology-domain b.example"
    said = run(app, f"installation set --installation 1 {change}")
    assert said.output == "1\tRenamed\t123-5\ta.example,b.example\n"
    assert "Give at least one of --name" in run(app, "installation set --installation 1").output
    assert "isn't a host" in run(app, "installation set --installation 1 --schoology-domain a/b").output
    run(app, INSTALLATION)
    assert "already exists" in run(app, "installation set --installation 2 --deployment-id 123-5").output

    listed = run(app, "platform list").output.splitlines()
    assert [(line.split("\t")[0], line.split("\t")[-1]) for line in listed] == [
        ("123", "2 installations"),
        ("wrong", "0 installations"),
    ]
    remove = "platform remove --issuer https://schoology.schoology.com --client-id"
    assert "These installations use it: Renamed, District." in run(app, f"{remove} 123").output
    assert run(app, f"{remove} wrong").exit_code == 0
    assert len(run(app, "platform list").output.splitlines()) == 1
    with app.app_context():
        row = db.session.get_one(Installation, 1)
        assert app.extensions["wiring"].vault.open(row.consumer_secret) == "hunter2"
        assert row.schoology_domains == ["a.example", "b.example"]


def test_help_needs_no_setting() -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("LTI_APP_")}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "--help"]

    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)

    assert done.returncode == 0 and "List the queue and run jobs." in done.stdout
