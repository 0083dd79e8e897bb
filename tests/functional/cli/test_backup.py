"""A backup and the way back, on both databases: nothing is lost, no one is disturbed, and keys are named."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import create_engine, select

from lti_app.extensions import db
from lti_app.models import Installation, Job, JobState, Platform
from lti_app.sync.apply.after_restore import RESTORED
from lti_app.wiring import Wiring
from tests.factories import add_platform
from tests.functional.cli.test_cli import run
from tests.support.any_rows import counts
from tests.support.processes import ROOT, answers, environment, free_port, running, until
from tests.support.world import World, make_world, running_app, settings

DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    """A small synced district on each database."""
    url = database_url.replace("postgresql://", "postgresql+psycopg://")
    with make_world(tmp_path, students=8, database_url=url) as made:
        yield made


@contextmanager
def app_with_a_platform(folder: Path) -> Iterator[Flask]:
    """The app over a SQLite file with one platform."""
    with running_app(settings(folder)) as made:
        with made.app_context():
            add_platform(db.session, private_key=made.extensions["wiring"].vault.seal("key"))
            db.session.commit()
            db.session.remove()
        yield made


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    with app_with_a_platform(tmp_path) as made:
        yield made


def close(app: Flask) -> None:
    """What the end of every process does."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def restore(app: Flask, file: Path) -> Result:
    close(app)
    said = run(app, f"database restore {file}")
    assert "Traceback" not in said.output
    return said


def rights(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def rows(app: Flask) -> dict[str, int]:
    with app.app_context(), db.engine.connect() as connection:
        return counts(connection)


def test_a_restored_database_is_the_backup_with_every_district_paused(world: World, tmp_path: Path) -> None:
    world.sync()
    before, file = rows(world.app), tmp_path / "backup.sqlite"
    written = run(world.app, f"database backup {file}")
    assert written.exit_code == 0, written.output
    assert rights(file) == 0o600 and list(tmp_path.glob("backup.sqlite*")) == [file]
    with world.app.app_context():
        db.session.query(Installation).one().name = "Renamed since"
        db.session.commit()
    assert run(world.app, f"database backup {file}").output.startswith(f"Error: {file} is there already.")

    said = restore(world.app, file)

    assert said.exit_code == 0, said.output
    assert "Sandbox District: paused. A job that finds its links again is queued.\n" in said.output
    after = rows(world.app)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"audit", "epoch", "job"}
    with world.app.app_context():
        row = db.session.query(Installation).one()
        assert (row.name, row.paused_reason) == ("Sandbox District", RESTORED)
        looks = db.session.scalars(select(Job).where(Job.recovers(), Job.state == JobState.QUEUED)).all()
        assert len(looks) == 1
        db.session.rollback()
        world.app.extensions["runner"].run_now(looks[0].id)
        db.session.expire_all()
        assert not db.session.query(Installation).one().paused_reason
    world.store.traffic.reset()
    assert world.sync().state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS)
    assert world.store.traffic.writes == {}


@pytest.mark.postgres
def test_a_backup_of_one_database_goes_back_into_the_other(
    app: Flask, empty_postgres_url: str, tmp_path: Path
) -> None:
    there = settings(
        tmp_path, database_url=empty_postgres_url.replace("postgresql://", "postgresql+psycopg://")
    )
    first, second = tmp_path / "first", tmp_path / "second"
    assert run(app, f"database backup {first}").exit_code == 0
    with running_app(there) as server:
        assert restore(server, first).exit_code == 0
        assert run(server, f"database backup {second}").exit_code == 0
    with app.app_context():
        db.session.query(Platform).delete()
        db.session.commit()

    assert restore(app, second).exit_code == 0

    with app.app_context():
        assert app.extensions["wiring"].vault.open(db.session.query(Platform).one().private_key) == "key"


def test_a_restore_is_refused_while_the_app_has_the_database_open(world: World, tmp_path: Path) -> None:
    file = tmp_path / "backup.sqlite"
    run(world.app, f"database backup {file}")
    before = rows(world.app)
    other = create_engine(world.app.extensions["wiring"].settings.database_url)
    with other.connect() as connection:
        connection.execute(select(Platform))

        said = restore(world.app, file)

    other.dispose()
    assert said.exit_code == 1
    assert said.output.startswith("Error: The app or another program has the database open. Stop every web")
    assert rows(world.app) == before


def test_a_web_process_stops_a_restore_and_leaves_no_log_at_its_end(app: Flask, tmp_path: Path) -> None:
    chosen = app.extensions["wiring"].settings
    place, file = tmp_path / "app.sqlite", tmp_path / "backup.sqlite"
    assert run(app, f"database backup {file}").exit_code == 0
    close(app)
    port = free_port()
    command = ("gunicorn", "-w", "1", "--threads", "2", "-b", f"127.0.0.1:{port}", "wsgi:app")
    with running(*command, env=environment(chosen), log=tmp_path / "web.log") as web:
        until(lambda: answers(port))
        assert "has the database open" in restore(app, file).output
        web.terminate()
        assert web.wait(30) == 0

    assert not place.with_name("app.sqlite-wal").exists()
    said = restore(app, file)
    assert said.exit_code == 0, said.output


def test_a_log_that_was_left_behind_does_not_undo_a_restore(app: Flask, tmp_path: Path) -> None:
    """As after a power cut: what stood in the log belongs to the former database."""
    place, file = tmp_path / "app.sqlite", tmp_path / "backup.sqlite"
    run(app, f"database backup {file}")
    close(app)
    change = "UPDATE platform SET client_id = 'newer'"
    write = f"c = sqlite3.connect({str(place)!r}); c.execute({change!r}); c.commit()"
    code = f"import os, sqlite3; {write}; os._exit(0)"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert place.with_name("app.sqlite-wal").stat().st_size

    said = restore(app, file)

    assert said.exit_code == 0, said.output
    with app.app_context():
        assert db.session.query(Platform).one().client_id == "77"
    former = Path(said.output.partition("The former database is in ")[2].partition(". Delete")[0])
    with closing(sqlite3.connect(former)) as connection:
        assert connection.execute("SELECT client_id FROM platform").fetchone() == ("newer",)


def test_a_damaged_database_is_replaced_with_what_stood_beside_it(app: Flask, tmp_path: Path) -> None:
    place, file = tmp_path / "app.sqlite", tmp_path / "backup.sqlite"
    run(app, f"database backup {file}")
    close(app)
    place.write_bytes(b"no database" * 1000)
    place.with_name("app.sqlite-wal").write_bytes(b"of the damaged one")

    said = restore(app, file)

    assert said.exit_code == 0, said.output
    assert rights(place) == 0o600
    with app.app_context():
        assert db.session.query(Platform).one().client_id == "77"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "There is no file"),
        (b"", "is empty."),
        (b"some text of another program" * 50, "isn't a SQLite database"),
        (b"SQLite format 3\0" + b"\0" * 5000, "isn't a SQLite database"),
    ],
)
@pytest.mark.parametrize(
    "command", ["database restore {}", "database copy-from sqlite:///{}", "doctor --backup {}"]
)
def test_a_file_that_is_no_backup_is_refused_with_its_path(
    app: Flask, tmp_path: Path, command: str, content: bytes | None, words: str
) -> None:
    file = tmp_path / "chosen.sqlite"
    if content is not None:
        file.write_bytes(content)

    said = run(app, command.format(file))

    assert said.exit_code == 1
    assert str(file) in said.output and words in said.output
    assert said.output.count("\n") == 1
    assert file.exists() == (content is not None)


def test_a_database_without_tables_or_rows_is_refused(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "chosen.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE other (id)")
    assert f"{file} has no tables of this app" in run(app, f"database copy-from sqlite:///{file}").output

    bare = tmp_path / "bare"
    bare.mkdir()
    with running_app(settings(bare)) as fresh:
        close(fresh)
    said = run(app, f"database copy-from sqlite:///{bare / 'app.sqlite'}")
    assert f"{bare / 'app.sqlite'} contains no data. Nothing was copied." in said.output


def test_the_doctor_says_which_keys_a_backup_needs(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "backup.sqlite"
    run(app, f"database backup {file}")
    chosen = app.extensions["wiring"].settings
    fresh = Fernet.generate_key().decode()

    app.extensions["wiring"] = Wiring(replace(chosen, secret_keys=(fresh, *chosen.secret_keys)))
    both = run(app, f"doctor --backup {file}")
    app.extensions["wiring"] = Wiring(replace(chosen, secret_keys=(fresh,)))
    one = run(app, f"doctor --backup {file}")

    assert both.exit_code == 0
    assert "1 stored secrets, key 1 opens 0, key 2 opens 1\n" in both.output
    assert one.exit_code == 1
    assert "key 1 opens 0: the others need a key that isn't in LTI_APP_SECRET_KEYS anymore" in one.output
    said = restore(app, file)
    assert "LOOK 1 stored secrets can't be opened with LTI_APP_SECRET_KEYS. Add the keys" in said.output


def test_a_new_database_file_is_for_its_owner_only(tmp_path: Path) -> None:
    former = os.umask(0o022)
    try:
        env = environment(settings(tmp_path))
        subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"], check=True, cwd=ROOT, env=env
        )
    finally:
        os.umask(former)
    assert rights(tmp_path / "app.sqlite") == 0o600
    assert [each.name for each in tmp_path.glob("app.sqlite*")] == ["app.sqlite"]


def test_after_a_lost_key_everything_else_is_kept_and_the_rest_is_named(tmp_path: Path) -> None:
    with make_world(tmp_path, students=8) as world:
        world.sync()
        before = rows(world.app)
        chosen = world.app.extensions["wiring"].settings
        fresh = replace(chosen, secret_keys=(Fernet.generate_key().decode(),))
        world.app.extensions["wiring"] = Wiring(fresh)
        assert "former key" in run(world.app, "keys rotate").output

        said = run(world.app, "keys rotate --forget-unreadable")

        assert said.exit_code == 0, said.output
        assert said.output.splitlines()[:3] == [
            "Sandbox District: run 'installation set-key --installation 1'",
            "Sandbox District: a system administrator has to select Make me the Acting User",
            "Sandbox District: the Acting User has to enter the SIS credentials again",
        ]
        found = run(world.app, "doctor")
        assert "stored secrets in" not in found.output and "Traceback" not in found.output
        assert "ok   keys open the stored secrets" in found.output
        after = rows(world.app)
        assert {name for name in after if after[name] < before[name]} == {"acting_user"}
