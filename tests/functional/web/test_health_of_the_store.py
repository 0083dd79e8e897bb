"""A database that takes no changes, a full disk, and clocks that differ, as /readyz and doctor tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text

from lti_app import clock
from lti_app.extensions import db
from lti_app.operations import service
from tests.functional.cli.test_cli import run
from tests.support.world import running_app, settings


@pytest.fixture
def server(tmp_path: Path, postgres_url: str) -> Iterator[Flask]:
    """The app over PostgreSQL, whose scheduler was just heard of."""
    url = postgres_url.replace("postgresql://", "postgresql+psycopg://")
    with running_app(settings(tmp_path, database_url=url)) as made:
        made.extensions["runner"].tick()
        yield made


def readiness(app: Flask) -> tuple[int, str]:
    answer = app.test_client().get("/readyz")
    return answer.status_code, answer.get_json()["status"]


def test_a_disk_without_room_is_told_before_anything_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with running_app(settings(tmp_path)) as app:
        caplog.set_level("WARNING", logger="lti_app")
        app.extensions["runner"].tick()
        assert readiness(app) == (200, "ok")
        (tmp_path / "restore-x1y2").mkdir()
        monkeypatch.setattr(service, "LEAST_FREE", 2**60)

        assert readiness(app) == (503, "not ready")
        said = run(app, "doctor --before-start").output

    assert "not ready: disk of the database (" in caplog.text
    assert " MB free): make room: without it, nothing can be stored\n" in said
    remedy = f"they hold people's data; unless one runs now: rm -r {tmp_path / 'restore-x1y2'}"
    assert f"LOOK no restore was cut off: {remedy}\n" in said


@pytest.mark.postgres
def test_a_standby_or_read_only_server_is_told(server: Flask) -> None:
    assert readiness(server) == (200, "ok")
    with server.app_context():
        name = db.engine.url.database
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
        db.session.remove()
        db.engine.dispose()

    assert readiness(server) == (503, "not ready")
    assert "LOOK PostgreSQL takes no changes: it's a standby server or" in run(server, "doctor").output
    said = run(server, "keys rotate")
    assert said.exit_code in (0, 1) and "Traceback" not in said.output


@pytest.mark.postgres
def test_a_clock_that_differs_is_told_and_no_process_called_dead(
    server: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING", logger="lti_app")
    for off in (timedelta(minutes=10), -timedelta(minutes=10)):
        with time_machine.travel(clock.now() + off, tick=True):
            assert readiness(server) == (200, "stalled")
            assert "this machine's clock differs by 10 min from PostgreSQL's" in caplog.text
            said = run(server, "doctor").output
        assert "LOOK this machine's clock differs by 10 min from PostgreSQL's: set both clocks" in said
        assert "ok   scheduler\n" in said
        caplog.clear()
