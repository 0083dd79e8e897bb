"""Every column that can hold something of a person is on the list of export, erasure, and retention."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Boolean, Column, Date, DateTime, Float, Integer, String, Table
from sqlalchemy.types import TypeDecorator

from lti_app.models import Base
from lti_app.operations.people.places import PLACES, Fate, Place, Ref
from tests.conventions.sources import assert_none

NEVER = (Integer, Boolean, Float, Date, DateTime)
"""Types that hold nothing by which anybody could be known."""


def can_hold_a_person(column: Column[object]) -> bool:
    kind = column.type.impl if isinstance(column.type, TypeDecorator) else column.type
    return not isinstance(kind, NEVER) and not column.info.get("sealed") and not column.foreign_keys


def not_listed(tables: dict[str, Table]) -> Iterator[str]:
    """Columns that are on no list."""
    for name, table in tables.items():
        listed = PLACES.get(name, Place()).columns
        yield from (
            f"{name}.{column.name} isn't in lti_app/operations/people/places.py"
            for column in table.columns
            if can_hold_a_person(column) and column.name not in listed
        )


def test_every_column_of_text_or_json_is_listed() -> None:
    assert_none(not_listed(dict(Base.metadata.tables)))


@pytest.mark.parametrize("table", ["link", "score_state", "sync_options"])
def test_a_new_column_that_is_not_listed_is_found(table: str) -> None:
    copy = Table(
        table,
        type(Base.metadata)(),
        *(each._copy() for each in Base.metadata.tables[table].columns),
        Column("nickname", String),
    )

    [found] = [each for each in not_listed({table: copy}) if "nickname" in each]
    assert found.startswith(f"{table}.nickname")


def test_nothing_is_listed_that_is_not_there() -> None:
    assert_none(
        f"{name}.{column}"
        for name, place in PLACES.items()
        for column in place.columns
        if name not in Base.metadata.tables or column not in Base.metadata.tables[name].columns
    )


def test_what_is_erased_or_reduced_says_whom_it_is_about() -> None:
    assert_none(
        name
        for name, place in PLACES.items()
        if not place.whose and Fate.KEEP not in (place.erased, place.left)
    )


def test_a_row_about_a_person_goes_or_stays_for_a_reason() -> None:
    """The settings history holds ids, and no one may erase the Acting User or someone on hold."""
    kept = {name for name, place in PLACES.items() if place.whose and place.erased is Fate.KEEP}

    assert kept == {"audit", "person_hold", "acting_user"}


def test_each_way_to_name_a_person_is_used() -> None:
    assert {ref for place in PLACES.values() for ref in place.whose.values()} == set(Ref)
