"""A job as people see it: its title, its state and its lines in words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from lti_app import formats
from lti_app.jobs import order, queue
from lti_app.models import ACTIVE_STATES, Job, JobState
from lti_app.runs import history, ledger, words
from lti_app.runs.history import RunLine
from lti_app.runs.words.jobs import job_title
from lti_app.store.district import District


@dataclass(frozen=True)
class JobView:
    """A job in words."""

    id: int
    run_id: int | None
    title: str
    state: str
    active: bool
    place: int
    """Its place in the queue, 1 for the next; 0 when it does not wait."""
    phase: str
    done: int
    total: int
    percent: int | None
    """Of the phase under way; None while there is nothing to count."""
    time_left: str
    """Empty while there is nothing to estimate it by."""
    is_late: bool
    """Whether it takes longer than estimated."""
    last_took: str
    """How long the last one like it took; empty for the first, and for one that is over."""
    resumes_at: datetime | None
    """When a paused job tries again."""
    may_resume: bool
    """Whether a person may have it try again now."""
    read: dict[str, int]
    """Feed → rows read so far."""
    unanswered: str
    """Which system hasn't answered a request for long; empty for none."""
    unanswered_since: datetime | None
    message: str
    cancelling: bool
    asked_by: str
    trigger: str
    since: datetime
    finished_at: datetime | None
    took: str
    changes: str
    """How its changes ended, or what they would be."""


def current_view(district: District, first: str = "") -> JobView | None:
    """The job that is running, else the one that is queued, if any; a job of the lane `first` before all.

    A page asks for it before it reads what such a job writes: one that ends in between is still followed.
    """
    active = (queue.active_job(district, lane=each) for each in queue.WRITERS)
    jobs = [each for each in active if each is not None]
    jobs.sort(key=lambda each: (each.lane != first, each.state != JobState.RUNNING))
    return job_view(district.session, jobs[0]) if jobs and jobs[0].kind == history.PROVISION else None


def job_view(session: Session, job: Job) -> JobView:
    """The words for a job, with its place in the queue and an estimate."""
    run = ledger.latest(District(session, job.installation_id), job.id)
    left = history.seconds_left(job)
    took = (
        history.last_took(District(session, job.installation_id), job) if job.state in ACTIVE_STATES else None
    )
    return replace(
        line_view(RunLine(job, run)),
        place=order.place(session, job),
        time_left=formats.duration(left) if left else "",
        is_late=left == 0,
        last_took=formats.duration(took) if took is not None else "",
    )


def state_of(job: Job) -> str:
    """Its state as people see it."""
    return words.PAUSED if job.is_paused else job.state


def line_view(line: RunLine) -> JobView:
    """The words for a job as its rows say them."""
    job, run = line.job, line.run
    started, ended = job.started_at, job.finished_at
    is_stuck = job.state == JobState.RUNNING and job.unanswered_since is not None
    return JobView(
        id=job.id,
        run_id=run.id if run else None,
        title=job_title(job),
        state=state_of(job),
        active=job.state in ACTIVE_STATES,
        place=0,
        phase=words.phase(job.phase),
        done=job.done,
        total=job.total,
        percent=min(100, job.done * 100 // job.total) if job.total else None,
        time_left="",
        is_late=False,
        last_took="",
        resumes_at=job.resume_at if job.is_paused and not job.parked_at else None,
        may_resume=job.is_paused and not job.parked_at,
        read=dict(run.counts.get("read", {})) if run else {},
        unanswered=words.SYSTEMS.get(job.unanswered_by, "") if is_stuck else "",
        unanswered_since=job.unanswered_since if is_stuck else None,
        message=words.sentence(job.message),
        cancelling=job.cancel_requested and job.state in ACTIVE_STATES,
        asked_by=job.asked_by,
        trigger=words.TRIGGERS.get(job.trigger, job.trigger),
        since=started or job.created_at,
        finished_at=ended,
        took=formats.duration((ended - started).total_seconds()) if started and ended else "",
        changes=words.outcomes(run.counts.get("outcome", {})) if run else "",
    )
