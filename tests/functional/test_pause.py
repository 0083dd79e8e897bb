"""A host pauses a district while its jobs are at work: nothing more is sent, and later nothing is missing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from lti_app.models import JobState
from tests.support.butcher import OVER
from tests.support.gradebook import Class, make_class
from tests.support.matrix import picture
from tests.support.moments import once
from tests.support.world import World

REASON = "Paused by the host."


def set_reason(folder: Path, reason: str) -> None:
    """As another process does."""
    with sqlite3.connect(folder / "app.sqlite") as connection:
        connection.execute("UPDATE installation SET paused_reason = ?", (reason,))
    connection.close()


def test_a_sync_that_is_paused_in_the_middle_goes_on_once_it_may(world: World, tmp_path: Path) -> None:
    store = world.store
    by_hand = set(store.enrollments)
    with once(
        lambda: store.traffic.writes.get("user", 0) > 0, lambda: set_reason(tmp_path, REASON)
    ) as followed:
        job = world.sync()

    assert followed[0] > 0
    assert "because syncing was paused" in job.message
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
    assert "paused for your district" in job.message
    assert 0 < sum(float(room.score(item) or 0) != 8 for item in items) < len(items)

    set_reason(tmp_path, "")
    assert room.sync().state == JobState.DONE
    assert [float(room.score(item) or 0) for item in items] == [5 + number / 2 for number in range(6)]
