"""Backups that can't be used and full disks: one line that says so, and everything stays as it was."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from flask import Flask

from tests.functional.cli.test_backup import app_with_a_platform, close, restore, rows
from tests.functional.cli.test_cli import run

COMMANDS = ("database restore {}", "database copy-from sqlite:///{}", "doctor --backup {}")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """The app over a SQLite file with one platform, and a backup of it."""
    with app_with_a_platform(tmp_path) as made:
        assert run(made, f"database backup {tmp_path / 'backup.sqlite'}").exit_code == 0
        yield made


def test_a_backup_that_is_cut_off_damaged_or_a_dump_is_refused(app: Flask, tmp_path: Path) -> None:
    whole = (tmp_path / "backup.sqlite").read_bytes()
    middle = len(whole) // 2
    before = rows(app)
    for name, content, words in (
        ("cut", whole[:20_000], "damaged or cut off"),
        ("half", whole[:middle], "damaged or cut off"),
        ("holes", whole[:middle] + b"\xaa" * 20_000 + whole[middle + 20_000 :], "is damaged"),
        ("dump", b"PGDMP\1\16\0", "a dump of PostgreSQL"),
        ("plain", b"--\n-- PostgreSQL database dump\n--\n", "a dump of PostgreSQL"),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        for command in COMMANDS:
            said = run(app, command.format(file))
            assert said.exit_code == 1 and said.output.count("\n") == 1, said.output
            assert str(file) in said.output and words in said.output
    assert rows(app) == before


def test_a_backup_of_a_newer_release_is_named_by_both_commands(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "backup.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()

    assert f"{file} is of a newer release (Can't locate revision" in restore(app, file).output
    said = run(app, f"doctor --backup {file}")
    assert said.exit_code == 1
    assert f"LOOK {file}: release: it is of a newer release than this one" in said.output


def test_the_name_of_a_backup_may_have_any_sign(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "100% of #1?.sqlite"
    (tmp_path / "backup.sqlite").rename(file)
    with app.app_context():
        arguments = (["doctor", "--backup", str(file)], ["database", "restore", str(file)])
    for each in arguments:
        close(app)
        said = app.test_cli_runner().invoke(args=each)
        assert said.exit_code == 0, said.output
    assert not (tmp_path / "100% of #1").exists()


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """No file of this process can become larger than `room` bytes, as on a disk that is full then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("share", [0, 0.5])
def test_a_full_disk_in_the_middle_leaves_the_database_as_it_was(
    app: Flask, tmp_path: Path, share: float
) -> None:
    backup, second = tmp_path / "backup.sqlite", tmp_path / "second.sqlite"
    before, there = rows(app), {each.name for each in tmp_path.iterdir()}
    with full_disk(int(backup.stat().st_size * share)):
        close(app)
        restored = run(app, f"database restore {backup}")
        written = run(app, f"database backup {second}")

    for said, words in ((restored, "Nothing was restored. "), (written, "written")):
        assert isinstance(said.exception, SystemExit), said.exception
        assert said.exit_code == 1 and words in said.output and said.output.count("\n") == 1, said.output
    assert rows(app) == before
    close(app)
    assert {each.name for each in tmp_path.iterdir()} <= there
