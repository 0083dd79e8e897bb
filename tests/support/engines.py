"""Engines over a database of one test, cheap: what SQLAlchemy has compiled once serves a whole process."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.exc import OperationalError

from lti_app.models import Base

MOST_STATEMENTS = 10_000
_FIRST: dict[str, Engine] = {}
"""For each kind of database an engine that has met one, so that its dialect knows all about it."""


def share_compiled_statements(engine: Engine) -> None:
    """What one engine compiled, all engines of that kind of database in this process find."""
    kind = engine.url.drivername
    if kind not in _FIRST:
        url = engine.url.set(database=None) if engine.name == "sqlite" else engine.url
        made = create_engine(url, poolclass=NullPool, query_cache_size=MOST_STATEMENTS)
        with suppress(OperationalError), made.connect():
            _FIRST[kind] = made
    if kind in _FIRST:
        engine.dialect = _FIRST[kind].dialect
        engine._compiled_cache = _FIRST[kind]._compiled_cache


def memory_engine() -> Engine:
    """An engine over a database in memory with every table and no row."""
    engine = create_engine("sqlite://", creator=_in_memory)
    share_compiled_statements(engine)
    return engine


def file_engine(file: Path) -> Engine:
    """An engine over a new file with every table and no row."""
    file.write_bytes(_every_table())
    engine = create_engine(f"sqlite:///{file}")
    share_compiled_statements(engine)
    return engine


def _in_memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.deserialize(_every_table())
    return connection


@cache
def _every_table() -> bytes:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        made = driver.serialize()
    engine.dispose()
    return made
