"""Sync options, and the queue that follows them: once, at the right time, whatever restarts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select, update

from lti_app import create_app
from lti_app.extensions import db
from lti_app.models import Audit, Job, LaunchSession, SyncOptions
from tests.functional.admin_pages import Pages, launch_acting_user
from tests.support.world import World, make_world

MONDAY = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
"""Monday 2pm in New York."""
WEDNESDAY = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
"""Wednesday 12am there."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path, students=12, public_url="http://localhost") as made:
        yield made


@pytest.fixture
def pages(world: World) -> Pages:
    return launch_acting_user(world.app)


@contextmanager
def at(world: World, moment: datetime) -> Iterator[None]:
    """Be at another moment, with the person's launch as fresh as it was."""
    with time_machine.travel(moment, tick=True), world.app.app_context():
        db.session.execute(
            update(LaunchSession).values(seen_at=moment, expires_at=moment + timedelta(hours=8))
        )
        db.session.commit()
        db.session.remove()
        yield


def save(pages: Pages, **fields: str) -> str:
    return pages.words("/admin/configuration/timing", mode="scheduled", window="0", **fields)


def due(world: World) -> datetime | None:
    with world.app.app_context():
        return db.session.get_one(SyncOptions, 1).next_due_at


def jobs(world: World) -> list[tuple[str, str]]:
    with world.app.app_context():
        return [(each.trigger, each.state) for each in db.session.scalars(select(Job).order_by(Job.id))]


def test_a_manual_sync_on_monday_afternoon_puts_the_next_one_on_wednesday(world: World, pages: Pages) -> None:
    with at(world, MONDAY):
        save(pages)
        pages.press("/admin/users/sync", what="users")
        shown = pages.words("/admin/configuration")

    assert due(world) == WEDNESDAY
    assert "Wednesday 25 November, 12am: 24 hours after the manual sync of Monday 2pm" in shown
    assert "then the next 12am–3am window" in shown
    assert "America/New York" in shown


@pytest.mark.parametrize("what", ["preview", "one", "drift", "undo"])
def test_previews_single_records_checks_and_undo_leave_the_wait_alone(
    world: World, pages: Pages, what: str
) -> None:
    with at(world, MONDAY):
        save(pages)
        before = due(world)
    with at(world, MONDAY + timedelta(hours=5)):
        if what == "preview":
            pages.press("/admin/users/sync", plan_only="yes")
        elif what == "one":
            pages.press("/admin/why/sync", kind="user", sis_id="student:1", expect=404)
        elif what == "drift":
            pages.press("/admin/logs/drift")
        else:
            pages.press("/admin/logs/undo", job=1, confirm="yes", expect=404)

    assert due(world) == before


def test_the_due_sync_is_queued_once_and_the_next_is_a_day_later(world: World, pages: Pages) -> None:
    with at(world, MONDAY):
        save(pages)
    with at(world, WEDNESDAY - timedelta(minutes=1)):
        world.app.extensions["runner"].tick()
        assert jobs(world) == []
    with at(world, WEDNESDAY + timedelta(seconds=20)):
        world.app.extensions["runner"].tick()
        world.app.extensions["runner"].tick()

    assert jobs(world) == [("scheduled", "queued")]
    assert due(world) == WEDNESDAY + timedelta(days=1)


def test_two_processes_on_one_database_queue_once(world: World, pages: Pages) -> None:
    with at(world, MONDAY):
        save(pages)
    other = create_app(world.app.extensions["wiring"].settings)
    with at(world, WEDNESDAY + timedelta(seconds=20)):
        for app in (world.app, other, world.app):
            app.extensions["runner"].tick()
    with other.app_context():
        db.engine.dispose()

    assert jobs(world) == [("scheduled", "queued")]


def test_a_day_that_was_missed_is_made_up_for_on_return(world: World, pages: Pages) -> None:
    with at(world, MONDAY):
        save(pages)
    with at(world, WEDNESDAY + timedelta(hours=9)):
        world.app.extensions["runner"].tick()

    assert jobs(world) == [("scheduled", "queued")]


def test_a_missed_window_is_skipped_when_the_next_is_near(world: World, pages: Pages) -> None:
    with at(world, MONDAY):
        save(pages)
    with at(world, WEDNESDAY + timedelta(hours=20)):
        world.app.extensions["runner"].tick()

    assert jobs(world) == []
    assert due(world) == WEDNESDAY + timedelta(days=1)


def test_manual_means_never(world: World, pages: Pages) -> None:
    with at(world, MONDAY):
        save(pages)
        pages.press("/admin/configuration/timing", mode="manual", window="0")
    for days in range(1, 4):
        with at(world, WEDNESDAY + timedelta(days=days)):
            world.app.extensions["runner"].tick()

    assert jobs(world) == []
    assert "No sync is scheduled" in pages.words("/admin/configuration")


def test_another_window_begins_the_wait_anew_and_saving_the_same_does_not(world: World, pages: Pages) -> None:
    with at(world, MONDAY):
        save(pages)
    with at(world, MONDAY + timedelta(hours=11)):
        save(pages)
        assert due(world) == WEDNESDAY
        pages.press("/admin/configuration/timing", mode="scheduled", window="3")

    assert due(world) == WEDNESDAY + timedelta(hours=3)


def test_live_sync_warns_of_deletions_and_is_turned_on_only_after_a_look(world: World, pages: Pages) -> None:
    shown = pages.words("/admin/configuration")
    assert "deleted in Schoology is then also deleted in the SIS" in shown

    with at(world, MONDAY):
        said = pages.words("/admin/configuration/timing", mode="scheduled", window="0", live_grades="y")
        assert "Live sync is not on yet" in said
        assert "has to look at every course first" in pages.words("/admin/live/on")
        pages.press("/admin/live/look")
        run_queued(world, pages)
        assert "Live sync is on" in pages.words("/admin/live/on")
        assert "Live sync is off" in pages.words("/admin/configuration/timing", mode="scheduled", window="0")

    with world.app.app_context():
        lines = [(each.what, each.old, each.new) for each in db.session.scalars(select(Audit))]
    assert ("Live Sync Schoology Grades", "off", "on") in lines
    assert ("Live Sync Schoology Grades", "on", "off") in lines
    assert ("Sync mode", "manual", "scheduled") in lines


def run_queued(world: World, pages: Pages) -> None:
    with world.app.app_context():
        waiting = [each.id for each in db.session.scalars(select(Job).where(Job.state == "queued"))]
    for each in waiting:
        pages.run_job(each)


def test_another_time_zone_keeps_the_day_and_the_hour_there(world: World, pages: Pages) -> None:
    with at(world, MONDAY):
        save(pages)
        pages.press("/admin/configuration/time-zone", time_zone="America/Los_Angeles")

    assert due(world) == WEDNESDAY + timedelta(hours=3)


@pytest.mark.parametrize("fields", [{"mode": "hourly"}, {"window": "1"}, {"window": "x"}])
def test_other_values_are_refused(world: World, pages: Pages, fields: dict[str, str]) -> None:
    said = pages.words("/admin/configuration/timing", **{"mode": "scheduled", "window": "0", **fields})

    assert "Nothing was saved" in said
    assert due(world) is None
