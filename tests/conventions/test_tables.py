"""What belongs to a district says to which one, and secrets are sealed."""

from __future__ import annotations

from sqlalchemy import Table

from lti_app.models import Base
from tests.conventions.sources import assert_none

EVERYBODYS = {"platform", "installation", "launch_state", "lease", "epoch"}
"""Tables that hold nothing of a district, or are the district."""
SECRET_NAMES = ("password", "secret", "private_key", "consumer_secret", "token_secret")


def _tables() -> list[Table]:
    return list(Base.metadata.tables.values())


def _parents(table: Table) -> set[str]:
    return {key.column.table.name for key in table.foreign_keys}


def _belongs(table: Table) -> bool:
    """The district stands in the row, or in the row that it hangs on."""
    if "installation_id" in table.columns:
        return True
    return any(_belongs(Base.metadata.tables[name]) for name in _parents(table) if name != table.name)


def test_every_table_of_a_district_leads_to_its_installation() -> None:
    assert_none(table.name for table in _tables() if table.name not in EVERYBODYS and not _belongs(table))


def test_every_installation_id_is_a_foreign_key() -> None:
    assert_none(
        table.name
        for table in _tables()
        if "installation_id" in table.columns and not table.columns["installation_id"].foreign_keys
    )


def test_installation_ids_are_never_null() -> None:
    assert_none(
        table.name
        for table in _tables()
        if "installation_id" in table.columns and table.columns["installation_id"].nullable
    )


def test_every_secret_is_marked_as_sealed() -> None:
    """`keys rotate` finds secrets by their mark; one without it would be lost with its key."""
    assert_none(
        f"{table.name}.{column.name}"
        for table in _tables()
        for column in table.columns
        if column.name.endswith(SECRET_NAMES) and not column.info.get("sealed")
    )


def test_every_index_and_constraint_has_a_name() -> None:
    """A name that the database makes up cannot be dropped by a later migration."""
    assert_none(
        f"{table.name}: {type(each).__name__}"
        for table in _tables()
        for each in [*table.indexes, *table.constraints]
        if not getattr(each, "name", None)
    )
