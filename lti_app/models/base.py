"""What every table shares: the declarative base, aware UTC times, names of constraints."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import JSON, DateTime, MetaData, inspect
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, aliased
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

SEALED = {"sealed": True}
"""Mark of a column that holds vault ciphertext; `keys rotate` reseals each of them."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the interface hands it over
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the interface hands it over
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}


Row = TypeVar("Row", bound=Base)


def alias(model: type[Row], name: str) -> type[Row]:
    """A table under a second name in a statement. It is made once: to make one takes longer than to query.

    A statement inside another one needs a name of its own; under the same name it means the outer row. Its
    columns are made with it, under a lock: SQLAlchemy makes each at its first use, and of two threads at once
    one gets the column of the outer row, for good.
    """
    return cast(type[Row], _kept(model, name))


_making = threading.Lock()


@cache
def _kept(model: type[Any], name: str) -> Any:
    with _making:
        made: Any = aliased(model, name=name)
        for each in inspect(model).mapper.column_attrs:
            assert getattr(made, each.key).expression is not None
        return made
