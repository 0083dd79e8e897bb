"""Two runs of a district at once: a record that is synced alone does not wait for the sync of all to end.

Each keeps out of the other's way record by record. What one is sending, or has sent since the other began,
the other gives up, for its plan speaks of what was true before. The sync of all also gives up what a run of
one record has looked at since it read the SIS, also where that one found nothing to send.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import (
    ACTIVE_STATES,
    Action,
    Change,
    ChangeState,
    Job,
    JobState,
    Link,
    LinkState,
    Run,
    RunState,
    SisConnection,
)
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.sync import scope
from lti_app.sync.scope import KINDS_OF

REASON = "Not sent: another sync has this record in hand, or had it since this one began."
READ_AT = "read_at"
"""In a run's checkpoint: when it had read the SIS to its end."""
UNDER_WAY = (ChangeState.PLANNED, ChangeState.SENT, ChangeState.DONE)
SENDING = (*KINDS_OF, scope.ONE, "undo")
"""What runs that send are of."""
MARGIN = timedelta(seconds=2)
"""Between the moment of an answer and its being written down."""


def others_at_work(
    installation_id: int, run_id: int, states: Sequence[JobState] = ACTIVE_STATES
) -> Select[Any]:
    """The ids of other runs of the installation whose jobs go on: what they have sent is theirs to settle.

    Those of jobs in these states: a queued one may wait for the end of an outage.
    """
    return (
        select(Run.id)
        .join(Job, Job.id == Run.job_id)
        .where(
            Job.installation_id + 0 == installation_id,  # so that SQLite begins with the few active jobs
            Job.state.in_(states),
            Run.id != run_id,
        )
    )


def must_wait(session: Session, run_id: int) -> bool:
    """Whether to send nothing for a moment: what the other sends next to this run, later lines may need."""
    run = session.get_one(Run, run_id)
    beside = others_at_work(run.installation_id, run.id, (JobState.RUNNING,))
    if run.what != scope.ONE:
        return bool(session.scalar(select(beside.where(Run.what == scope.ONE, Run.digest != "").exists())))
    mine = or_(
        *(and_(Change.kind == kind, scope.within(run, kind, Change)) for kind in scope.kinds(_only(run)))
    )
    sent = exists().where(Change.run_id.in_(beside), Change.state == ChangeState.SENT, mine)
    return bool(session.scalar(select(sent)))


def not_overtaken(session: Session, changes: Sequence[Change]) -> list[Change]:
    """The lines of a run, all of one kind, that may be sent now; the others are discarded with a reason.

    The caller commits, and until then no other run of the installation gets past here.
    """
    if not changes:
        return []
    run = session.get_one(Run, changes[0].run_id)
    _one_at_a_time(session, run.installation_id)
    beside = _beside(session, run)
    if not beside:
        return list(changes)
    taken = _sent(session, run, beside, changes) | _seen_later(session, run, beside, changes)
    for each in changes:
        if each.id in taken:
            each.state, each.reason, each.finished_at = ChangeState.DISCARDED, REASON, clock.now()
    return [each for each in changes if each.id not in taken]


def not_made() -> ColumnElement[bool]:
    """The condition that a discarded line was not given up for another run that did make its object."""
    made = exists().where(
        Link.installation_id == Change.installation_id,
        Link.kind == Change.kind,
        Link.sis_id == Change.sis_id,
        Link.state.in_((LinkState.OWNED, LinkState.ADOPTED)),
    )
    return or_(Change.reason != REASON, ~made)


def given_up(session: Session, run_id: int) -> int:
    """How many lines a run left to another."""
    mine = select(func.count()).where(
        Change.run_id == run_id, Change.state == ChangeState.DISCARDED, Change.reason == REASON
    )
    return session.scalar(mine) or 0


def _only(run: Run) -> dict[str, str]:
    only: dict[str, str] = run.checkpoint.get("only", {})
    return only


def _one_at_a_time(session: Session, installation_id: int) -> None:
    """PostgreSQL locks the row. SQLite has one writer, and the caller has written before it came here."""
    row = select(SisConnection.installation_id).where(SisConnection.installation_id == installation_id)
    session.execute(row.with_for_update(key_share=True))


def _beside(session: Session, run: Run) -> list[Run]:
    """Other runs that were under way at any time since this one began; one of the two is of one record."""
    found = select(Run).where(
        Run.installation_id == run.installation_id,
        Run.what.in_(SENDING if run.what == scope.ONE else (scope.ONE,)),
        or_(Run.finished_at.is_(None), Run.finished_at >= run.started_at),
        Run.id != run.id,
        Run.plan_only.is_(False),
    )
    return list(session.scalars(found.execution_options(populate_existing=True)))


def _sent(session: Session, run: Run, beside: Sequence[Run], changes: Sequence[Change]) -> set[int]:
    """The ids of the changes whose records another run sends, or has sent since this one began."""
    lines = _lines_beside(session, beside, changes)
    busy = {
        line.sis_id
        for line in lines
        if line.state == ChangeState.SENT
        or (line.state == ChangeState.DONE and line.finished_at >= run.started_at - MARGIN)
    }
    return {each.id for each in changes if each.sis_id in busy}


def _seen_later(session: Session, run: Run, beside: Sequence[Run], changes: Sequence[Change]) -> set[int]:
    """The ids of the changes whose records a run of one record has compared after this run had read the SIS.

    One that was sent before and whose answer was lost is none of them: nobody knows what Schoology holds. Nor
    is one that the other run could not use or that Schoology refused there, or the making of what it did not
    find. What a person asked for as it was shown, an undo or a plan that was held, is sent.
    """
    later = [each for each in beside if _reads_later(each, run)]
    if not later:
        return set()
    stuck = {
        (line.run_id, line.sis_id)
        for line in _lines_beside(session, later, changes)
        if line.state not in UNDER_WAY
    }
    kind, sis_ids = Kind(changes[0].kind), [each.sis_id for each in changes]
    linked = links.schoology_ids(session, run.installation_id, kind, sis_ids)
    return {
        each.id
        for each in changes
        for other in later
        if scope.covers(_only(other), each)
        and each.batch == 0
        and (other.id, each.sis_id) not in stuck
        and (each.action != Action.CREATE or each.sis_id in linked)
    }


def _reads_later(other: Run, run: Run) -> bool:
    read_at = run.checkpoint.get(READ_AT, "")
    if run.what not in KINDS_OF or "approved_at" in run.checkpoint or not read_at or not other.digest:
        return False
    gave_up = other.state in (RunState.FAILED, RunState.CANCELLED)
    return not gave_up and other.started_at >= datetime.fromisoformat(read_at)


def _lines_beside(session: Session, beside: Sequence[Run], changes: Sequence[Change]) -> Sequence[Any]:
    """What the other runs have to say of these records."""
    return session.execute(
        select(Change.run_id, Change.sis_id, Change.state, Change.finished_at).where(
            Change.installation_id == changes[0].installation_id,
            Change.kind == changes[0].kind,
            Change.sis_id.in_([each.sis_id for each in changes]),
            Change.run_id.in_([each.id for each in beside]),
        )
    ).all()
