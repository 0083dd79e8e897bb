"""Every fault of either system, of the database and of the clock: the end is that of an undisturbed run.

Where a fault lasts, the job pauses and goes on, or fails with a reason in words, and the next sync heals it.
"""

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
from sqlalchemy.exc import OperationalError

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import JobState
from tests.support.killed_worker import OVER
from tests.support.matrix import HANDLED, PASSING, ends_as, entry, picture, to_the_end
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
    "roles": "GET /v1/roles",
    "look-up": "GET /v1/sections",
}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    with make_world(Path(tmp_path_factory.mktemp("undisturbed")), students=12) as world:
        assert world.sync().state in OVER
        return picture(world.store)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path, students=12) as made:
        yield made


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("place", SIS)
def test_a_fault_of_the_sis_that_passes(
    world: World, undisturbed: dict[str, list[Any]], place: str, fault: str
) -> None:
    world.sis_faults.add([entry(SIS[place], fault, nth=1 if place == "sign-in" else 2)])

    ends_as(world, undisturbed)


@pytest.mark.parametrize("fault", ["drop-rows", "repeat-page", "other-total", "expire-token", "expire-job"])
def test_an_answer_of_the_sis_that_breaks_in_the_middle(
    world: World, undisturbed: dict[str, list[Any]], fault: str
) -> None:
    world.sis_faults.add([entry(SIS["page"], fault, nth=3)])

    ends_as(world, undisturbed)


@pytest.mark.parametrize("fault", (*PASSING, *HANDLED))
@pytest.mark.parametrize("place", SCHOOLOGY)
def test_a_fault_of_schoology_that_passes(
    world: World, undisturbed: dict[str, list[Any]], place: str, fault: str
) -> None:
    world.schoology_faults.add([entry(SCHOOLOGY[place], fault)])

    ends_as(world, undisturbed)


@pytest.mark.parametrize("fault", ["500", "502-html", "close-before"])
def test_a_fault_of_schoology_that_lasts_pauses_the_sync(
    world: World, undisturbed: dict[str, list[Any]], fault: str
) -> None:
    world.schoology_faults.add([entry(SCHOOLOGY["enrollments"], fault, times=14)])

    said = to_the_end(world)

    assert "Paused: it goes on by itself in 5 minutes" in said[0]
    assert picture(world.store) == undisturbed


def test_answers_that_are_lost_again_and_again_make_nothing_twice(
    world: World, undisturbed: dict[str, list[Any]]
) -> None:
    """Each write happened: the look-up finds it, and the run goes on without a pause."""
    world.schoology_faults.add([entry(SCHOOLOGY["enrollments"], "close-after", times=14)])

    ends_as(world, undisturbed)


def test_rows_that_change_while_they_are_read_are_read_again(
    world: World, undisturbed: dict[str, list[Any]]
) -> None:
    world.sis_faults.add([entry(SIS["page"], "drop-rows", nth=1, times=2)])

    ends_as(world, undisturbed)


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
    world: World, undisturbed: dict[str, list[Any]], tmp_path: Path, growth: int, late: bool
) -> None:
    room = growth - 2 if late else 4
    with every_connection(world, f"PRAGMA max_page_count={pages(tmp_path) + room}"):
        job = world.sync()

    assert job.state == JobState.QUEUED
    assert bool(world.store.traffic.writes) == late
    assert "goes on by itself in a minute" in job.message
    ends_as(world, undisturbed)


def test_a_locked_database_leaves_the_job_in_the_queue(
    world: World, undisturbed: dict[str, list[Any]], tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "app.sqlite", isolation_level=None)
    with every_connection(world, "PRAGMA busy_timeout=20"):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            world.sync()
        other.execute("ROLLBACK")
    other.close()

    ends_as(world, undisturbed)


@pytest.mark.parametrize("jump", [timedelta(hours=1), -timedelta(hours=1)], ids=["forward", "back"])
def test_a_clock_that_jumps_between_two_syncs_changes_nothing(
    world: World, undisturbed: dict[str, list[Any]], jump: timedelta
) -> None:
    world.sync("users")
    with time_machine.travel(clock.now() + jump, tick=True):
        to_the_end(world)
        writes = dict(world.store.traffic.writes)
        ends_as(world, undisturbed)
    assert world.store.traffic.writes == writes
