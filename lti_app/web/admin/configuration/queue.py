"""The queue of a district in words: what runs, what waits and where, what is held, what was last done."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app import clock, formats
from lti_app.jobs import order
from lti_app.models import ACTIVE_STATES, FINAL_STATES, Job, JobState
from lti_app.runs import history, words
from lti_app.runs.words.jobs import job_title
from lti_app.store.district import District
from lti_app.sync.plan import approval
from lti_app.web.shared import job_view

LAST_DONE = 3
MOST = 25


@dataclass(frozen=True)
class QueueLine:
    """One job as the list shows it. `place` is 1 for the next one and 0 for one that does not wait."""

    id: int
    title: str
    state: str
    place: int
    asked_by: str
    trigger: str
    since: str
    """How long it has waited, run, or been over."""
    estimate: str
    """How long the last one like it took; empty where there was none."""
    message: str


def lines(district: District) -> list[QueueLine]:
    """Running, then waiting in their order, then held, then the last that were done."""
    mine = Job.installation_id == district.id
    active = district.session.scalars(
        select(Job).where(mine, Job.state.in_(ACTIVE_STATES)).order_by(Job.id).limit(MOST)
    ).all()
    done = district.session.scalars(
        select(Job).where(mine, Job.state.in_(FINAL_STATES)).order_by(Job.id.desc()).limit(LAST_DONE)
    ).all()
    waiting = [district.session.get_one(Job, run.job_id) for run in approval.held_runs(district)]
    held_jobs = [job for job in waiting if job.state == JobState.HELD]
    places = {job_id: place for place, job_id in enumerate(order.queued_ids(district.session), start=1)}
    ordered = sorted(active, key=lambda job: (job.state != JobState.RUNNING, places.get(job.id, 0)))
    return [_line(district.session, job, places.get(job.id, 0)) for job in (*ordered, *held_jobs, *done)]


def _line(session: Session, job: Job, place: int) -> QueueLine:
    began = {JobState.QUEUED: job.created_at, JobState.RUNNING: job.started_at}.get(
        JobState(job.state), job.finished_at
    )
    active = job.state in ACTIVE_STATES
    took = history.last_took(District(session, job.installation_id), job) if active else None
    return QueueLine(
        id=job.id,
        title=job_title(job),
        state=job_view.state_of(job),
        place=place,
        asked_by=job.asked_by,
        trigger=words.TRIGGERS.get(job.trigger, job.trigger),
        since=formats.duration((clock.now() - began).total_seconds()) if began else "",
        estimate=formats.duration(took) if took is not None else "",
        message=words.sentence(job.message) if job.state == JobState.QUEUED else "",
    )
