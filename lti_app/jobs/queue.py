"""The rows of the queue: queueing, joining, canceling, claiming, finishing.

"Only one" is kept by the unique index uq_job_active: asking again returns the job that is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CursorResult,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs import moment
from lti_app.models import ACTIVE_STATES, FINAL_STATES, Installation, Job, JobState
from lti_app.models.base import alias
from lti_app.models.reasons import ReasonText
from lti_app.school.ending_codes import EndingCode
from lti_app.school.job_request import JobRequest
from lti_app.school.reasons import Reason, because
from lti_app.store.district import District

PROVISION = "provision"
"""The lane of the runs that move people, courses, sections and enrollments."""
CANCELED_PAUSED = because(EndingCode.JOB_CANCELED_PAUSED)
FOLLOWING = "following"
"""The lane of the one run that a person asked for while another one was running."""
ONE_RECORD = "one"
"""The lane for syncing one record. A long run of its district handles it in between."""
WRITERS = (PROVISION, FOLLOWING, ONE_RECORD)
"""Lanes that exclude each other: while one of them is running, no other job writes for its district."""
BRIEF = ("live-sweep", "live-confirm")
"""Lanes of a whole installation with short jobs: they don't wait for the runs of districts, and get their
turn among the jobs of live sync, which may never stop coming."""
SHORT = (ONE_RECORD, *BRIEF)
"""Lanes of a whole installation that never take a slot of the runs of districts."""
UNATTENDED = ("live", "scheduled")
"""Triggers of jobs that no person waits for, those of live sync before those of the schedule."""
MOST_AT_ONCE = {(ONE_RECORD,): 1, BRIEF: 2}
"""How many jobs of these lanes a process runs at a time; its other short slots are for people's edits."""
MOST_OF_DISTRICT = 4
"""Jobs of one installation that a process runs at a time, so that a slow SIS never holds all slots."""
SLOTS = 4
"""Slots for short jobs, if a process has no others. The last one is for installations of which no short job
runs here: others never wait until the jobs of a slow district end."""


@dataclass(frozen=True)
class Enqueued:
    """The requested job; `joined` if it already existed."""

    job: Job
    joined: bool


def enqueue(  # noqa: PLR0913 - a job has that many facts, all named
    district: District,
    kind: str,
    *,
    params: JobRequest | Mapping[str, Any],
    trigger: str,
    asked_by: str,
    asked_by_uid: str = "",
    lane: str = PROVISION,
    section_id: str = "",
) -> Enqueued:
    """Queue a job in the caller's transaction, or join the active one of the same lane and section. `params`
    is what it is asked to do, or the same as a row holds it."""
    job = Job(
        installation_id=district.id,
        kind=kind,
        lane=lane,
        section_id=section_id,
        params=(params if isinstance(params, JobRequest) else JobRequest.from_json(params)).to_json(),
        trigger=trigger,
        asked_by=asked_by,
        asked_by_uid=asked_by_uid,
        created_at=clock.now(),
    )
    there = active_job(district, lane=lane, section_id=section_id)
    if there is not None:
        return Enqueued(there, joined=True)
    try:
        with district.session.begin_nested():
            district.session.add(job)
    except IntegrityError:
        there = active_job(district, lane=lane, section_id=section_id)
        if there is None:
            raise
        return Enqueued(there, joined=True)
    return Enqueued(job, joined=False)


def active_job(district: District, *, lane: str = PROVISION, section_id: str = "") -> Job | None:
    """The queued or running job of a lane, if any."""
    return district.session.scalars(
        district.select(Job).where(
            Job.lane == lane,
            Job.section_id == section_id,
            Job.state.in_(ACTIVE_STATES),
        )
    ).first()


def is_long(job: Job) -> bool:
    """Whether a job works on a whole district for a long time, not on one section or briefly."""
    return not job.section_id and job.lane not in SHORT


def may_run(at: BindParameter[datetime] | None = None) -> ColumnElement[bool]:
    """Leave out paused jobs whose time hasn't come by this moment, or by now."""
    return or_(Job.resume_at.is_(None), Job.resume_at <= (clock.now() if at is None else at))


def takes_long() -> ColumnElement[bool]:
    """As `is_long`, of rows."""
    return and_(Job.section_id == "", Job.lane.not_in(SHORT))


def asked_by_person() -> ColumnElement[bool]:
    """Whether someone who waits for it asked for a job, not the schedule or live sync."""
    return Job.trigger.not_in(UNATTENDED)


def may_have_first_turn() -> ColumnElement[bool]:
    """Whether a waiting job may take a place of its own for its first turn: a person has just asked for it,
    and nothing that takes long runs for the same district."""
    other = alias(Job, "long_there")
    theirs = (other.installation_id == Job.installation_id, other.state == JobState.RUNNING)
    runs = exists().where(*theirs, other.section_id == "", other.lane.not_in(SHORT))
    return and_(takes_long(), asked_by_person(), Job.started_at.is_(None), ~runs)


def _has_room(owner: str, slots: int) -> ColumnElement[bool]:
    """Whether a worker can take one more job of its installation, beside those of others, and of its lane."""
    other = alias(Job, "of_the_worker")
    running = select(func.count()).where(other.state == JobState.RUNNING, other.owner == owner)
    short = running.where(or_(other.section_id != "", other.lane.in_(SHORT)))

    def mine(jobs: Select[Any]) -> ColumnElement[int]:
        return jobs.where(other.installation_id == Job.installation_id).scalar_subquery()

    return and_(
        mine(running) < MOST_OF_DISTRICT,
        or_(takes_long(), mine(short) == 0, short.scalar_subquery() < slots - 1),
        *(
            or_(Job.lane.not_in(lanes), running.where(other.lane.in_(lanes)).scalar_subquery() < most)
            for lanes, most in MOST_AT_ONCE.items()
        ),
    )


def request_cancel(district: District, job_id: int) -> bool:
    """Cancel a queued job immediately, a running one between two batches. False if it is neither."""
    mine = (Job.id == job_id, Job.installation_id == district.id)
    waiting = district.session.execute(
        update(Job)
        .where(*mine, Job.state == JobState.QUEUED)
        .values(
            state=JobState.CANCELED,
            finished_at=clock.now(),
            message=case(
                (Job.started_at.is_(None), literal(because(EndingCode.JOB_CANCELED_EARLY), ReasonText)),
                else_=literal(CANCELED_PAUSED, ReasonText),
            ),
        )
    )
    running = district.session.execute(
        update(Job).where(*mine, Job.state == JobState.RUNNING).values(cancel_requested=True)
    )
    return _count(waiting) + _count(running) > 0


def _one_writer(owner: str, inside: int) -> ColumnElement[bool]:
    """No job runs while another one writes for its district, except a request inside our own running job."""
    other = alias(Job, "writing")
    here = (other.installation_id == Job.installation_id, other.id != Job.id)
    running = select(other.id).where(*here, other.state == JobState.RUNNING)
    if inside:
        mine = running.where(other.id == inside, other.owner == owner)
        return and_(Job.lane == ONE_RECORD, mine.exists())
    return or_(Job.lane.not_in(WRITERS), ~running.where(other.lane.in_(WRITERS)).exists())


def _lock_district(session: Session, job_id: int) -> None:
    """Lock the district, so that two claims never check at the same time. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        of_job = select(Job.installation_id).where(Job.id == job_id, Job.lane.in_(WRITERS))
        mine = select(Installation.id).where(Installation.id == of_job.scalar_subquery())
        session.execute(mine.with_for_update(key_share=True))


def resume_now(district: District, job_id: int) -> bool:
    """Let a job that an outage paused go on without the rest of its wait. False if it isn't paused, or waits
    for an administrator. The caller commits, and submits it."""
    resumed = district.session.execute(
        district.update(Job)
        .where(
            Job.id == job_id,
            Job.state == JobState.QUEUED,
            Job.resume_at.is_not(None),
            Job.parked_at.is_(None),
        )
        .values(resume_at=None)
        .execution_options(synchronize_session=False)
    )
    return _count(resumed) == 1


def claim(session: Session, job_id: int, owner: str, *, inside: int = 0, slots: int = SLOTS) -> bool:
    """Claim a queued job for a worker; False if another worker has it, it is over, or it has to wait.

    `inside` is the running job of this worker that takes a request for one record in between; `slots` is how
    many short jobs the worker can run at a time.
    """
    _lock_district(session, job_id)
    room = _one_writer(owner, inside) & (literal(bool(inside)) | _has_room(owner, slots))
    taken = session.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.QUEUED, may_run(), room)
        .values(
            state=JobState.RUNNING,
            resume_at=None,
            ends_at=None,
            owner=owner,
            heartbeat_at=moment.now(session),
            unanswered_since=None,
            started_at=func.coalesce(Job.started_at, clock.now()),
        )
    )
    session.commit()
    return _count(taken) == 1


def finish(  # noqa: PLR0913 - whose job, and the four facts of its end
    session: Session,
    job_id: int,
    owner: str,
    state: JobState,
    *,
    message: Reason,
    resume_at: datetime | None = None,
) -> bool:
    """Write the outcome; only the owner can. QUEUED puts an interrupted job back, until `resume_at`; if
    someone asked to cancel the job, it ends instead."""
    mine = (Job.id == job_id, Job.owner == owner, Job.state == JobState.RUNNING)
    if state == JobState.QUEUED:
        ended = session.execute(
            update(Job)
            .where(*mine, Job.cancel_requested.is_(True))
            .values(state=JobState.CANCELED, message=CANCELED_PAUSED, owner="", finished_at=clock.now())
        )
        if _count(ended):
            session.commit()
            return True
    done = session.execute(
        update(Job)
        .where(*mine)
        .values(
            state=state,
            message=message,
            owner="",
            resume_at=resume_at,
            pauses=Job.pauses + (1 if resume_at else 0),
            finished_at=clock.now() if state in FINAL_STATES or state == JobState.HELD else None,
        )
    )
    session.commit()
    return _count(done) == 1


def _count(result: Any) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount
