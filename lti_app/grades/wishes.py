"""What a person asks for while another job of the section runs is kept: the next job carries it out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.grades.context import LANE
from lti_app.jobs import queue
from lti_app.models import ACTIVE_STATES, GradeWish, Job, JobState
from lti_app.school.job_request import JobRequest
from lti_app.school.run_kinds import RunKind
from lti_app.store.district import District


@dataclass(frozen=True)
class Asker:
    """Who asked."""

    name: str
    uid: str = ""


@dataclass(frozen=True)
class Asked:
    """`job_id` is to be submitted, 0 where another job comes first; `follows`: the wish waits for its end."""

    job_id: int = 0
    follows: bool = False


def ask(district: District, section_id: str, request: JobRequest, asker: Asker) -> Asked:
    """Queue a job of the section, join one that waits for the same, or let the wish follow. Commits."""
    wanted = replace(request, what=RunKind.GRADES)
    asked = queue.enqueue(
        district,
        LANE,
        params=wanted,
        trigger="manual",
        asked_by=asker.name,
        asked_by_uid=asker.uid,
        lane=LANE,
        section_id=section_id,
    )
    if not asked.joined:
        job_id = asked.job.id
        district.session.commit()
        return Asked(job_id)
    if asked.job.state == JobState.QUEUED and asked.job.kind == LANE and asked.job.request == wanted:
        district.session.commit()
        return Asked()
    waiting = district.session.scalars(
        district.select(GradeWish).where(GradeWish.section_id == section_id)
    ).all()
    if not any(each.request == wanted.to_json() for each in waiting):
        district.session.add(
            GradeWish(
                installation_id=district.id,
                section_id=section_id,
                request=wanted.to_json(),
                asked_by=asker.name,
                asked_by_uid=asker.uid,
                asked_at=clock.now(),
            )
        )
    district.session.commit()
    # The job may have ended in the same moment, and no one would look again before the next tick.
    handed = hand_out(district.session, district, section_id)
    return Asked(handed[0]) if handed else Asked(follows=True)


def forget(district: District, section_id: str) -> None:
    """Drop what would follow a job that waits for an administrator and is stopped. The caller commits."""
    district.session.execute(district.delete(GradeWish).where(GradeWish.section_id == section_id))


def hand_out(session: Session, district: District | None = None, section_id: str = "") -> list[int]:
    """Queue a job for the oldest wish of each section that has none; the new jobs. Commits."""
    busy = exists().where(
        Job.installation_id == GradeWish.installation_id,
        Job.section_id == GradeWish.section_id,
        Job.lane == LANE,
        Job.state.in_(ACTIVE_STATES),
    )
    oldest = select(func.min(GradeWish.id)).group_by(GradeWish.installation_id, GradeWish.section_id)
    wanted = select(GradeWish).where(GradeWish.id.in_(oldest), ~busy)
    if district is not None:
        mine = (GradeWish.installation_id == district.id, GradeWish.section_id == section_id)
        wanted = wanted.where(*mine)
    found = []
    for wish in session.scalars(wanted.order_by(GradeWish.id)).all():
        asked = queue.enqueue(
            District(session, wish.installation_id),
            LANE,
            params=wish.request,
            trigger="manual",
            asked_by=wish.asked_by,
            asked_by_uid=wish.asked_by_uid,
            lane=LANE,
            section_id=wish.section_id,
        )
        if not asked.joined:
            found.append(asked.job)
            session.delete(wish)
    ids = [each.id for each in found]
    session.commit()
    return ids
