"""How often and how long a job waits while a system does not answer, and what it says when it gives up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import Job, JobState
from lti_app.runs.words import sentence
from tests.support.gradebook import make_class
from tests.support.killed_worker import OVER
from tests.support.matrix import to_the_end
from tests.support.world import World, make_synced

SIGN_IN = "POST ^.*/session$"
OF_A_SYNC = [5, 10, 20, 40, 60, 60]
OF_GRADES = [1, 2, 4, 8, 16, 32]
A_DAY = 24 * 60
THREE_DAYS = 3 * 24 * 3600


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_synced(tmp_path, students=12) as made:
        yield made


def down(world: World, route: str = SIGN_IN, fault: str = "500", **more: Any) -> None:
    """From now on this fails each time."""
    faults = world.schoology_faults if "/v1/" in route else world.sis_faults
    faults.add([{"route": route, "fault": fault, "times": 10_000, **more}])


def up(world: World) -> None:
    world.sis_faults.clear()
    world.schoology_faults.clear()


def row(world: World, job_id: int) -> Job:
    with world.app.app_context():
        job = db.session.get_one(Job, job_id)
        db.session.refresh(job)
        db.session.expunge(job)
        return job


def run_when_due(world: World, job: Job) -> Job:
    """Let the moment come that the job waits for; a second before it no one gets it."""
    assert job.resume_at is not None
    runner = world.app.extensions["runner"]
    with time_machine.travel(job.resume_at - timedelta(seconds=1), tick=False):
        assert not runner.run_now(job.id)
    with time_machine.travel(job.resume_at, tick=False):
        assert runner.run_now(job.id)
        return row(world, job.id)


def pauses(world: World, job: Job) -> tuple[list[int], Job]:
    """The minutes of each pause, and the job at its end."""
    found, began = [], clock.now()
    while job.state == JobState.QUEUED:
        assert job.resume_at is not None
        minutes = round((job.resume_at - began) / timedelta(minutes=1))
        assert f"{minutes} minutes" in sentence(job.message) or (
            minutes == 1 and "in 1 minute" in sentence(job.message)
        )
        found.append(minutes)
        began = job.resume_at
        job = run_when_due(world, job)
        assert len(found) < 20
    return found, job


@pytest.mark.parametrize("route", [SIGN_IN, "GET ^/v1/app-user-info"], ids=["sis", "schoology"])
def test_a_sync_waits_six_times_in_three_hours_then_leaves_it_to_the_next(world: World, route: str) -> None:
    down(world, route)

    waited, job = pauses(world, world.sync())

    assert waited == OF_A_SYNC
    assert job.state == JobState.FAILED
    assert "The next sync does the rest." in sentence(job.message)
    up(world)
    to_the_end(world)


def test_grades_wait_six_times_for_an_hour_in_all_and_then_say_so(tmp_path: Path) -> None:
    with make_class(tmp_path) as room:
        room.grade(room.item())
        down(room.world)

        waited, job = pauses(room.world, room.sync())

        assert waited == OF_GRADES
        assert job.state == JobState.FAILED
        assert (
            sentence(job.message)
            == "The SIS isn’t answering right now. The app tried for an hour. Sync again later."
        )
        up(room.world)
        assert room.sync().state == JobState.DONE


@pytest.mark.parametrize("of", ["sync", "grades"])
def test_a_server_that_asks_for_three_days_is_asked_again_after_one(tmp_path: Path, of: str) -> None:
    with make_class(tmp_path, students=12) as room:
        room.grade(room.item())
        down(room.world, fault="429-retry-after", seconds=THREE_DAYS)
        began = clock.now()

        job = room.sync() if of == "grades" else room.world.sync()

        assert job.state == JobState.QUEUED and job.resume_at is not None
        assert round((job.resume_at - began) / timedelta(minutes=1)) == A_DAY
        assert "in 24 hours" in sentence(job.message)


def test_a_server_that_asks_for_less_than_a_pause_gets_the_pause(world: World) -> None:
    down(world, "POST ^.*/calls$", "429-retry-after", seconds=45)
    began = clock.now()

    job = world.sync()

    assert job.resume_at is not None
    assert round((job.resume_at - began) / timedelta(minutes=1)) == OF_A_SYNC[0]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"plan_only": True}, "The next sync does the rest."),
        ({"what": "one", "only": {"kind": "user", "sis_id": "student:100001"}}, "Try again in a few minutes"),
    ],
    ids=["preview", "one record"],
)
def test_what_a_person_waits_for_says_at_once_that_no_one_answers(
    world: World, params: dict[str, Any], words: str
) -> None:
    down(world)

    job = world.sync(**params)

    assert job.state == JobState.FAILED
    assert words in sentence(job.message)


@pytest.mark.parametrize("of", ["sync", "grades"])
def test_another_page_in_place_of_the_sis_is_an_outage_once_it_had_worked(tmp_path: Path, of: str) -> None:
    with make_class(tmp_path, students=12) as room:
        item = room.item()
        room.grade(item)
        down(room.world, fault="html-after")

        job = room.sync() if of == "grades" else room.world.sync()

        assert job.state == JobState.QUEUED
        up(room.world)
        assert run_when_due(room.world, job).state in OVER
        assert room.score(item) == (8 if of == "grades" else None)
