"""Bring deactivated accounts back: all that Data Prep ever writes to Schoology, and only when asked to.

It is safe to repeat: an account that is active stays so.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from lti_app.models import PrepPair, PrepRow, PrepState, Side
from lti_app.school.records import Kind
from lti_app.schoology.port import BULK, Schoology
from lti_app.store import audit
from lti_app.store.bulk import chunks
from lti_app.store.district import District
from lti_app.sync.data_prep import reading as data_prep_reading


def paired(district: District) -> list[str]:
    """Uids of deactivated accounts that are in a pair."""
    reading = data_prep_reading.reading(district)
    if reading is None:
        return []
    in_pair = exists().where(
        data_prep_reading.stands(district.id, Kind.USER), PrepPair.schoology_id == PrepRow.ident
    )
    mine = data_prep_reading.row_is(reading.id, Kind.USER, Side.SCHOOLOGY)
    query = select(PrepRow.ident).where(mine, PrepRow.state == PrepState.INACTIVE, in_pair)
    return list(district.session.scalars(query.order_by(PrepRow.ident)))


def reactivate(
    session: Session, schoology: Schoology, installation_id: int, uids: Sequence[str], *, who: audit.Who
) -> tuple[int, list[str]]:
    """How many are active again, and what Schoology said of the others.

    What is asked for is committed before it is sent, fifty at a time, and the outcome after.
    """
    done, problems = 0, []
    for batch in chunks(uids, BULK):
        rows = _inactive(District(session, installation_id), batch)
        for uid in rows:
            _note(District(session, installation_id), uid, "asked for", who=who)
        session.commit()
        outcomes = schoology.reactivate(list(rows)) if rows else []
        for (uid, row), outcome in zip(rows.items(), outcomes, strict=True):
            if outcome.ok:
                row.state = PrepState.OK
                done += 1
                _note(District(session, installation_id), uid, "done", who=who)
            else:
                problems.append(f"{row.label}: {outcome.words or 'it gave no reason'}")
        session.commit()
    return done, problems


def _inactive(district: District, uids: Sequence[str]) -> dict[str, PrepRow]:
    reading = data_prep_reading.reading(district)
    if reading is None:
        return {}
    mine = data_prep_reading.row_is(reading.id, Kind.USER, Side.SCHOOLOGY)
    query = select(PrepRow).where(mine, PrepRow.ident.in_(uids), PrepRow.state == PrepState.INACTIVE)
    return {row.ident: row for row in district.session.scalars(query.order_by(PrepRow.ident))}


def _note(district: District, uid: str, what: str, *, who: audit.Who) -> None:
    audit.record(district, who, f"Reactivation of {audit.account(uid)}", new=what)
