"""What of Data Prep an installation has chosen and read."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, literal_column, or_

from lti_app.models import PairState, PrepKey, PrepPair, PrepRow, Run, Side
from lti_app.setup.choices import data_prep_options
from lti_app.store.district import District

STANDING: tuple[ColumnElement[str], ...] = tuple(
    literal_column(f"'{each}'") for each in (PairState.PROPOSED, PairState.ACCEPTED)
)
"""Spelled out, so that the databases can use the indexes of pairs that hold."""


def reading(district: District) -> Run | None:
    """The run whose reading is shown, if it is still kept."""
    run = district.session.get(Run, data_prep_options(district).run_id)
    return run if run is not None and run.installation_id == district.id else None


def forget_object(district: District, kind: str, schoology_id: str) -> None:
    """An object of Schoology is gone: nothing that was read of it counts. The caller commits."""
    read = reading(district)
    if read is None:
        return
    for table in (PrepKey, PrepRow):
        district.session.execute(
            delete(table)
            .where(key_is(table, read.id, kind, Side.SCHOOLOGY), table.ident == schoology_id)
            .execution_options(synchronize_session=False)
        )


def row_is(run_id: int, kind: str, side: str) -> ColumnElement[bool]:
    """The rows of a kind and side of a reading."""
    return and_(PrepRow.run_id == run_id, PrepRow.kind == kind, PrepRow.side == side)


def key_is(table: Any, run_id: int, kind: str, side: str) -> ColumnElement[bool]:
    """The keys of a kind and side of a reading; the table is PrepKey, PrepRow or an alias."""
    return and_(table.run_id == run_id, table.kind == kind, table.side == side)


def stands(installation_id: int, kind: str) -> ColumnElement[bool]:
    """Pairs of a kind that hold."""
    return and_(
        PrepPair.installation_id == installation_id, PrepPair.kind == kind, PrepPair.state.in_(STANDING)
    )


def decided_against(installation_id: int, kind: str, sis_id: Any, schoology_id: Any) -> ColumnElement[bool]:
    """Someone said that these two are not the same, or that the record is to be made again.

    The rows that it is about may be those of a statement levels further out: without `correlate_except`
    this one would look through all rows, and one decision would count for every record.
    """
    against = exists().where(
        PrepPair.installation_id == installation_id,
        PrepPair.kind == kind,
        PrepPair.sis_id == sis_id,
        or_(
            PrepPair.state == PairState.NEW,
            and_(PrepPair.state == PairState.REFUSED, PrepPair.schoology_id == schoology_id),
        ),
    )
    return against.correlate_except(PrepPair)
