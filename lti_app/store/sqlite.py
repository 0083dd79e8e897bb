"""How SQLite is opened: a write-ahead log, so that readers and the one writer do not wait for each other.

`synchronous = FULL` waits for the disk at each commit. With less, the last commits before a power cut may be
gone: what was marked as sent before it was sent would then be sent again, and made twice in Schoology.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 30000",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -32768",
)


def prepare(engine: Engine) -> None:
    """Set the pragmas on every new connection; other databases are left alone."""
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _set)


def _set(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
