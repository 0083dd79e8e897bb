"""The fault matrix of a second day, with updates and drops: the end is that of an undisturbed day."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import event

from lti_app import clock
from lti_app.models import JobState
from lti_app.outbound.transport import Transport
from tests.support.killed_days import a_day_passes
from tests.support.matrix import ends_as, entry, picture, to_the_end
from tests.support.moments import at_transaction
from tests.support.world import World, make_synced

PLACES = {"people": "PUT /v1/users", "drops": "DELETE /v1/enrollments"}
FAULTS = ("429", "500", "close-before", "close-after", "502-after", "html-after")
MIDDLE = 20
"""Of the transactions of such a day, one between the plan and the last answer."""


@contextmanager
def second_day(folder: Path) -> Iterator[World]:
    with make_synced(folder, students=12, then=a_day_passes) as world:
        yield world


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    with second_day(tmp_path_factory.mktemp("undisturbed")) as world:
        before = picture(world.store)
        to_the_end(world)
        after = picture(world.store)
        assert before["users"] != after["users"]
        assert len(after["enrollments"]) < len(before["enrollments"])
        return after


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with second_day(tmp_path) as made:
        yield made


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("place", PLACES)
def test_an_update_or_a_drop_that_meets_a_fault_is_made_once(
    world: World, undisturbed: dict[str, list[Any]], place: str, fault: str
) -> None:
    world.schoology_faults.add([entry(PLACES[place], fault)])

    ends_as(world, undisturbed)


@pytest.mark.parametrize("place", PLACES)
def test_a_server_that_hangs_beyond_our_patience_is_given_up_and_asked_again(
    world: World, undisturbed: dict[str, list[Any]], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Transport.__init__.__kwdefaults__, "time_out", (2.0, 0.5))
    world.schoology_faults.add([{"route": PLACES[place], "fault": "hang", "seconds": 1}])

    ends_as(world, undisturbed)


@pytest.mark.parametrize("jump", [timedelta(hours=1), -timedelta(hours=1)], ids=["forward", "back"])
def test_a_clock_that_jumps_in_the_middle_of_a_run_changes_nothing(
    world: World, undisturbed: dict[str, list[Any]], jump: timedelta
) -> None:
    with (
        time_machine.travel(clock.now(), tick=True) as traveller,
        at_transaction(MIDDLE, lambda: traveller.shift(jump)) as followed,
    ):
        to_the_end(world)

    assert followed[0] > 0
    assert picture(world.store) == undisturbed


def test_a_database_that_is_locked_in_the_middle_of_a_run_holds_it_up_and_loses_nothing(
    world: World, undisturbed: dict[str, list[Any]], tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "app.sqlite", isolation_level=None, check_same_thread=False)
    with world.app.app_context():
        engine = world.app.extensions["sqlalchemy"].engine
        engine.dispose()

    def impatient(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout=20")

    event.listen(engine, "connect", impatient)
    with at_transaction(MIDDLE, lambda: other.execute("BEGIN IMMEDIATE")):
        try:
            job = world.sync()
        except Exception as error:
            assert "locked" in str(error)
        else:
            assert job.state == JobState.QUEUED
    other.execute("ROLLBACK")
    other.close()
    event.remove(engine, "connect", impatient)

    with time_machine.travel(clock.now() + timedelta(hours=1), tick=True):
        world.app.extensions["runner"].tick()
        ends_as(world, undisturbed)
