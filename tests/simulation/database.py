"""The one database of a story: real SQLite, whose commits and waits are borders.

It stands for PostgreSQL as well: a lock that someone holds is waited for as long as the engine's options of
PostgreSQL allow, and a server that is away refuses every statement.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from math import inf
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import Engine, NullPool, create_engine, event, text
from sqlalchemy.orm import Session

from lti_app import _engine_options, release
from lti_app.models import Base
from tests.simulation.baton import Baton, Process

SHARED = Path("/dev/shm")
"""A file system in memory, where there is one."""
BUSY = 30.0
"""Seconds for which a statement waits for a lock on SQLite: the app's busy_timeout."""
SERVER = "postgresql+psycopg://app@server/app"
AGAIN = 0.05
PRAGMAS = ("PRAGMA synchronous = OFF", "PRAGMA foreign_keys = ON")


@dataclass(frozen=True)
class Limits:
    """Seconds after which a database ends what waits for a lock, and a transaction that stands still."""

    lock: float = BUSY
    idle: float = inf

    @classmethod
    def of_a_server(cls) -> Limits:
        """As the app asks PostgreSQL for them when it connects; without being asked, it waits forever."""
        arguments: Any = _engine_options(SERVER).get("connect_args") or {}
        options = str(arguments.get("options", ""))
        return cls(_limit("lock_timeout", options), _limit("idle_in_transaction_session_timeout", options))


def _limit(name: str, options: str) -> float:
    """A limit among the options of a connection; a number without a unit is in milliseconds."""
    found = re.search(rf"{name}=(\d+)(ms|s|min)?", options)
    if found is None or not int(found[1]):
        return inf
    return int(found[1]) * {"ms": 0.001, "s": 1.0, "min": 60.0}[found[2] or "ms"]


def folder() -> Path:
    """A folder for the files of one process of the tests."""
    return Path(tempfile.mkdtemp(prefix="simulation", dir=SHARED if SHARED.is_dir() else None))


class Database:
    """A file, the connections of each process to it, and what is wrong with it."""

    def __init__(self, baton: Baton, template: Path, where: Path, limits: Limits) -> None:
        self.baton, self.file, self.limits = baton, where / "app.sqlite", limits
        for leftover in where.glob("app.sqlite*"):
            leftover.unlink()
        shutil.copy(template, self.file)
        self.commits = 0
        self.away_until = 0.0
        self.unanswered = 0
        """So many of the next commits happen, and no one hears of it."""
        self.at_commit: Callable[[Process | None], None] = lambda process: None
        """Told at both sides of each commit."""
        self._open: dict[Process, list[sqlite3.Connection]] = {}
        self._ended: set[sqlite3.Connection] = set()
        """Connections that the server closed, as their owner hears at the next statement."""
        self._locker: sqlite3.Connection | None = None
        self._look = sqlite3.connect(self.file, timeout=0, isolation_level=None)

    def engine(self, process: Process) -> Engine:
        """The connections of one process, which are closed when it is killed."""
        engine = create_engine(f"sqlite:///{self.file}", connect_args={"timeout": 0}, hide_parameters=True)
        first = _first_engine()
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
        mine: list[sqlite3.Connection] = []
        self._open[process] = mine

        def opened(connection: sqlite3.Connection, _record: Any) -> None:
            mine.append(connection)
            for pragma in PRAGMAS:
                connection.execute(pragma)

        def close() -> None:
            for each in mine:
                each.close()
            engine.dispose(close=False)

        event.listen(engine, "connect", opened)
        process.at_end.append(close)
        return engine

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Look at what is committed, from outside of the story."""
        return self._look.execute(query, values).fetchall()

    def away(self, seconds: float) -> None:
        """The server doesn't answer for so long; transactions that were open are gone."""
        self.away_until = self.baton.now + seconds
        for each in self._open.values():
            for connection in each:
                self._close(connection)

    def stands_still(self, process: Process) -> None:
        """A process is frozen: after a while the server ends the transactions that it has open."""
        if self.limits.idle < inf:
            self.baton.at(self.baton.now + self.limits.idle, lambda: self._end_idle(process))

    def _end_idle(self, process: Process) -> None:
        for connection in self._open.get(process, ()) if process.frozen else ():
            if not process.dead and connection.in_transaction:
                self._close(connection)

    def _close(self, connection: sqlite3.Connection) -> None:
        with suppress(sqlite3.ProgrammingError):
            if connection.in_transaction:
                self._ended.add(connection)
            connection.rollback()

    def lock(self, seconds: float) -> None:
        """Someone else, such as a backup, holds the lock of the one writer."""
        if self._locker is not None:
            return
        locker = sqlite3.connect(self.file, timeout=0, isolation_level=None)
        try:
            locker.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            locker.close()
            return
        self._locker = locker
        self.baton.at(self.baton.now + seconds, self._unlock)

    def _unlock(self) -> None:
        if self._locker is not None:
            self._locker.close()
            self._locker = None

    def keep(self, copy: Path) -> None:
        """A backup of what is committed."""
        kept = sqlite3.connect(copy)
        self._look.backup(kept)
        kept.close()

    def restore(self, copy: Path) -> None:
        """The backup in the place of the file. Every process must have ended."""
        self._unlock()
        self._look.close()
        for part in ("", "-wal", "-shm"):
            self.file.with_name(f"{self.file.name}{part}").unlink(missing_ok=True)
        shutil.copy(copy, self.file)
        self._look = sqlite3.connect(self.file, timeout=0, isolation_level=None)

    def close(self) -> None:
        """At the end of the story."""
        self._unlock()
        self._look.close()

    # The borders

    def commit(self, connection: Any, really: Callable[[Any], None]) -> None:
        """One commit: others may run before it and after it."""
        raw = connection.dbapi_connection
        if not raw.in_transaction:
            self.baton.alive()
            return
        self.at_commit(self.baton.process())
        self.baton.pause()
        self._there(raw)
        self._patiently(raw, lambda: really(connection))
        self.commits += 1
        self.at_commit(self.baton.process())
        self.baton.pause()
        if self.unanswered and self.baton.running:
            self.unanswered -= 1
            raise sqlite3.OperationalError("the connection was closed while a commit was under way")

    def execute(self, connection: sqlite3.Connection, really: Callable[[], Any]) -> Any:
        """One statement; a busy database is waited for."""
        self.baton.alive()
        self._there(connection)
        return self._patiently(connection, really)

    def _patiently(self, connection: sqlite3.Connection, really: Callable[[], Any]) -> Any:
        since = self.baton.now
        while True:
            try:
                return really()
            except sqlite3.OperationalError as error:
                waited = self.baton.now - since
                busy = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_BUSY
                if not busy or waited >= self.limits.lock or not self.baton.running:
                    raise
            self.baton.pause(min(AGAIN + waited, 5.0))
            self._there(connection)

    def _there(self, connection: sqlite3.Connection) -> None:
        if connection in self._ended:
            self._ended.discard(connection)
            raise sqlite3.OperationalError("the server closed the connection")
        if self.baton.running and self.baton.now < self.away_until:
            raise sqlite3.OperationalError("the server closed the connection unexpectedly")


_NOW: list[Database] = []
"""The database of the story that is being told."""


def tell_in(database: Database | None) -> None:
    """From now on statements and commits are those of this story."""
    _NOW[:] = [database] if database else []


@cache
def _first_engine() -> Engine:
    """Its dialect knows the borders, and what it has compiled serves all stories of this process."""
    engine = create_engine("sqlite://", poolclass=NullPool, query_cache_size=10_000)
    with engine.connect():
        dialect = engine.dialect
    commit, execute, many = dialect.do_commit, dialect.do_execute, dialect.do_executemany

    def do_commit(connection: Any) -> None:
        if _NOW:
            _NOW[0].commit(connection, commit)
        else:
            commit(connection)

    def do_execute(cursor: Any, statement: str, values: Any, context: Any = None) -> None:
        if _NOW:
            _NOW[0].execute(cursor.connection, lambda: execute(cursor, statement, values, context))
        else:
            execute(cursor, statement, values, context)

    def do_executemany(cursor: Any, statement: str, values: Any, context: Any = None) -> None:
        if _NOW:
            _NOW[0].execute(cursor.connection, lambda: many(cursor, statement, values, context))
        else:
            many(cursor, statement, values, context)

    dialect.do_commit, dialect.do_execute, dialect.do_executemany = do_commit, do_execute, do_executemany  # type: ignore[method-assign]
    return engine


def empty_template(where: Path, fill: Callable[[Session], None]) -> Path:
    """A database with every table and the rows that `fill` adds."""
    file = where / "template.sqlite"
    engine = create_engine(f"sqlite:///{file}", poolclass=NullPool)
    first = _first_engine()
    engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
    with engine.connect() as connection:
        connection.execute(text("PRAGMA journal_mode = WAL"))
    Base.metadata.create_all(engine)
    newest = ScriptDirectory(str(release.folder("migrations"))).get_current_head()
    with Session(engine) as session:
        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
        session.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": newest})
        fill(session)
        session.commit()
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    return file
