"""What the fault matrix shares: the faults of a request, and the end that a world comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import Job, JobState
from lti_app.runs.words import sentence
from lti_app.sandbox.schoology.store import SchoologyStore
from tests.support.killed_worker import OVER
from tests.support.world import World, make_synced, make_world

PASSING = ("429", "429-retry-after", "500", "502-html", "hang", "close-before", "close-after")
HANDLED = ("502-after", "html-after")
"""The request is handled, and a proxy's page comes back."""
LONGEST_NIGHT = 9
"""More attempts than any job has."""
DATABASES = ("sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.long_run]))
"""The gate plays a matrix on SQLite; the long run on both."""


def cells(places: Sequence[str], faults: Sequence[str], *, gate: int = 0) -> list[Any]:
    """Every place with every fault. The gate plays so many, or each of both at least once."""
    most = gate or max(len(places), len(faults))
    chosen = {(places[number % len(places)], faults[number % len(faults)]) for number in range(most)}
    return [
        pytest.param(*each, marks=() if each in chosen else pytest.mark.long_run)
        for each in ((place, fault) for place in places for fault in faults)
    ]


def url_of(request: pytest.FixtureRequest, folder: Path) -> str:
    """The address of the database that a fixture's parameter names."""
    if request.param == "sqlite":
        return f"sqlite:///{folder / 'app.sqlite'}"
    address = str(request.getfixturevalue("postgres_url"))
    return address.replace("postgresql://", "postgresql+psycopg://")


@contextmanager
def synced_world(folder: Path, url: str, then: Callable[[World], Any]) -> Iterator[World]:
    """Twelve students after their first sync and what happened `then`; on SQLite a copy of one that was made
    before."""
    if url.startswith("sqlite"):
        with make_synced(folder, students=12, then=then) as world:
            yield world
        return
    with make_world(folder, students=12, database_url=url) as world:
        assert world.sync().state in OVER
        then(world)
        yield world


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
    """One night: sync, and let its pauses pass. What each attempt said.

    A night that fails is lost, whatever the next one does.
    """
    said, job = night(world)
    assert job.state in OVER, f"the night was lost: {said}"
    return said


def night(world: World) -> tuple[list[str], Job]:
    """A sync and what it said at each attempt, and the job as it ended."""
    job = world.sync()
    said, moment = [sentence(job.message)], clock.now()
    while job.state == JobState.QUEUED:
        moment += timedelta(minutes=61)
        with time_machine.travel(moment, tick=True), world.app.app_context():
            world.app.extensions["runner"].run_now(job.id)
            job = db.session.scalars(select(Job).where(Job.id == job.id)).one()
            db.session.refresh(job)
            db.session.expunge(job)
        said.append(sentence(job.message))
        assert len(said) < LONGEST_NIGHT, f"it never came to an end: {said}"
    return said, job


def entry(route: str, fault: str, **more: Any) -> dict[str, Any]:
    timed = {"seconds": 0.2} if fault in ("hang", "429-retry-after") else {}
    return {"route": route, "fault": fault, **timed, **more}


def ends_as(world: World, wanted: dict[str, list[Any]]) -> list[str]:
    """Every fault that was scripted struck, and the end of the night is that of an undisturbed one. What each
    attempt said."""
    said = to_the_end(world)
    for faults in (world.sis_faults, world.schoology_faults):
        assert [each.as_json() for each in faults.entries if each.seen < each.nth] == []
    assert picture(world.store) == wanted
    return said
