"""Sections whose terms are over by now: what an older plan or an undo would write there is not sent."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from lti_app.models import Action, Change, ChangeState, Run
from lti_app.school.desired import grading_periods_of
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.store.bulk import AT_ONCE, chunks
from lti_app.store.district import District
from lti_app.store.terms import running_periods

OPEN = (ChangeState.PLANNED, ChangeState.HELD)


def discard(session: Session, run: Run, today: date) -> None:
    """Discard the open lines of a run that would write to a frozen section or its enrollments."""
    frozen = _frozen(session, run, today)
    for part in chunks(sorted(frozen), AT_ONCE):
        in_them = or_(
            and_(Change.kind == Kind.ENROLLMENT, Change.parent.in_(part)),
            and_(Change.kind == Kind.SECTION, Change.sis_id.in_(part), Change.action != Action.RELEASE),
        )
        session.execute(
            update(Change)
            .where(*_open(run), in_them)
            .values(state=ChangeState.DISCARDED, reason=because(Code.SECTION_FROZEN))
            .execution_options(synchronize_session="fetch")
        )


def _open(run: Run) -> tuple[ColumnElement[bool], ...]:
    return (Change.run_id == run.id, Change.state.in_(OPEN))


def _frozen(session: Session, run: Run, today: date) -> set[str]:
    """Of the sections that open lines name, those of which every grading period has ended."""
    lines = select(Change.sis_id, Change.after).where(*_open(run), Change.kind == Kind.SECTION)
    wanted = {sis_id: after for sis_id, after in session.execute(lines)}
    named = session.scalars(
        select(Change.parent).where(*_open(run), Change.kind == Kind.ENROLLMENT).distinct()
    )
    payloads: dict[str, str] = {}
    district = District(session, run.installation_id)
    for part in chunks(sorted({*named, *wanted}), AT_ONCE):
        payloads.update(links.read.payloads(district, Kind.SECTION, part))
    payloads.update({sis_id: after for sis_id, after in wanted.items() if after})
    running = running_periods(district, today)
    periods = {sis_id: grading_periods_of(payload) for sis_id, payload in payloads.items()}
    return {sis_id for sis_id, each in periods.items() if each and running.isdisjoint(each)}
