"""A district sees and touches only its own rows, whatever table is asked for."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from lti_app.models import BuildingRow, Link
from lti_app.store.district import District
from tests.factories import OURS, THEIRS, add_building, add_link, open_database


def test_a_query_finds_only_rows_of_the_district() -> None:
    session = open_database()
    add_link(session, "user", "ours")
    add_link(session, "user", "theirs", THEIRS)

    found = session.scalars(District(session, OURS).select(Link.sis_id)).all()

    assert found == ["ours"]


def test_a_query_over_two_tables_keeps_to_the_district_in_both() -> None:
    session = open_database()
    add_building(session, "1")
    add_building(session, "1", THEIRS)
    add_link(session, "user", "u", building="1")
    add_link(session, "user", "u", THEIRS, building="1")
    district = District(session, OURS)

    rows = session.execute(
        district.select(Link.installation_id, BuildingRow.installation_id).where(
            Link.building == BuildingRow.sis_id
        )
    ).all()

    assert [tuple(row) for row in rows] == [(OURS, OURS)]


def test_an_alias_and_a_count_are_bound_too() -> None:
    session = open_database()
    add_link(session, "user", "ours")
    add_link(session, "user", "theirs", THEIRS)
    district, other = District(session, THEIRS), aliased(Link)

    assert session.scalar(district.select(func.count(Link.sis_id))) == 1
    assert session.scalars(district.select(other.sis_id)).all() == ["theirs"]


def test_changes_and_deletes_leave_the_rows_of_others_alone() -> None:
    session = open_database()
    add_link(session, "user", "ours")
    add_link(session, "user", "theirs", THEIRS)
    district = District(session, OURS)

    session.execute(district.update(Link).values(label="changed"))
    assert {tuple(row) for row in session.execute(select(Link.sis_id, Link.label))} == {
        ("ours", "changed"),
        ("theirs", ""),
    }
    session.execute(district.delete(Link))
    assert session.scalars(select(Link.sis_id)).all() == ["theirs"]
