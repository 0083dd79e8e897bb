"""Every sealed value of the database: which of them the keys in LTI_APP_SECRET_KEYS open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product

from sqlalchemy import Connection, inspect, select
from sqlalchemy.orm import Session

from lti_app.models import Base, Platform
from lti_app.vault import Vault


def opens_one(session: Session, vault: Vault) -> bool:
    """Whether the keys fit this database: they open the signing key of one platform, if there are any.

    One platform's key that doesn't open must not stop the districts of the others.
    """
    keys = session.scalars(select(Platform.private_key)).all()
    return not keys or any(vault.opens(each) for each in keys)


def unreadable(connection: Connection, vault: Vault) -> Counter[str]:
    """table.column → how many of its sealed values none of the keys opens."""
    return Counter(place for place, value in texts(connection) if not vault.opens(value))


def texts(connection: Connection) -> Iterator[tuple[str, str]]:
    """Every sealed value with its place (table.column); also of a database that isn't migrated to the end."""
    there = inspect(connection)
    tables = set(there.get_table_names())
    for table in Base.metadata.sorted_tables:
        present = {each["name"] for each in there.get_columns(table.name)} if table.name in tables else set()
        for column in (each for each in table.columns if each.info.get("sealed") and each.name in present):
            for value in connection.scalars(select(column).where(column != "")):
                yield f"{table.name}.{column.name}", value


def each_value(session: Session) -> Iterator[tuple[Base, str]]:
    """Every sealed value, as its row and the row's attribute that holds it."""
    for mapper in Base.registry.mappers:
        names = [each.key for each in mapper.columns if each.info.get("sealed")]
        rows = session.scalars(select(mapper.class_)) if names else ()
        yield from ((row, name) for row, name in product(rows, names) if getattr(row, name))
