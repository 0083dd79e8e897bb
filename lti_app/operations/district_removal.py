"""Everything that belongs to one installation: to take it out, and to take it away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Table, delete, select

from lti_app.models import Base, Installation, Lease
from lti_app.store.district import District

SECRETS = frozenset(
    ("token_hash", "return_hash", "launch_token_hash", "setup_code_hash", "request_token")
    + ("secret_hash", "former_hash", "login", "login_id", "opened_from")
)
"""Columns that open something; they are left out as sealed values are."""


def rows(district: District) -> Iterator[str]:
    """Every row as a line of JSON: {"table": …, "row": {column: value}}."""
    for table in Base.metadata.sorted_tables:
        condition = belonging(table, district.id)
        if condition is None:
            continue
        columns = [each for each in table.columns if each.name not in SECRETS and not each.info.get("sealed")]
        found = district.session.execute(select(*columns).where(condition).execution_options(yield_per=1000))
        for row in found.mappings():
            yield json.dumps({"table": table.name, "row": dict(row)}, default=str, ensure_ascii=False)


def remove(district: District) -> int:
    """Delete every row of the installation, itself included; how many. The caller commits."""
    number = 0
    for table in reversed(Base.metadata.sorted_tables):
        condition = belonging(table, district.id)
        if condition is not None:
            done: Any = district.session.execute(delete(table).where(condition))
            assert isinstance(done, CursorResult)
            number += done.rowcount
    district.session.execute(delete(Lease).where(Lease.name.endswith(f"-{district.id}")))
    return number


def belonging(table: Table, installation_id: int) -> ColumnElement[bool] | None:
    """The condition that a row belongs to an installation; None for tables of the whole app."""
    if table.name == Installation.__tablename__:
        return table.c.id == installation_id
    if "installation_id" in table.c:
        return table.c.installation_id == installation_id
    for key in table.foreign_keys:
        parent = key.column.table
        if "installation_id" in parent.c:
            mine = select(key.column).where(parent.c.installation_id == installation_id)
            return key.parent.in_(mine)
    return None
