"""A row in every table of a database, whatever its tables are: for migrations that must not lose any."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    func,
    insert,
    select,
)

from lti_app.models import Base

MOMENT = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)

ANY: dict[type, Any] = {
    JSON: {},
    Boolean: False,
    Integer: 1,
    Float: 1,
    Numeric: 1,
    DateTime: MOMENT,
    Date: MOMENT.date(),
    LargeBinary: b"1",
}


def fill(connection: Connection) -> None:
    """Put one row into every table of the models, parents first. A row refers to the parents' rows."""
    for table in Base.metadata.sorted_tables:
        connection.execute(insert(table).values({each.name: _value(each) for each in table.columns}))


def counts(connection: Connection, tables: list[Table] | None = None) -> dict[str, int]:
    """Table → its number of rows."""
    wanted = Base.metadata.sorted_tables if tables is None else tables
    return {each.name: connection.scalar(select(func.count()).select_from(each)) or 0 for each in wanted}


def _value(column: Column[Any]) -> Any:
    """What a column holds: the key of the parent's row, its default, or anything of its type."""
    for key in column.foreign_keys:
        return _value(key.column)
    if column.default is not None:
        return column.default.arg if column.default.is_scalar else column.default.arg(None)
    kind = getattr(column.type, "impl", column.type)
    return next((value for of, value in ANY.items() if isinstance(kind, of)), "1")
