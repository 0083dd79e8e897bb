"""Grades and live sync at a glance: courses set up, items that fail, teachers who wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import distinct, func

from lti_app.grades.course import coverage
from lti_app.grades.rows import live as rows_live
from lti_app.grades.rows.items import ERROR
from lti_app.models import ItemState, Job, JobState
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.store.district import District


@dataclass(frozen=True)
class Grades:
    """`courses` counts linked sections, `ready` those whose categories are matched; `waiting` teachers' syncs
    that an administrator has to free."""

    courses: int
    ready: int
    failing: int
    failing_courses: int
    waiting: int
    live: bool
    confirmed: bool
    last_event_at: datetime | None


def grades(district: District) -> Grades:
    """What is known of all courses, without asking either system."""
    courses = links.counts.in_use(district, Kind.SECTION)
    failing, failing_courses = district.session.execute(
        district.select(func.count(ItemState.id), func.count(distinct(ItemState.section_id))).where(
            ItemState.status == ERROR
        )
    ).one()
    waiting = district.session.scalar(
        district.select(func.count(Job.id)).where(Job.parked_at.is_not(None), Job.state == JobState.QUEUED)
    )
    row = rows_live.shown(district)
    return Grades(
        courses=courses,
        ready=min(courses, coverage.configured(district)),
        failing=failing,
        failing_courses=failing_courses,
        waiting=waiting or 0,
        live=rows_live.is_on(district),
        confirmed=bool(row.confirmed),
        last_event_at=row.last_event_at,
    )
