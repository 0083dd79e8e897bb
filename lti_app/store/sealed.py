"""Every sealed value of the database: which of them the keys in LTI_APP_SECRET_KEYS open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.models import Base, Platform
from lti_app.vault import Vault


def opens_one(session: Session, vault: Vault) -> bool:
    """Whether the keys fit this database: they open the signing key of one platform, if there are any.

    One platform's key that doesn't open must not stop the districts of the others.
    """
    keys = session.scalars(select(Platform.private_key)).all()
    return not keys or any(vault.opens(each) for each in keys)


def unreadable(session: Session, vault: Vault) -> Counter[str]:
    """table.column → how many of its sealed values none of the keys opens."""
    return Counter(place for place, row, name in each_value(session) if not vault.opens(getattr(row, name)))


def each_value(session: Session) -> Iterator[tuple[str, Base, str]]:
    """Every sealed value: its place (table.column), its row, and the row's attribute that holds it."""
    for mapper in Base.registry.mappers:
        names = [each.key for each in mapper.columns if each.info.get("sealed")]
        rows = session.scalars(select(mapper.class_)) if names else ()
        for row, name in product(rows, names):
            if getattr(row, name):
                yield f"{mapper.local_table}.{name}", row, name
