"""Every fault of either system, of the database and of the clock: the end is that of an undisturbed run.

Where a fault lasts, the job pauses and goes on; a night that fails where it could have paused is lost. What
does end a night is named so, with the reason. The gate plays each place and each fault, the long run
every place with every fault, on both databases.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import time_machine
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import JobState
from lti_app.runs.words import sentence
from tests.support.killed_worker import OVER
from tests.support.matrix import (
    DATABASES,
    HANDLED,
    PASSING,
    cells,
    ends_as,
    entry,
    picture,
    to_the_end,
    url_of,
)
from tests.support.world import World, make_world

pytestmark = pytest.mark.long

SIS = {
    "sign-in": "POST ^.*/session$",
    "call": "POST ^.*/calls$",
    "page": "GET ^.*/pages/",
}
SCHOOLOGY = {
    "users": "POST /v1/users",
    "courses-and-sections": "POST /v1/courses",
    "enrollments": "POST /v1/enrollments",
    "acting-user": "GET /v1/app-user-info",
    "roles": "GET /v1/roles",
    "look-up": "GET /v1/sections",
}


BROKEN = ("drop-rows", "repeat-page", "other-total", "expire-token", "expire-job")
"""What becomes of an answer of the SIS while it is read."""
LASTING_BREAKS = ("drop-rows", "expire-job", "other-total", "expire-token")
LASTING = ("500", "502-html", "hang", "close-before")
"""Faults that are never handled: where they last, the night pauses."""


@cache
def undisturbed() -> dict[str, list[Any]]:
    """Schoology after a night without any fault; each process of the tests looks once."""
    with TemporaryDirectory() as folder, make_world(Path(folder), students=12) as world:
        assert world.sync().state in OVER
        return picture(world.store)


@pytest.fixture(params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path, students=12, database_url=url_of(request, tmp_path)) as made:
        yield made


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path, students=12) as made:
        yield made


@pytest.mark.parametrize(("place", "fault"), cells(tuple(SIS), PASSING, gate=4))
def test_a_fault_of_the_sis_that_passes(world: World, place: str, fault: str) -> None:
    world.sis_faults.add([entry(SIS[place], fault, nth=1 if place == "sign-in" else 2)])

    ends_as(world, undisturbed())


@pytest.mark.parametrize("fault", BROKEN)
def test_an_answer_of_the_sis_that_breaks_in_the_middle(world: World, fault: str) -> None:
    world.sis_faults.add([entry(SIS["page"], fault, nth=3)])

    ends_as(world, undisturbed())


@pytest.mark.parametrize(("place", "fault"), cells(tuple(SIS), (*PASSING, *HANDLED)[::-1], gate=2))
def test_a_fault_of_the_sis_that_lasts_pauses_the_sync(world: World, place: str, fault: str) -> None:
    """A sign-in that may have been handled is not repeated within an attempt, so it needs fewer faults."""
    few = place == "sign-in" and not fault.startswith("429")
    world.sis_faults.add([entry(SIS[place], fault, times=5 if few else 14)])

    said = ends_as(world, undisturbed())

    assert "nothing was dropped" in said[0] and "Paused: it continues automatically in 5 minutes" in said[0]


@pytest.mark.parametrize(("place", "fault"), cells(("page",), LASTING_BREAKS, gate=2))
def test_answers_of_the_sis_that_break_again_and_again_pause_the_sync(
    world: World, place: str, fault: str
) -> None:
    world.sis_faults.add([entry(SIS[place], fault, times=14)])

    said = ends_as(world, undisturbed())

    assert "nothing was dropped" in said[0] and "Paused: it continues automatically in 5 minutes" in said[0]


@pytest.mark.parametrize(("place", "fault"), cells(tuple(SCHOOLOGY), (*PASSING, *HANDLED), gate=5))
def test_a_fault_of_schoology_that_passes(world: World, place: str, fault: str) -> None:
    world.schoology_faults.add([entry(SCHOOLOGY[place], fault)])

    ends_as(world, undisturbed())


@pytest.mark.parametrize(("place", "fault"), cells(tuple(SCHOOLOGY), LASTING, gate=2))
def test_a_fault_of_schoology_that_lasts_pauses_the_sync(world: World, place: str, fault: str) -> None:
    world.schoology_faults.add([entry(SCHOOLOGY[place], fault, times=14)])

    said = ends_as(world, undisturbed())

    assert "Paused: it continues automatically in 5 minutes" in said[0]


@pytest.mark.parametrize(
    ("place", "fault"), cells(tuple(SCHOOLOGY), ("close-after", *HANDLED, "429", "429-retry-after"), gate=2)
)
def test_answers_that_are_lost_or_put_off_again_and_again_make_nothing_twice(
    world: World, place: str, fault: str
) -> None:
    """Where a write happened the look-up finds it, and the run goes on."""
    world.schoology_faults.add([entry(SCHOOLOGY[place], fault, times=14)])

    ends_as(world, undisturbed())


def test_rows_that_change_while_they_are_read_are_read_again(on_sqlite: World) -> None:
    on_sqlite.sis_faults.add([entry(SIS["page"], "drop-rows", nth=1, times=2)])

    assert len(ends_as(on_sqlite, undisturbed())) == 1


@contextmanager
def every_connection(world: World, *statements: str) -> Iterator[None]:
    """Let each new connection of the app begin with some statements."""

    def begin(connection: Any, _record: Any) -> None:
        for each in statements:
            connection.execute(each)

    with world.app.app_context():
        engine = db.engine
        engine.dispose()
        event.listen(engine, "connect", begin)
        try:
            yield
        finally:
            event.remove(engine, "connect", begin)
            db.session.remove()
            engine.dispose()


def pages(folder: Path) -> int:
    connection = sqlite3.connect(folder / "app.sqlite")
    number: int = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.close()
    return number


@pytest.fixture(scope="module")
def growth(tmp_path_factory: pytest.TempPathFactory) -> int:
    """The pages by which the database grows in an undisturbed run."""
    folder = Path(tmp_path_factory.mktemp("growth"))
    with make_world(folder, students=12) as world:
        before = pages(folder)
        world.sync()
        return pages(folder) - before


@pytest.mark.parametrize("late", [False, True], ids=["while-reading", "while-sending"])
def test_a_full_disk_puts_the_job_back_and_it_does_the_rest_later(
    on_sqlite: World, tmp_path: Path, growth: int, late: bool
) -> None:
    room = growth - 6 if late else 4  # a few pages differ from run to run
    with every_connection(on_sqlite, f"PRAGMA max_page_count={pages(tmp_path) + room}"):
        job = on_sqlite.sync()

    assert job.state == JobState.QUEUED
    assert bool(on_sqlite.store.traffic.writes) == late
    assert "continues automatically in a minute" in sentence(job.message)
    ends_as(on_sqlite, undisturbed())


def test_a_locked_database_leaves_the_job_in_the_queue(on_sqlite: World, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "app.sqlite", isolation_level=None)
    with every_connection(on_sqlite, "PRAGMA busy_timeout=20"):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            on_sqlite.sync()
        other.execute("ROLLBACK")
    other.close()

    ends_as(on_sqlite, undisturbed())


@pytest.mark.parametrize("jump", [timedelta(hours=1), -timedelta(hours=1)], ids=["forward", "back"])
def test_a_clock_that_jumps_between_two_syncs_changes_nothing(on_sqlite: World, jump: timedelta) -> None:
    on_sqlite.sync("users")
    with time_machine.travel(clock.now() + jump, tick=True):
        to_the_end(on_sqlite)
        writes = dict(on_sqlite.store.traffic.writes)
        ends_as(on_sqlite, undisturbed())
    assert on_sqlite.store.traffic.writes == writes
