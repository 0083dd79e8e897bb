"""What goes wrong around a command, and at the start, is one line with the remedy and never a traceback."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from lti_app.extensions import db
from lti_app.models import Platform
from lti_app.wiring import Wiring
from tests.factories import add_platform
from tests.functional.cli.test_cli import run
from tests.support.apps import app_over
from tests.support.processes import ROOT, environment
from tests.support.world import running_app, settings

NO_DATABASE = "The database refused or didn't answer (OperationalError): check LTI_APP_DATABASE_URL, and"
COMMANDS = ["installation list", "jobs worker", "database backup copy", "keys rotate", "platform list"]


def said_by(app: Flask, command: str) -> str:
    done = run(app, command)
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert done.output.count("\n") == 1
    return done.output


@pytest.mark.parametrize("command", COMMANDS)
def test_a_server_that_refuses_is_one_line(tmp_path: Path, command: str) -> None:
    app = app_over(settings(tmp_path, database_url="postgresql+psycopg://user:hunter2@127.0.0.1:1/none"))

    said = said_by(app, command)

    assert NO_DATABASE in said and "hunter2" not in said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_without_tables_is_one_line(tmp_path: Path, command: str) -> None:
    said = said_by(app_over(settings(tmp_path)), command)

    assert "run 'flask --app wsgi db upgrade'" in said


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path, command: str) -> None:
    said = said_by(app_over(settings(tmp_path / "none")), command)

    assert f"The database file {tmp_path / 'none' / 'app.sqlite'} can't be opened: its" in said


def test_a_secret_that_no_key_opens_is_one_line(tmp_path: Path) -> None:
    with running_app(settings(tmp_path)) as app:
        wiring = app.extensions["wiring"]
        with app.app_context():
            add_platform(db.session, private_key=wiring.vault.seal("key"))
            db.session.commit()
            assert db.session.query(Platform).count() == 1
        app.extensions["wiring"] = Wiring(
            replace(wiring.settings, secret_keys=(Fernet.generate_key().decode(),))
        )
        assert "Add the former key at the end of the list" in said_by(app, "keys rotate")


@pytest.mark.postgres
def test_workers_before_their_tables_are_one_line(tmp_path: Path, postgres_url: str) -> None:
    url = postgres_url.replace("postgresql://", "postgresql+psycopg://")
    with running_app(settings(tmp_path, database_url=url, tasks="procrastinate")) as app:
        said = said_by(app, "jobs worker")
        app.extensions["runner"].stop()

    assert said == "Error: The task engine has no tables yet: run 'flask --app wsgi jobs prepare' first.\n"


def test_settings_and_databases_that_cannot_be_used_end_a_start(tmp_path: Path) -> None:
    """As real processes: the web server doesn't start its workers again and again."""
    bad = {**environment(settings(tmp_path)), "LTI_APP_SECRET_KEYS": "", "LTI_APP_DATABASE_URL": "mysql://db"}
    fine = {
        **environment(settings(tmp_path)),
        "LTI_APP_DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:1/no",
    }
    web = ["gunicorn", "-b", "127.0.0.1:0", "wsgi:app"]
    flask = ["flask", "--app", "wsgi"]
    starts = [
        (bad, [*flask, "installation", "list"], 3, "- LTI_APP_SECRET_KEYS is missing"),
        (bad, web, 3, "- LTI_APP_DATABASE_URL must be a sqlite:/// or postgresql:// URL."),
        (fine, [*flask, "db", "upgrade"], 1, "The database refused or didn't answer"),
    ]
    processes = [
        subprocess.Popen([sys.executable, "-m", *each], env=env, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for env, each, _, _ in starts
    ]
    for process, (_, _, code, words) in zip(processes, starts, strict=True):
        _, said = process.communicate(timeout=60)
        assert process.returncode == code, said
        assert words in said
        assert "Traceback" not in said and "hunter2" not in said
