"""From events to jobs: those of a section merge into one queued job, or wait for the one that runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.grades.context import LANE
from lti_app.grades.rows import live as rows_live
from lti_app.grades.rows.section import NoGrades, link_of
from lti_app.jobs import queue
from lti_app.models import ACTIVE_STATES, Event, Installation, Job, JobState, LiveSection, SisConnection
from lti_app.school.job_request import JobRequest
from lti_app.school.run_kinds import RunKind
from lti_app.store.district import District

KIND, TRIGGER = "live", "live"
SETTLE = timedelta(seconds=1.5)
"""So long a section rests between two jobs: a teacher who types on and on is answered by few of them."""
SECTIONS = 200
"""So many sections are handed out at once: the longest waiting of each installation first, then the second of
each, and so on."""


def dispatch(session: Session) -> list[int]:
    """Queue a job for each section of which events wait; the ids of the new jobs. Commits."""
    heard = case((Event.body != rows_live.ASKED, Event.received_at))
    waiting = session.execute(
        select(Event.installation_id, Event.section_id, func.max(heard))
        .where(Event.state == rows_live.NEW, ~_has_job(), ~_rests())
        .group_by(Event.installation_id, Event.section_id)
        .order_by(
            func.row_number().over(partition_by=Event.installation_id, order_by=func.min(Event.id)),
            func.min(Event.id),
        )
        .limit(SECTIONS)
    ).all()
    if not waiting:
        return []
    ours = [each for each in waiting if _is_ours(District(session, each.installation_id), each.section_id)]
    paused = [each for each in ours if _is_paused(District(session, each.installation_id))]
    ours = [each for each in ours if each not in paused]
    _ignore(session, [each for each in waiting if each not in ours])
    for installation_id in {each.installation_id for each in waiting}:
        live = rows_live.live_sync(District(session, installation_id))
        moments = [at for mine, _, at in waiting if mine == installation_id and at is not None]
        moments += [live.last_event_at] if live.last_event_at else []
        live.last_event_at = max(moments, default=None)
    session.flush()  # the installation's row first, as whoever decides locks them
    for each in paused:
        rows_live.live_section(District(session, each.installation_id), each.section_id).owed = True
    session.commit()
    asked = [ask(District(session, each.installation_id), each.section_id) for each in ours]
    return [each for each in asked if each]


def waits(session: Session) -> bool:
    """Whether events wait for the job before theirs, or for their section's rest; one that an outage has
    paused is taken up by the tick."""
    paused = exists().where(
        Job.installation_id == Event.installation_id,
        Job.section_id == Event.section_id,
        Job.lane == LANE,
        Job.state == JobState.QUEUED,
        Job.resume_at > clock.now(),
    )
    waiting = select(Event.id).where(Event.state == rows_live.NEW, ~paused)
    return session.scalar(waiting.limit(1)) is not None


def _has_job() -> ColumnElement[bool]:
    return exists().where(
        Job.installation_id == Event.installation_id,
        Job.section_id == Event.section_id,
        Job.lane == LANE,
        Job.state.in_(ACTIVE_STATES),
    )


def _rests() -> ColumnElement[bool]:
    return exists().where(
        LiveSection.installation_id == Event.installation_id,
        LiveSection.section_id == Event.section_id,
        LiveSection.dealt_at > clock.now() - SETTLE,
    )


def queued(district: District) -> list[int]:
    """The live jobs of an installation that wait."""
    waiting = district.select(Job.id).where(Job.kind == KIND, Job.state == JobState.QUEUED)
    return list(district.session.scalars(waiting.order_by(Job.id)))


def ask(district: District, section_id: str, *, sweep: int = 0, whole: bool = False) -> int:
    """Queue a live job of a section; 0 when one is there that has its turn first. Commits."""
    asked = queue.enqueue(
        district,
        KIND,
        params=JobRequest(what=RunKind.GRADES, course=_title(district, section_id), sweep=sweep, whole=whole),
        trigger=TRIGGER,
        asked_by="live sync",
        lane=LANE,
        section_id=section_id,
    )
    job_id = 0 if asked.joined else asked.job.id
    district.session.commit()
    return job_id


def _is_ours(district: District, section_id: str) -> bool:
    """Whether live sync is on, and the section is one that the app syncs."""
    if not rows_live.is_on(district):
        return False
    try:
        link_of(district, section_id)
    except NoGrades:
        return False
    return True


def _is_paused(district: District) -> bool:
    """While a district is paused, its SIS refuses the gradebook, or its first score is in doubt, its sections
    owe a comparison, which the first sweep after that makes."""
    row = district.session.get(SisConnection, district.id)
    refused = row is not None and bool(row.gradebook_problem or row.grades_doubt)
    return refused or bool(district.session.get_one(Installation, district.id).paused_reason)


def _title(district: District, section_id: str) -> str:
    try:
        return link_of(district, section_id).label
    except NoGrades:
        return ""


def _ignore(session: Session, strangers: Sequence[Any]) -> None:
    for installation_id in {each.installation_id for each in strangers}:
        sections = [each.section_id for each in strangers if each.installation_id == installation_id]
        session.execute(
            update(Event)
            .where(
                Event.installation_id == installation_id,
                Event.section_id.in_(sections),
                Event.state == rows_live.NEW,
            )
            .values(state=rows_live.IGNORED)
            .execution_options(synchronize_session=False)
        )
