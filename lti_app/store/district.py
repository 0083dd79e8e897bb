"""One tenant's rows: its session and its id, and the tenant's condition on every query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar, overload

from sqlalchemy import Delete, Select, Update, delete, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.roles import TypedColumnsClauseRole

from lti_app.models.base import Base

One = TypeVar("One")
Two = TypeVar("Two")


@dataclass(frozen=True)
class District:
    """The rows of one installation. `id` is the installation's."""

    session: Session
    id: int

    @overload
    def select(self, one: TypedColumnsClauseRole[One] | type[One], /) -> Select[One]: ...

    @overload
    def select(
        self, one: TypedColumnsClauseRole[One] | type[One], two: TypedColumnsClauseRole[Two] | type[Two], /
    ) -> Select[One, Two]: ...

    @overload
    def select(self, *entities: Any) -> Select[Any]: ...

    def select(self, *entities: Any) -> Select[Any]:
        """Rows of this district only, of every table that the entities name."""
        statement = select(*entities)
        for table in statement.columns_clause_froms:
            statement = statement.where(table.c.installation_id == self.id)
        return statement

    def update(self, table: type[Base]) -> Update:
        """Change rows of this district only."""
        return update(table).where(_tenant(table) == self.id)

    def delete(self, table: type[Base]) -> Delete:
        """Delete rows of this district only."""
        return delete(table).where(_tenant(table) == self.id)


def _tenant(table: type[Base]) -> Any:
    return table.installation_id  # type: ignore[attr-defined]
