"""What was synced individually while a run is under way is left out of that run's plan, for it is newer.

A run takes such requests in between, so both never work at the same time. What a person asked for as it was
shown, an undo or a plan that was held, gives up only what was synced after the approval or really sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import Action, Change, ChangeState, LinkState, Run, RunState
from lti_app.models.base import alias
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.records import JOINING
from lti_app.school.run_kinds import RunKind
from lti_app.store import links
from lti_app.sync import scope

STUCK = (ChangeState.BLOCKED, ChangeState.FAILED, ChangeState.HELD, ChangeState.DISCARDED)


def leave_out(session: Session, run_id: int) -> None:
    """Close the planned lines of a run whose records were synced individually since. The caller commits."""
    run = session.get_one(Run, run_id)
    if run.what == RunKind.ONE:
        return
    why = because(Code.SYNCED_INDIVIDUALLY)
    began = _moment(run.notes.reading_since) or run.started_at
    since = _moment(run.notes.approved_at) or began
    for each in _requests(session, run, began):
        of_this = _sent_by(each)
        if each.started_at >= since and _compared(each):
            of_this = or_(of_this, _covered_by(each))
        session.execute(
            update(Change)
            .where(Change.run_id == run.id, Change.state == ChangeState.PLANNED, of_this)
            .values(state=ChangeState.DISCARDED, reason=why, finished_at=clock.now())
            .execution_options(synchronize_session=False)
        )
        session.expire_all()


def forget_differences(session: Session, run: Run) -> None:
    """A check may have seen the former state of what was synced in the meantime. The caller commits."""
    for each in _requests(session, run, run.started_at):
        seen = (Change.run_id == run.id, Change.action == Action.DIFFER, _sent_by(each))
        session.execute(delete(Change).where(*seen).execution_options(synchronize_session=False))


def number_of(session: Session, run_id: int) -> int:
    """How many lines of a run were skipped."""
    mine = (
        Change.run_id == run_id,
        Change.state == ChangeState.DISCARDED,
        Change.reason_code == Code.SYNCED_INDIVIDUALLY,
    )
    return session.scalar(select(func.count()).where(*mine)) or 0


def not_made() -> ColumnElement[bool]:
    """The condition that a discarded line was not skipped for a request that did make its object."""
    return or_(Change.reason_code != Code.SYNCED_INDIVIDUALLY, ~_is_linked())


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _requests(session: Session, run: Run, began: datetime) -> Iterable[Run]:
    found = select(Run).where(
        Run.installation_id == run.installation_id,
        Run.what == RunKind.ONE,
        Run.finished_at >= began,
        Run.plan_only.is_(False),
    )
    return session.scalars(found.order_by(Run.id)).all()


def _compared(request: Run) -> bool:
    """Whether it came to a plan and to its end."""
    return bool(request.digest) and request.state not in (RunState.FAILED, RunState.CANCELED)


def _sent_by(request: Run) -> ColumnElement[bool]:
    theirs = alias(Change, "theirs_before")
    return exists().where(*_same_record(theirs, request), theirs.state == ChangeState.DONE)


def _covered_by(request: Run) -> ColumnElement[bool]:
    """What it looked at, but for what it could not use or make: that is still this run's to try."""
    kinds = scope.kinds(request.notes.only)
    theirs = alias(Change, "theirs_after")
    stuck = exists().where(*_same_record(theirs, request), theirs.state.in_(STUCK))
    return and_(
        or_(*(and_(Change.kind == kind, scope.within(request, kind, Change)) for kind in kinds)),
        or_(Change.action != Action.CREATE, Change.kind.in_(JOINING), _is_linked()),
        ~stuck,
    )


def _same_record(theirs: type[Change], request: Run) -> tuple[ColumnElement[bool], ...]:
    return (
        theirs.installation_id == Change.installation_id,
        theirs.kind == Change.kind,
        theirs.sis_id == Change.sis_id,
        theirs.run_id == request.id,
    )


def _is_linked() -> ColumnElement[bool]:
    return links.conditions.is_linked(
        Change.installation_id, Change.kind, sis_id=Change.sis_id, states=LinkState.in_use()
    )
