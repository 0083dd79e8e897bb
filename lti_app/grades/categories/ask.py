"""Ask for a job on categories: one at a time works on a section, so that none is made twice."""

from __future__ import annotations

from collections.abc import Iterable

from lti_app.grades.context import LOOK_LANE
from lti_app.grades.rows import live
from lti_app.jobs import queue
from lti_app.models import ACTIVE_STATES, Job
from lti_app.runs.history import CATEGORIES
from lti_app.school.job_request import JobRequest
from lti_app.school.run_kinds import RunKind
from lti_app.store.district import District

MOST_LOOKS = 20
"""After a job on more sections than that, each page reads its gradebooks when it is opened."""


def is_busy(district: District, sections: Iterable[str]) -> bool:
    """Whether another job works on one of these sections. No one else asks until the transaction ends."""
    live.lock(district)
    active = district.select(Job).where(Job.kind == CATEGORIES, Job.state.in_(ACTIVE_STATES))
    wanted = set(sections)
    return any(not wanted.isdisjoint(each.request.sections) for each in district.session.scalars(active))


def looks_after(district: District, job: Job) -> list[int]:
    """Read the gradebooks again that a job has changed; the new jobs. Commits."""
    sections = job.request.sections
    if job.kind != CATEGORIES or job.request.plan_only or len(sections) > MOST_LOOKS:
        return []
    asked = [
        queue.enqueue(
            district,
            LOOK_LANE,
            params=JobRequest(what=RunKind.GRADES),
            trigger=job.trigger,
            asked_by=job.asked_by,
            lane=LOOK_LANE,
            section_id=each,
        )
        for each in sections
    ]
    found = [each.job.id for each in asked if not each.joined]
    district.session.commit()
    return found
