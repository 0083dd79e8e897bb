"""Lists that people page through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

SIZES = (25, 100, 250)
"""Lines on one page that people may choose from."""
SIZE = 25
"""Lines on one page of a list."""
CHUNK = 1000
"""Rows held in memory at a time while a download is streamed."""

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list; `number` starts at 1 and lies within the list."""

    rows: Sequence[Row]
    number: int
    total: int
    size: int = SIZE

    @property
    def last(self) -> int:
        """The number of the last page, at least 1."""
        return max(1, -(-self.total // self.size))

    @property
    def first_line(self) -> int:
        """The position of the first line within the whole list, 0 when it is empty."""
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last_line(self) -> int:
        """The position of the last line within the whole list."""
        return min(self.number * self.size, self.total)


def page_of(
    session: Session, statement: Select[*tuple[Any, ...]], number: int, size: int = SIZE
) -> Page[Any]:
    """A page of any ordered select; a number outside the list gives its nearest end."""
    total = session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    number = max(1, min(number, -(-total // size)))
    rows = session.execute(statement.limit(size).offset((number - 1) * size)).all()
    return Page(rows, number, total, size)
