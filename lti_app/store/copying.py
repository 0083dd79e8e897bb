"""Copy every row of the app's tables from one database to another, of whichever kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select, text

from lti_app.models import Base

CHUNK = 1000


class Incomplete(Exception):
    """Not every row arrived; the caller undoes the copy."""


def total(connection: Connection) -> int:
    """How many rows all tables hold."""
    return sum(_count(connection, each) for each in Base.metadata.sorted_tables)


def copy_all(old: Connection, new: Connection, copied: Callable[[int], Any] = lambda _rows: None) -> int:
    """Copy every row and the counters of IDs, parents first; returns how many rows. `copied` is told how many
    rows each part had. The caller commits.

    Raises Incomplete.
    """
    return sum(_copy(old, new, each, copied) for each in Base.metadata.sorted_tables)


def empty(connection: Connection) -> None:
    """Delete every row of the app's tables in PostgreSQL and start its counters again. The caller commits."""
    names = ", ".join(f'"{each.name}"' for each in Base.metadata.sorted_tables)
    connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))


def _copy(old: Connection, new: Connection, table: Table, copied: Callable[[int], Any]) -> int:
    rows = old.execute(select(table).execution_options(yield_per=CHUNK))
    number = 0
    for part in rows.mappings().partitions():
        new.execute(insert(table), [dict(row) for row in part])
        number += len(part)
        copied(len(part))
    if not number == _count(old, table) == _count(new, table):
        raise Incomplete(f"Not all rows of {table.name} arrived, so nothing was copied.")
    if number:
        _advance(new, table)
    return number


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _advance(new: Connection, table: Table) -> None:
    """Set PostgreSQL's ID counter to the highest ID."""
    column = table.autoincrement_column
    if new.dialect.name != "postgresql" or column is None:
        return
    sequence = new.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
    if sequence:
        highest = new.scalar(select(func.max(column)))
        counter = {"name": sequence, "value": highest}
        new.execute(text("SELECT setval(CAST(:name AS regclass), :value)"), counter)
