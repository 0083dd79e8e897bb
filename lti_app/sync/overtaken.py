"""Two runs of a district at once: a record that is synced alone does not wait for the sync of all to end.

Each keeps out of the other's way record by record. What one is sending, or has sent since the other began,
the other gives up, for its plan speaks of what was true before. The sync of all also gives up whatever a run
of one record has looked at since: that one has read the SIS later, also where it found nothing to send.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import (
    ACTIVE_STATES,
    Change,
    ChangeState,
    Job,
    Link,
    LinkState,
    Run,
    RunState,
    SisConnection,
)
from lti_app.school.records import Kind
from lti_app.sync import one

REASON = "Not sent: another sync has this record in hand, or had it since this one began."
PLANNED = Run.digest != ""
"""A run of one record that has come to a plan has read the record."""
GAVE_UP = (RunState.FAILED, RunState.CANCELLED)


def others_at_work(installation_id: int, run_id: int) -> Select[Any]:
    """The ids of other runs of the installation whose jobs go on: what they have sent is theirs to settle."""
    return (
        select(Run.id)
        .join(Job, Job.id == Run.job_id)
        .where(Run.installation_id == installation_id, Run.id != run_id, Job.state.in_(ACTIVE_STATES))
    )


def must_wait(session: Session, run_id: int) -> bool:
    """Whether to send nothing for a moment: what the other sends next to this run, later lines may need."""
    run = session.get_one(Run, run_id)
    beside = others_at_work(run.installation_id, run.id)
    if run.what != one.ONE:
        return bool(session.scalar(select(beside.where(Run.what == one.ONE, PLANNED).exists())))
    mine = or_(
        *(and_(Change.kind == kind, one.within(run, kind, Change)) for kind in one.kinds(only_of(run)))
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
    sent = _sent(session, run, beside, changes) if beside else set()
    later = [only_of(each) for each in beside if _knows_better(each, run)]
    free = []
    for each in changes:
        if each.sis_id in sent or any(one.covers(only, each) for only in later):
            each.state, each.reason, each.finished_at = ChangeState.DISCARDED, REASON, clock.now()
        else:
            free.append(each)
    return free


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
    mine = select(func.count()).where(Change.run_id == run_id, Change.reason == REASON)
    return session.scalar(mine) or 0


def only_of(run: Run) -> dict[str, str]:
    """The record of a run of one."""
    only: dict[str, str] = run.checkpoint.get("only", {})
    return only


def _one_at_a_time(session: Session, installation_id: int) -> None:
    """PostgreSQL locks the row. SQLite has one writer, and the caller has written before it came here."""
    row = select(SisConnection.installation_id).where(SisConnection.installation_id == installation_id)
    session.execute(row.with_for_update(key_share=True))


def _beside(session: Session, run: Run) -> list[Run]:
    """Other runs that were under way at any time since this one began; one of the two is of one record."""
    overlaps = or_(Run.finished_at.is_(None), Run.finished_at >= run.started_at)
    found = select(Run).where(
        Run.installation_id == run.installation_id, Run.id != run.id, Run.plan_only.is_(False), overlaps
    )
    if run.what != one.ONE:
        found = found.where(Run.what == one.ONE)
    return list(session.scalars(found.execution_options(populate_existing=True)))


def _knows_better(other: Run, run: Run) -> bool:
    """Whether the other has read its one record later than this run began, and did not give up."""
    later = other.what == one.ONE and run.what != one.ONE and other.id > run.id
    return later and bool(other.digest) and other.state not in GAVE_UP


def _sent(session: Session, run: Run, beside: Sequence[Run], changes: Sequence[Change]) -> set[str]:
    """The SIS ids among the changes that another run sends or has sent since this one began."""
    rows = select(Change.sis_id).where(
        Change.installation_id == run.installation_id,
        Change.kind == Kind(changes[0].kind),
        Change.sis_id.in_([each.sis_id for each in changes]),
        Change.run_id.in_([each.id for each in beside]),
        or_(
            Change.state == ChangeState.SENT,
            and_(Change.state == ChangeState.DONE, Change.finished_at >= run.started_at),
        ),
    )
    return set(session.scalars(rows))
