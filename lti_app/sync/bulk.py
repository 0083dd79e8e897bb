"""The one small place where rows are loaded faster than the ORM can."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

Value = TypeVar("Value")


def insert_rows(
    session: Session,
    table: str,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    on_conflict: str = "",
) -> None:
    """Load tuples by the driver's own executemany, in the session's transaction.

    `on_conflict` is SQL that both SQLite and PostgreSQL understand (INSERT … ON CONFLICT …). Table and
    column names come from the code, never from data.
    """
    if not rows:
        return
    connection = session.connection()
    mark = "%s" if connection.dialect.paramstyle in ("pyformat", "format") else "?"
    marks = ", ".join([mark] * len(columns))
    names = ", ".join(f'"{each}"' for each in columns)
    statement = f'INSERT INTO "{table}" ({names}) VALUES ({marks}) {on_conflict}'  # noqa: S608 - names of ours
    connection.exec_driver_sql(statement, list(rows))


def chunks(values: Iterable[Value], size: int) -> Iterator[list[Value]]:
    """Lists of at most `size` values."""
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part


def refresh_statistics(session: Session, *tables: str) -> None:
    """Tell PostgreSQL what the tables look like after a large load.

    Its own look comes later, and a plan made for an empty table reads a large one row by row. SQLite needs
    no such thing for our keys. Table names come from the code.
    """
    if session.get_bind().dialect.name == "postgresql":
        for table in tables:
            session.execute(text(f'ANALYZE "{table}"'))
