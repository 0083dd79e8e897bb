"""From events to jobs: those of a section merge into one queued job, or wait for the one that runs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.grades.context import NoGrades, link_of
from lti_app.grades.live import rows
from lti_app.grades.view import LANE
from lti_app.jobs import queue
from lti_app.models import Event, Installation, Job, JobState

KIND, TRIGGER = "live", "live"
SECTIONS = 200
"""So many sections are handed out at once, those whose events wait longest first."""


def dispatch(session: Session) -> list[int]:
    """Queue a job for each section of which events wait; the ids of the new jobs. Commits."""
    waiting = session.execute(
        select(Event.installation_id, Event.section_id, func.max(Event.received_at))
        .where(Event.state == rows.NEW)
        .group_by(Event.installation_id, Event.section_id)
        .order_by(func.min(Event.id))
        .limit(SECTIONS)
    ).all()
    found = [_hand_out(session, *each) for each in waiting]
    return [each for each in found if each]


def after_job(session: Session, installation_id: int, section_id: str) -> list[int]:
    """The same for one section whose job is over: events may have come while it ran. Commits."""
    if not rows.waits(session, installation_id, section_id):
        return []
    found = _hand_out(session, installation_id, section_id, clock.now())
    return [found] if found else []


def _hand_out(session: Session, installation_id: int, section_id: str, at: datetime) -> int:
    live = rows.live_sync(session, installation_id)
    live.last_event_at = max(at, live.last_event_at or at)
    if not rows.is_on(session, installation_id) or not _is_linked(session, installation_id, section_id):
        _ignore(session, installation_id, section_id)
        session.commit()
        return 0
    return ask(session, installation_id, section_id)


def queued(session: Session, installation_id: int) -> list[int]:
    """The live jobs of an installation that wait."""
    waiting = select(Job.id).where(
        Job.installation_id == installation_id, Job.kind == KIND, Job.state == JobState.QUEUED
    )
    return list(session.scalars(waiting.order_by(Job.id)))


def ask(session: Session, installation_id: int, section_id: str, **params: object) -> int:
    """Queue a live job of a section; 0 when one is there that has its turn first. Commits."""
    asked = queue.enqueue(
        session,
        installation_id,
        KIND,
        params={"what": "grades", "course": _title(session, installation_id, section_id), **params},
        trigger=TRIGGER,
        asked_by="live sync",
        lane=LANE,
        section_id=section_id,
    )
    job_id = 0 if asked.joined else asked.job.id
    session.commit()
    return job_id


def _is_linked(session: Session, installation_id: int, section_id: str) -> bool:
    try:
        link_of(session, installation_id, section_id)
    except NoGrades:
        return False
    return not session.get_one(Installation, installation_id).paused_reason


def _title(session: Session, installation_id: int, section_id: str) -> str:
    try:
        return link_of(session, installation_id, section_id).label
    except NoGrades:
        return ""


def _ignore(session: Session, installation_id: int, section_id: str) -> None:
    session.execute(
        update(Event)
        .where(
            Event.installation_id == installation_id,
            Event.section_id == section_id,
            Event.state == rows.NEW,
        )
        .values(state=rows.IGNORED)
        .execution_options(synchronize_session=False)
    )
