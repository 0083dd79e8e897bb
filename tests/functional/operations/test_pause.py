"""A host or a server asks for a pause while jobs are at work: nothing is sent in the meantime, and later
nothing is missing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from lti_app.extensions import db
from lti_app.models import Job, JobState
from lti_app.runs.words import sentence
from lti_app.school.reasons import encoded, other
from tests.support.gradebook import Class, make_class
from tests.support.killed_worker import OVER
from tests.support.matrix import entry, picture
from tests.support.moments import once
from tests.support.world import DAY, World

REASON = "Paused by the host."


def set_reason(folder: Path, reason: str) -> None:
    """As another process does."""
    with sqlite3.connect(folder / "app.sqlite") as connection:
        connection.execute("UPDATE installation SET paused_reason = ?", (encoded(other(reason).to_json()),))
    connection.close()


def test_a_sync_that_is_paused_in_the_middle_goes_on_once_it_may(world: World, tmp_path: Path) -> None:
    store = world.store
    by_hand = set(store.enrollments)
    with once(
        lambda: store.traffic.writes.get("user", 0) > 0, lambda: set_reason(tmp_path, REASON)
    ) as followed:
        job = world.sync()

    assert followed[0] > 0
    assert "because syncing was paused" in sentence(job.message)
    assert set(store.enrollments) == by_hand
    before = picture(world.store)
    assert world.sync().state == JobState.FAILED
    assert picture(world.store) == before

    set_reason(tmp_path, "")
    assert world.sync().state in OVER
    assert set(store.enrollments) > by_hand
    writes = dict(store.traffic.writes)
    assert world.sync().state in OVER
    assert store.traffic.writes == writes


@pytest.mark.parametrize("asking", ["schoology", "sis"])
def test_a_server_that_asks_for_half_an_hour_is_left_alone_for_half_an_hour(
    world: World, asking: str
) -> None:
    route = "POST /v1/users" if asking == "schoology" else "POST ^.*/calls$"
    asked = entry(route, "429-retry-after", nth=2) | {"seconds": 1800}
    (world.schoology_faults if asking == "schoology" else world.sis_faults).add([asked])
    job = world.sync()
    assert job.state == JobState.QUEUED
    assert "Paused: it continues automatically in 30 minutes." in sentence(job.message)
    world.store.traffic.reset()

    assert not ran_after(world, job.id, minutes=29)
    assert not world.store.traffic.requests
    assert ran_after(world, job.id, minutes=31)
    assert world.store.traffic.writes["user"] > 0
    world.store.traffic.reset()
    assert world.sync().state in OVER
    assert world.store.traffic.writes == {}


def ran_after(world: World, job_id: int, *, minutes: int) -> bool:
    """What the scheduler does so long after the scene began; whether the job was run to its end."""
    with time_machine.travel(DAY + timedelta(minutes=minutes), tick=True), world.app.app_context():
        world.app.extensions["runner"].run_now(job_id)
        db.session.expire_all()
        return db.session.get_one(Job, job_id).state in OVER


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path) as made:
        yield made


def test_a_sync_of_grades_that_is_paused_between_two_items_sends_no_more(room: Class, tmp_path: Path) -> None:
    items = [room.item(f"Quiz {number}") for number in range(6)]
    for item in items:
        room.grade(item)
    room.sync()
    sent = len(room.assignments())
    assert sent == len(items)
    for number, item in enumerate(items):
        room.grade(item, score=5 + number / 2)

    puts = room.watch("PUT ^.*/scores$")
    with once(lambda: puts() > 1, lambda: set_reason(tmp_path, REASON)) as followed:
        job = room.sync()

    assert followed[0] > 0
    assert job.state == JobState.FAILED
    assert "paused for your district" in sentence(job.message)
    assert 0 < sum(float(room.score(item) or 0) != 8 for item in items) < len(items)

    set_reason(tmp_path, "")
    assert room.sync().state == JobState.DONE
    assert [float(room.score(item) or 0) for item in items] == [5 + number / 2 for number in range(6)]
