"""The process log answers whether a district synced last night, and names no person."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from flask_migrate import downgrade, upgrade

from lti_app.models import JobState
from tests.functional.cli.test_cli import run
from tests.support.launching import launching
from tests.support.processes import answers, environment, free_port, running, until
from tests.support.world import World, make_world, running_app, settings


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path, students=8, log_level="INFO") as made:
        yield made


def test_each_job_is_a_line_at_its_begin_and_one_at_its_end(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    assert world.sync().state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS)

    lines = [each.getMessage() for each in caplog.records if each.name == "lti_app.jobs.job_log"]
    assert lines[0] == "job begun job=1 installation=1 kind=provision what=all trigger=manual"
    ended = r"outcome=done\w* reason=\S+ .*\bdone=\d+.* seconds=[\d.]+"
    assert re.fullmatch(f"job ended job=1 installation=1 kind=provision what=all {ended}", lines[1]), lines
    people = {word for each in world.district.students.values() for word in (each.first_name, each.last_name)}
    assert people and not [word for word in people if re.search(rf"\b{re.escape(word)}\b", caplog.text)]


def test_each_command_is_a_line_without_what_was_typed(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.clear()
    run(world.app, "installation set --installation 1 --name Renamed")
    run(world.app, "installation set --installation 9 --name Renamed")

    lines = [each.getMessage() for each in caplog.records if each.name == "lti_app.cli.one_line"]
    assert [re.sub(r"seconds=\S+", "seconds", line) for line in lines] == [
        "command command=installation-set outcome=done seconds",
        "command command=installation-set outcome=failed seconds",
    ]
    assert "Renamed" not in caplog.text


def test_each_launch_is_a_line_with_its_outcome(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with launching(tmp_path) as launcher:
        caplog.clear()
        launcher.as_admin()
        launcher.launch(deployment_id="another")

    assert "launch installation=1 role=administrator status=200" in caplog.text
    assert re.search("refused POST lti.launch status=403 reason=deployment-unknown", caplog.text)


def test_each_migration_is_a_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with running_app(settings(tmp_path, log_level="INFO")) as app, app.app_context():
        downgrade()
        upgrade()

    said = [each.getMessage() for each in caplog.records if each.name == "lti_app.migrations"]
    assert [line.rpartition(" ")[2] for line in said] == ["direction=down", "direction=up"]


def test_everything_a_web_process_says_is_json_and_holds_no_secret(tmp_path: Path) -> None:
    """gunicorn's first and last lines, too, and its access log where a host turns it on."""
    chosen, port = settings(tmp_path), free_port()
    env = {**environment(chosen), "LTI_APP_LOG_FORMAT": "json", "LTI_APP_LOG_LEVEL": "INFO"}
    web = ("gunicorn", "--config", "python:lti_app.serving", "--access-logfile", "-", "wsgi:app")
    log = tmp_path / "web.log"
    with running_app(chosen), running(*web, "-b", f"127.0.0.1:{port}", env=env, log=log) as process:
        until(lambda: answers(port))
        for path in ("events/s3cret", "acting-user/return/s3cret", "healthz?launch=s3cret"):
            requests.post(f"http://127.0.0.1:{port}/{path}", json={}, timeout=30)
        process.terminate()
        process.wait(30)

    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    said = " ".join(each["message"] for each in lines)
    assert "Starting gunicorn" in said and "Shutting down" in said and "stopped owner=" in said
    assert "POST /events/[secret]" in said and "POST /acting-user/return/[secret]" in said
    assert "s3cret" not in log.read_text("utf-8")
