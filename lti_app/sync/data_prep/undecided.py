"""What waits in Data Prep is not made by a sync: it may be in Schoology under another key."""

from __future__ import annotations

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from lti_app.models import WAITING, PrepKey, PrepRow, PrepStatus, Side, Staged, StagedState
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.records import OBJECTS, Kind
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync.data_prep import reading as data_prep_reading

REASONS = {
    PrepStatus.PAIRED: Code.PREP_PAIRED,
    PrepStatus.AMBIGUOUS: Code.PREP_AMBIGUOUS,
    PrepStatus.CONFLICT: Code.PREP_CONFLICT,
}


def exclude(district: District, run_id: int) -> None:
    """Leave out what is not linked and waits for a decision. The caller commits."""
    reading = data_prep_reading.reading(district)
    if reading is None:
        return
    linked = links.conditions.is_linked(district.id, Staged.kind, sis_id=Staged.sis_id)
    for kind in OBJECTS:
        for status, code in REASONS.items():
            waits = exists().where(
                data_prep_reading.row_is(reading.id, kind, Side.SIS),
                PrepRow.ident == Staged.sis_id,
                PrepRow.status == status,
            )
            district.session.execute(
                update(Staged)
                .where(
                    Staged.run_id == run_id,
                    Staged.kind == kind,
                    Staged.state == StagedState.OK,
                    ~linked,
                    waits,
                )
                .values(state=StagedState.OUT, reason=because(code))
                .execution_options(synchronize_session=False)
            )


def people(session: Session, run_id: int) -> list[Staged]:
    """People of a run who were left out because they wait in Data Prep."""
    left = (Staged.state == StagedState.OUT, Staged.reason_code.in_(REASONS.values()))
    return list(
        session.scalars(select(Staged).where(Staged.run_id == run_id, Staged.kind == Kind.USER, *left))
    )


def of_taken_addresses(district: District, run_id: int) -> list[Staged]:
    """People whose address an account has that belongs to no one here, such as a parent's own of a teacher.

    Schoology takes an address once, so theirs go by the username.
    """
    reading = data_prep_reading.reading(district)
    if reading is None:
        return []
    linked = links.conditions.is_linked(district.id, Kind.USER, schoology_id=PrepKey.ident)
    taken = exists().where(
        data_prep_reading.key_is(PrepKey, reading.id, Kind.USER, Side.SCHOOLOGY),
        PrepKey.rule == "same_email",
        PrepKey.text == Staged.second_key,
        ~linked,
    )
    mine = (Staged.run_id == run_id, Staged.kind == Kind.USER, Staged.state == StagedState.OK)
    return list(district.session.scalars(select(Staged).where(*mine, Staged.second_key != "", taken)))


def count(district: District) -> int:
    """How many records of the SIS wait for a decision."""
    reading = data_prep_reading.reading(district)
    if reading is None:
        return 0
    return (
        district.session.scalar(
            select(func.count())
            .select_from(PrepRow)
            .where(PrepRow.run_id == reading.id, PrepRow.side == Side.SIS, PrepRow.status.in_(WAITING))
        )
        or 0
    )
