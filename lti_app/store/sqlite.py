"""How SQLite is opened: a write-ahead log, so that readers and the one writer do not wait for each other.

`synchronous = FULL` waits for the disk at each commit. With less, the last commits before a power cut may be
gone: what was marked as sent before it was sent would then be sent again, and made twice in Schoology.

One large transaction makes the write-ahead log large, and it stays so; `journal_size_limit` (64 MB) gives the
space back at the next checkpoint.

The write-ahead log stands beside the file until the last process closes it. A file that was copied over an
old one is changed by a log that was left there. So every process ends by emptying it (`close`), and a restore
asks for the file alone (`take_over`).
"""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, NullPool, create_engine, event, text
from sqlalchemy.orm import Session

from lti_app.store.private import OWNER_ONLY

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 30000",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -32768",
    "PRAGMA journal_size_limit = 67108864",
)
BESIDE = ("-wal", "-shm")
"""What stands beside a file while it is open."""
CANNOT_WRITE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE)


class InUse(Exception):
    """Another process has the database open."""


class Damaged(Exception):
    """A file isn't a sound SQLite database; the message says what it is."""


def prepare(engine: Engine) -> None:
    """Set the pragmas on every new connection; other databases are left alone. A new file is for its owner
    only, as are the files beside it, which take over its rights."""
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "do_connect", _make_private)
    event.listen(engine, "connect", _set)


def file_of(engine: Engine) -> Path | None:
    """The file of a SQLite database; None for one in memory or of another kind."""
    name = engine.url.database if engine.dialect.name == "sqlite" else None
    return Path(name) if name and name != ":memory:" else None


def close(engine: Engine) -> None:
    """Close every connection and empty the write-ahead log, if no other process has it open."""
    engine.dispose()
    file = file_of(engine)
    if file is None or not file.exists():
        return
    with suppress(sqlite3.Error), closing(sqlite3.connect(file, timeout=0)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def overwrite_deleted(session: Session) -> None:
    """From now on what this session deletes is overwritten in the file; other databases do that by VACUUM."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA secure_delete = ON"))


def write_through(session: Session) -> None:
    """Write the log into the file after a commit, as far as no one else reads it now: the log still has what
    was overwritten in the file."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        session.rollback()


def read_only(file: Path) -> Engine:
    """An engine over an existing file that can't change it."""
    return create_engine("sqlite://", creator=lambda: _reader(file), poolclass=NullPool)


def _reader(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)


def copy_file(source: Path, target: Path) -> None:
    """A consistent copy of a database, whoever is writing to it, as one file for its owner only.

    Raises Damaged; FileExistsError when the target is there, and OSError when it can't be written.
    """
    target.touch(OWNER_ONLY, exist_ok=False)
    try:
        with closing(_reader(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
            new.execute("PRAGMA journal_mode = DELETE")
            found = new.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        target.unlink()
        if error.sqlite_errorcode in CANNOT_WRITE:
            code = errno.ENOSPC if error.sqlite_errorcode == sqlite3.SQLITE_FULL else errno.EIO
            raise OSError(code, os.strerror(code), str(target)) from error
        raise Damaged(f"{source} can't be read: {error}") from error
    if found != "ok":
        target.unlink()
        raise Damaged(f"{source} is damaged: {' '.join(found.split())}")


def take_over(file: Path) -> None:
    """Write everything into the file itself, so that nothing stands beside it. Raises InUse when another
    process has it open, and Damaged when it isn't a database."""
    try:
        with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        raise InUse(str(error)) from error
    except sqlite3.DatabaseError as error:
        raise Damaged(f"{file} isn't a database: {error}") from error


def _make_private(_dialect: Any, _record: Any, arguments: list[Any], _options: Any) -> None:
    name = str(arguments[0]) if arguments else ""
    if name and name != ":memory:" and not name.startswith("file:") and Path(name).parent.is_dir():
        Path(name).touch(OWNER_ONLY)


def _set(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
