"""How SQLite is opened each time: what was committed outlives a power cut, and readers need not wait."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import Connection, text

from lti_app import create_app
from lti_app.config import Settings
from lti_app.extensions import db

FULL = 2
WANTED = {"journal_mode": "wal", "synchronous": FULL, "busy_timeout": 30_000, "foreign_keys": 1}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """The app as its factory makes it, over a file. No shortcut of the tests' worlds reaches it."""
    made = create_app(
        Settings(
            database_url=f"sqlite:///{tmp_path / 'app.sqlite'}",
            secret_keys=(Fernet.generate_key().decode(),),
            public_url="http://localhost:8000",
            scheduler=False,
        )
    )
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


def pragmas(connection: Connection) -> dict[str, object]:
    return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in WANTED}


def test_every_connection_open_at_once_waits_for_the_disk_at_each_commit(app: Flask) -> None:
    with ExitStack() as open_at_once:
        several = [open_at_once.enter_context(db.engine.connect()) for _ in range(3)]
        assert len({id(each.connection.dbapi_connection) for each in several}) == 3
        assert [pragmas(each) for each in several] == [WANTED] * 3


def test_a_connection_from_the_pool_or_after_its_end_waits_for_the_disk_too(app: Flask) -> None:
    with db.engine.connect() as first:
        before = first.connection.dbapi_connection
    with db.engine.connect() as again:
        assert again.connection.dbapi_connection is before
        assert pragmas(again) == WANTED
    db.engine.dispose()
    with db.engine.connect() as fresh:
        assert fresh.connection.dbapi_connection is not before
        assert pragmas(fresh) == WANTED


def test_the_session_that_tasks_and_pages_use_is_opened_so_too(app: Flask) -> None:
    assert pragmas(db.session.connection()) == WANTED
    db.session.rollback()


def test_one_reads_while_another_writes(app: Flask, tmp_path: Path) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("CREATE TABLE note (words text)"))
        connection.execute(text("INSERT INTO note VALUES ('before')"))
    with db.engine.begin() as writer:
        writer.execute(text("UPDATE note SET words = 'after'"))
        with db.engine.connect() as reader:
            assert reader.scalar(text("SELECT words FROM note")) == "before"
    other = sqlite3.connect(tmp_path / "app.sqlite")
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    other.close()
