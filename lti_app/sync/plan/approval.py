"""A held plan: a person approves exactly what was shown, or discards it; a newer plan makes it void."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from lti_app import clock, formats
from lti_app.jobs import queue
from lti_app.models import Change, ChangeState, Job, JobState, Run, RunState
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, Reason, because, several
from lti_app.school.records import Kind
from lti_app.school.run_kinds import WHOLE, RunKind
from lti_app.store import audit
from lti_app.store.district import District

BUSY = "Another sync is queued or running. Wait until it finishes; it may replace these changes."


class NotHeld(Exception):
    """The plan cannot be approved or discarded (any more); the message says why."""


def held_runs(district: District) -> list[Run]:
    """Runs that wait for a person, newest first."""
    return list(
        district.session.scalars(
            district.select(Run).where(Run.state == RunState.HELD).order_by(Run.id.desc())
        )
    )


def count(session: Session, run_id: int) -> int:
    """Lines that wait."""
    waiting = select(func.count()).where(Change.run_id == run_id, Change.state == ChangeState.HELD)
    return session.scalar(waiting) or 0


@dataclass(frozen=True)
class Part:
    """Which of the held lines: those of a kind, of an SIS building, of both, or all."""

    kind: str = ""
    building: str = ""

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """The part as SQL about Change."""
        kind = [Change.kind == self.kind] if self.kind else []
        return [*kind, *([Change.building == self.building] if self.building else [])]


ALL = Part()


def parts(session: Session, run_id: int) -> list[tuple[str, str, int]]:
    """Kind, SIS building and held lines, most first."""
    rows = session.execute(
        select(Change.kind, Change.building, func.count())
        .where(Change.run_id == run_id, Change.state == ChangeState.HELD)
        .group_by(Change.kind, Change.building)
        .order_by(func.count().desc(), Change.kind, Change.building)
    )
    return [(kind, building, number) for kind, building, number in rows]


def approve(district: District, run_id: int, digest: str, *, who: audit.Who, part: Part = ALL) -> Job:
    """Free held lines of the plan with this digest and queue its job again. The caller commits. The rest of
    the lines go on waiting.

    Raises NotHeld when the plan is another by now, when another sync is queued or running, or when the part
    has no lines.
    """
    run = _held(district, run_id, digest)
    if any(queue.active_job(district, lane=each) for each in queue.WRITERS):
        raise NotHeld(BUSY)
    number = _move(district.session, run, ChangeState.PLANNED, part=part)
    if not number and part != ALL:
        raise NotHeld("None of the changes on hold are of this kind and school.")
    now = clock.now()
    run.state, run.finished_at = RunState.APPLYING, None
    run.note(approved_at=now.isoformat(), decided_at=now.isoformat())
    job = district.session.get_one(Job, run.job_id)
    job.state, job.cancel_requested, job.finished_at = JobState.QUEUED, False, None
    job.started_at = now  # how long it waited for a person is no part of how long it runs
    job.message = because(EndingCode.PLAN_APPROVED, name=who.name, count=number)
    audit.record(
        district,
        who,
        f"Changes on hold in sync {run.id}",
        new=f"approved {formats.counted(number, 'change')}",
    )
    try:
        district.session.flush()
    except IntegrityError as error:
        district.session.rollback()
        raise NotHeld(BUSY) from error
    return job


def discard(district: District, run_id: int, digest: str, *, who: audit.Who) -> int:
    """Drop the held lines of the plan with this digest; how many there were. The caller commits."""
    run = _held(district, run_id, digest)
    number = count(district.session, run.id)
    run.note(decided_at=clock.now().isoformat())
    _close(district.session, run, because(Code.PLAN_DISCARDED, name=who.name))
    audit.record(
        district,
        who,
        f"Changes on hold in sync {run.id}",
        new=f"discarded {formats.counted(number, 'change')}",
    )
    return number


def check(district: District, run_id: int, digest: str) -> int:
    """The id of a plan that waits and has this digest. Raises NotHeld."""
    return _held(district, run_id, digest).id


def void_older(session: Session, newer: Run) -> None:
    """Close held plans that a newer one covers: it has looked at the same records since."""
    for each in held_runs(District(session, newer.installation_id)):
        if each.id < newer.id and _covers(session, newer, each):
            run = session.get_one(Run, each.id, with_for_update=True, populate_existing=True)
            if run.state == RunState.HELD:  # and was not approved while we looked
                _close(session, run, because(Code.PLAN_REPLACED))


def _covers(session: Session, newer: Run, older: Run) -> bool:
    """Whether they speak of the same kinds; a plan of one record must speak of the same record."""
    newer_kinds, older_kinds = (RunKind(each.what).kinds or tuple(Kind) for each in (newer, older))
    if not set(newer_kinds) & set(older_kinds):
        return False
    if newer.what in WHOLE:
        return True
    theirs = aliased(Change)
    shared = exists().where(
        Change.run_id == older.id,
        Change.state == ChangeState.HELD,
        theirs.run_id == newer.id,
        theirs.kind == Change.kind,
        theirs.sis_id == Change.sis_id,
    )
    return bool(session.scalar(select(shared)))


def _held(district: District, run_id: int, digest: str) -> Run:
    run = district.session.scalars(
        select(Run).where(Run.id == run_id, Run.installation_id == district.id).with_for_update()
    ).first()
    if run is None or run.state != RunState.HELD or run.plan_only:
        raise NotHeld(
            "These changes are no longer on hold. A newer sync replaced them, or they were "
            "already approved or discarded."
        )
    if run.digest != digest:
        raise NotHeld(
            "The changes are different from the ones you reviewed. Review them again before you decide."
        )
    return run


def _close(session: Session, run: Run, reason: Reason) -> None:
    _move(session, run, ChangeState.DISCARDED, reason)
    outcome = dict(run.counts.get("outcome", {}))
    outcome[ChangeState.DISCARDED] = outcome.pop(ChangeState.HELD, 0) + outcome.get(ChangeState.DISCARDED, 0)
    run.counts = {**run.counts, "outcome": outcome}
    bad = outcome.get(ChangeState.FAILED, 0) + outcome.get(ChangeState.BLOCKED, 0)
    run.state = RunState.DONE_WITH_PROBLEMS if bad else RunState.DONE
    run.reason = reason
    job = session.get_one(Job, run.job_id)
    if job.state == JobState.HELD:
        job.state = JobState.DONE_WITH_PROBLEMS if bad else JobState.DONE
        job.message = several(job.message, reason)
        job.finished_at = clock.now()


def _move(
    session: Session, run: Run, state: ChangeState, reason: Reason = NO_REASON, *, part: Part = ALL
) -> int:
    values: dict[str, Any] = {"state": state, **({"reason": reason} if reason else {})}
    moved = session.execute(
        update(Change)
        .where(Change.run_id == run.id, Change.state == ChangeState.HELD, *part.conditions)
        .values(**values)
        .returning(Change.seq)
        .execution_options(synchronize_session=False)
    )
    return len(moved.all())
