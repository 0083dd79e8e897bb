"""Many rows together: faster loads than the ORM, inserts of rows that may exist, and reads in parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import Any, TypeVar

import psycopg
from psycopg.errors import CardinalityViolation
from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lti_app.models import Base

Value = TypeVar("Value")
WORTH_A_COPY = 50
"""Fewer rows are not worth a table of their own."""
AT_ONCE = 500
"""Most values in one IN (…), far below SQLite's limit, and rows held in memory at a time."""


def insert_rows(
    session: Session,
    table: str,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    *,
    on_conflict: str = "",
) -> None:
    """Load tuples in the session's transaction: SQLite by its driver's executemany, PostgreSQL by COPY.

    `on_conflict` is SQL that both understand (INSERT … ON CONFLICT …). Table and column names come from the
    code, never from data.
    """
    if not rows:
        return
    connection = session.connection()
    names = ", ".join(f'"{each}"' for each in columns)
    if connection.dialect.name == "postgresql":
        if len(rows) >= WORTH_A_COPY and _copied(connection, table, names, rows, on_conflict=on_conflict):
            return
        mark = "%s"
    else:
        mark = "?"
    marks = ", ".join([mark] * len(columns))
    statement = f'INSERT INTO "{table}" ({names}) VALUES ({marks}) {on_conflict}'  # noqa: S608 - names of ours
    connection.exec_driver_sql(statement, list(rows))


def _copied(
    connection: Connection, table: str, names: str, rows: Sequence[tuple[Any, ...]], *, on_conflict: str
) -> bool:
    """COPY, by way of a table of its own where rows may be there already.

    False when two of these rows would change one and the same: a statement may do that only one by one.
    """
    try:
        with connection.begin_nested(), closing(connection.connection.cursor()) as cursor:
            if not on_conflict:
                _copy(cursor, table, names, rows)
                return True
            made = f'SELECT {names} FROM "{table}" WITH NO DATA'  # noqa: S608 - names of ours
            cursor.execute(f"CREATE TEMP TABLE incoming ON COMMIT DROP AS {made}")
            _copy(cursor, "incoming", names, rows)
            moved = f"SELECT {names} FROM incoming {on_conflict}"  # noqa: S608 - names of ours
            cursor.execute(f'INSERT INTO "{table}" ({names}) {moved}')
            cursor.execute("DROP TABLE incoming")
    except CardinalityViolation:
        return False
    except psycopg.Error as error:
        # PostgreSQL quotes the row, and rows are people's: no log may have it.
        raise type(error)(error.diag.message_primary or type(error).__name__) from None
    return True


def _copy(cursor: Any, table: str, names: str, rows: Sequence[tuple[Any, ...]]) -> None:
    with cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


def chunks(values: Iterable[Value], size: int) -> Iterator[list[Value]]:
    """Lists of at most `size` values."""
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part


def upsert(session: Session, table: type[Base]) -> Any:
    """An insert that can say what to do where there is a row already: both databases take `on_conflict_…`."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(table)


def refresh_statistics(session: Session, *tables: str) -> None:
    """Tell PostgreSQL what the tables look like after a large load.

    Its own look comes later, and a plan made for an empty table reads a large one row by row. SQLite needs
    no such thing for our keys. Table names come from the code.
    """
    if session.get_bind().dialect.name == "postgresql":
        for table in tables:
            session.execute(text(f'ANALYZE "{table}"'))
