"""What the fault matrix shares: the faults of a request, and the end that a world comes to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import time_machine
from sqlalchemy import select

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import Job, JobState
from lti_app.sandbox.schoology_store import SchoologyStore
from tests.support.killed_worker import OVER
from tests.support.world import World

PASSING = ("429", "429-retry-after", "500", "502-html", "hang", "close-before", "close-after")
HANDLED = ("502-after", "html-after")
"""The request is handled, and a proxy's page comes back."""


def picture(store: SchoologyStore) -> dict[str, list[Any]]:
    """Schoology without its own ids."""
    people = {uid: each.school_uid or each.username for uid, each in store.users.items()}
    sections = {key: each.section_school_code or each.section_title for key, each in store.sections.items()}
    return {
        "users": sorted((people[each.uid], each.name_last, each.role_id) for each in store.users.values()),
        "courses": sorted(each.course_code for each in store.courses.values()),
        "sections": sorted(sections.values()),
        "enrollments": sorted(
            (sections[e.section_id], people[e.uid], e.admin, e.status) for e in store.enrollments.values()
        ),
    }


def to_the_end(world: World) -> list[str]:
    """Sync; let pauses pass; sync again while it failed. What each attempt said."""
    said = []
    for _ in range(4):
        job = world.sync()
        said.append(job.message)
        moment = clock.now()
        while job.state == JobState.QUEUED:
            moment += timedelta(minutes=61)
            with time_machine.travel(moment, tick=True), world.app.app_context():
                world.app.extensions["runner"].run_now(job.id)
                job = db.session.scalars(select(Job).where(Job.id == job.id)).one()
                db.session.refresh(job)
                db.session.expunge(job)
            said.append(job.message)
        if job.state in OVER:
            return said
    raise AssertionError(f"it never came to an end: {said}")


def entry(route: str, fault: str, **more: Any) -> dict[str, Any]:
    timed = {"seconds": 0.2} if fault in ("hang", "429-retry-after") else {}
    return {"route": route, "fault": fault, **timed, **more}


def ends_as(world: World, wanted: dict[str, list[Any]]) -> None:
    """Every fault that was scripted struck, and the end is that of an undisturbed run."""
    to_the_end(world)
    for faults in (world.sis_faults, world.schoology_faults):
        assert [each.as_json() for each in faults.entries if each.seen < each.nth] == []
    assert picture(world.store) == wanted
