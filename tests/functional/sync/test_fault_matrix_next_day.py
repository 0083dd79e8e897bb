"""The fault matrix of a second day, with updates and drops: the end is that of an undisturbed day."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import time_machine
from sqlalchemy import event

from lti_app import clock
from lti_app.models import JobState
from lti_app.outbound.transport import Transport
from tests.support.killed_days import a_day_passes
from tests.support.matrix import DATABASES, cells, ends_as, entry, picture, synced_world, to_the_end, url_of
from tests.support.moments import at_transaction
from tests.support.world import World, make_synced

PLACES = {"people": "PUT /v1/users", "drops": "DELETE /v1/enrollments"}
FAULTS = ("429", "500", "close-before", "close-after", "502-after", "html-after")
MIDDLE = 20
"""Of the transactions of such a day, one between the plan and the last answer."""


@cache
def undisturbed() -> dict[str, list[Any]]:
    """Schoology after a second day without any fault; each process of the tests looks once."""
    with TemporaryDirectory() as folder, make_synced(Path(folder), students=12, then=a_day_passes) as world:
        before = picture(world.store)
        to_the_end(world)
        after = picture(world.store)
    assert before["users"] != after["users"]
    assert len(after["enrollments"]) < len(before["enrollments"])
    return after


@pytest.fixture(params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with synced_world(tmp_path, url_of(request, tmp_path), a_day_passes) as made:
        yield made


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[World]:
    with make_synced(tmp_path, students=12, then=a_day_passes) as made:
        yield made


@pytest.mark.parametrize(("place", "fault"), cells(tuple(PLACES), FAULTS, gate=3))
def test_an_update_or_a_drop_that_meets_a_fault_is_made_once(world: World, place: str, fault: str) -> None:
    world.schoology_faults.add([entry(PLACES[place], fault)])

    ends_as(world, undisturbed())


@pytest.mark.parametrize("place", PLACES)
def test_a_server_that_hangs_beyond_our_patience_is_given_up_and_asked_again(
    on_sqlite: World, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Transport.__init__.__kwdefaults__, "time_out", (2.0, 0.5))
    on_sqlite.schoology_faults.add([{"route": PLACES[place], "fault": "hang", "seconds": 1}])

    ends_as(on_sqlite, undisturbed())


@pytest.mark.parametrize("jump", [timedelta(hours=1), -timedelta(hours=1)], ids=["forward", "back"])
def test_a_clock_that_jumps_in_the_middle_of_a_run_changes_nothing(on_sqlite: World, jump: timedelta) -> None:
    with (
        time_machine.travel(clock.now(), tick=True) as traveller,
        at_transaction(MIDDLE, lambda: traveller.shift(jump)) as followed,
    ):
        to_the_end(on_sqlite)

    assert followed[0] > 0
    assert picture(on_sqlite.store) == undisturbed()


def test_a_database_that_is_locked_during_a_run_delays_it_and_loses_nothing(
    on_sqlite: World, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "app.sqlite", isolation_level=None, check_same_thread=False)
    with on_sqlite.app.app_context():
        engine = on_sqlite.app.extensions["sqlalchemy"].engine
        engine.dispose()

    def impatient(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout=20")

    event.listen(engine, "connect", impatient)
    with at_transaction(MIDDLE, lambda: other.execute("BEGIN IMMEDIATE")):
        try:
            job = on_sqlite.sync()
        except Exception as error:
            assert "locked" in str(error)
        else:
            assert job.state == JobState.QUEUED
    other.execute("ROLLBACK")
    other.close()
    event.remove(engine, "connect", impatient)

    with time_machine.travel(clock.now() + timedelta(hours=1), tick=True):
        on_sqlite.app.extensions["runner"].tick()
        ends_as(on_sqlite, undisturbed())
