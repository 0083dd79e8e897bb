"""Sync options, and the queue that follows them: once, at the right time, whatever restarts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select, text, update

from lti_app.extensions import db
from lti_app.models import ActingUser, Audit, Installation, Job, JobState, LaunchSession, Link, SyncOptions
from lti_app.school.reasons import other
from tests.support.admin_pages import Pages, launch_acting_user
from tests.support.apps import app_over
from tests.support.gradebook import class_in
from tests.support.world import World, make_world

MONDAY = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
"""Monday, 2:00 PM in New York."""
WEDNESDAY = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
"""Wednesday, 12:00 AM there."""


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
    assert (
        "Next sync: Nov 25, 2026, 12:00 AM EST (the first 12:00–3:00 AM window at least 24 hours after"
        in shown
    )
    assert "after the manual sync on Nov 23, 2026, 2:00 PM EST)." in shown
    assert "America/New York" in shown


def run_queued(world: World) -> None:
    runner = world.app.extensions["runner"]
    with world.app.app_context():
        waiting = db.session.scalars(select(Job.id).where(Job.state == JobState.QUEUED)).all()
    for job_id in waiting:
        assert runner.run_now(job_id)


def newest(world: World) -> Job:
    with world.app.app_context():
        job = db.session.scalars(select(Job).order_by(Job.id.desc())).first()
        db.session.expunge(job)
        assert job is not None
        return job


def test_previews_single_records_checks_undo_and_grades_leave_the_wait_alone(
    world: World, pages: Pages
) -> None:
    first = world.sync()
    with world.app.app_context():
        student = db.session.scalars(select(Link.sis_id).where(Link.kind == "user")).first()
    with at(world, MONDAY):
        save(pages)
        before = due(world)
    asked = {
        "preview": lambda: pages.press("/admin/users/sync", plan_only="yes"),
        "one": lambda: pages.press("/admin/why/sync", kind="user", sis_id=student),
        "drift": lambda: pages.press("/admin/logs/drift"),
        "undo": lambda: pages.press("/admin/logs/undo", job=first.id, confirm="yes"),
        "grades": lambda: class_in(world).sync(),
    }
    for hours, (name, press) in enumerate(asked.items(), start=1):
        with at(world, MONDAY + timedelta(hours=hours)):
            number = len(jobs(world))
            press()
            run_queued(world)
            assert len(jobs(world)) == number + 1, f"{name} was not queued"
            assert newest(world).params.get("what") in (name, "users"), name
            assert due(world) == before, name


@pytest.mark.parametrize("how", ["users", "courses", "sections", "all", "cli"])
def test_every_manual_sync_begins_the_wait_again(world: World, pages: Pages, how: str) -> None:
    with at(world, MONDAY - timedelta(hours=5)):
        save(pages)
    with at(world, MONDAY + timedelta(hours=11)):
        if how == "cli":
            runner = world.app.test_cli_runner()
            assert (
                runner.invoke(args=["sync", "run", "--installation", "1", "--what", "users"]).exit_code == 0
            )
        else:
            tab = "users" if how == "all" else how
            pages.press(f"/admin/{tab}/sync", what=how, alone="yes")
        shown = pages.words("/admin/configuration")

    assert due(world) == WEDNESDAY + timedelta(days=1)
    assert "24 hours after the manual sync on Nov 24, 2026, 1:00 AM EST" in shown


def test_a_daily_sync_in_the_queue_does_not_run_once_syncs_are_by_hand(world: World, pages: Pages) -> None:
    with at(world, MONDAY):
        save(pages)
    with at(world, WEDNESDAY + timedelta(seconds=30)):
        world.app.extensions["runner"].tick()
        assert jobs(world) == [("scheduled", "queued")]

        pages.words("/admin/configuration/timing", mode="manual", window="0")
        run_queued(world)

    assert jobs(world) == [("scheduled", "cancelled")]


def test_a_sync_that_someone_asked_for_still_runs_once_syncs_are_by_hand(world: World, pages: Pages) -> None:
    with at(world, MONDAY):
        save(pages)
        pages.press("/admin/users/sync", what="users")

        pages.words("/admin/configuration/timing", mode="manual", window="0")
        run_queued(world)

    assert [trigger for trigger, _ in jobs(world)] == ["manual"]
    assert jobs(world)[0][1] != "cancelled"


def test_a_sync_that_is_due_is_queued_after_the_job_that_is_there(world: World, pages: Pages) -> None:
    with at(world, MONDAY):
        save(pages)
    with at(world, WEDNESDAY - timedelta(minutes=1)):
        pages.press("/admin/users/sync", plan_only="yes")
    with at(world, WEDNESDAY + timedelta(seconds=30)):
        world.app.extensions["runner"].tick()
        assert due(world) == WEDNESDAY
        said = pages.words("/admin/configuration")
        assert (
            "The sync scheduled for Nov 25, 2026, 12:00 AM EST is due. Waiting: another job for this" in said
        )
        assert "The app keeps trying until Nov 25, 2026, 6:00 PM EST." in said
        run_queued(world)
        world.app.extensions["runner"].tick()

    assert jobs(world) == [("manual", "done"), ("scheduled", "queued")]
    assert due(world) == WEDNESDAY + timedelta(days=1)
    assert "daily in the 12:00–3:00 AM window" in pages.words("/admin/configuration")


def test_a_district_that_is_not_ready_is_tried_until_the_day_is_over(world: World, pages: Pages) -> None:
    tick = world.app.extensions["runner"].tick
    with at(world, MONDAY):
        save(pages)
    pause(world, "Syncs are paused by the people who host this app.")
    with at(world, MONDAY):
        assert "It can’t start right now" in pages.words("/admin/configuration")
    with at(world, WEDNESDAY + timedelta(hours=1)):
        tick()
        assert "Waiting: Syncs are paused by the people who host this app." in pages.words(
            "/admin/configuration"
        )
    with at(world, WEDNESDAY + timedelta(hours=19)):
        tick()
        assert jobs(world) == [("scheduled", "failed")]
        assert ("was skipped: Syncs are paused by the people who host this app") in pages.words(
            "/admin/configuration"
        )
    pause(world, "")
    with at(world, WEDNESDAY + timedelta(hours=24, seconds=20)):
        tick()

    assert jobs(world) == [("scheduled", "failed"), ("scheduled", "queued")]


def pause(world: World, reason: str) -> None:
    with world.app.app_context():
        db.session.get_one(Installation, 1).paused_reason = other(reason)
        db.session.commit()


def test_scheduled_needs_a_time_zone_that_someone_chose(world: World, pages: Pages) -> None:
    """The zone that an installation begins with is no one's choice, even where it happens to be right."""
    with world.app.app_context():
        db.session.get_one(ActingUser, 1).time_zone = ""
        db.session.commit()
    with at(world, MONDAY):
        assert "Save your district’s time zone first" in save(pages)
        assert due(world) is None
        assert "No time zone is set" in pages.words("/admin/configuration")

        pages.press("/admin/configuration/time-zone", time_zone="America/New_York")
        assert "Sync options saved." in save(pages)

        with world.app.app_context():
            db.session.execute(text("DELETE FROM audit"))
            db.session.commit()
        assert "No time zone is set" not in pages.words("/admin/configuration")

    assert due(world) == WEDNESDAY


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
    other = app_over(world.app.extensions["wiring"].settings)
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

        said = pages.words("/admin/configuration")

    assert jobs(world) == [("scheduled", "failed")]
    assert due(world) == WEDNESDAY + timedelta(days=1)
    assert "Nov 26, 2026, 12:00 AM EST (daily in the 12:00–3:00 AM window" in said
    assert (
        "The sync scheduled for Nov 25, 2026, 12:00 AM EST was skipped: the app wasn’t running at that time"
        in said
    )
    with at(world, WEDNESDAY + timedelta(hours=20)):
        logged = pages.words("/admin/logs/run", job=newest(world).id)
        assert "Skipped: the sync scheduled for Nov 25, 2026, 12:00 AM EST didn’t run" in logged


def test_manual_means_never(world: World, pages: Pages) -> None:
    with at(world, MONDAY):
        save(pages)
        pages.press("/admin/configuration/timing", mode="manual", window="0")
    for days in range(1, 4):
        with at(world, WEDNESDAY + timedelta(days=days)):
            world.app.extensions["runner"].tick()

    assert jobs(world) == []
    assert "No sync is scheduled" in pages.words("/admin/configuration")


def test_another_window_restarts_the_wait_and_saving_the_same_does_not(world: World, pages: Pages) -> None:
    with at(world, MONDAY):
        save(pages)
    with at(world, MONDAY + timedelta(hours=11)):
        save(pages)
        assert due(world) == WEDNESDAY
        pages.press("/admin/configuration/timing", mode="scheduled", window="3")

    assert due(world) == WEDNESDAY + timedelta(hours=3)


def test_live_sync_warns_of_deletions_and_is_turned_on_only_after_a_look(world: World, pages: Pages) -> None:
    shown = pages.words("/admin/configuration")
    assert "deleted in Schoology, it’s also deleted in the SIS" in shown

    with at(world, MONDAY):
        said = pages.words("/admin/configuration/timing", mode="scheduled", window="0", live_grades="y")
        assert "Live sync isn’t on yet" in said
        assert "waiting changes haven’t been reviewed" in pages.words("/admin/live/on")
        pages.press("/admin/live/look")
        run_queued(world)
        assert "Live sync is on" in pages.words("/admin/live/on")
        assert "Live sync is off" in pages.words("/admin/configuration/timing", mode="scheduled", window="0")

    with world.app.app_context():
        lines = [(each.what, each.old, each.new) for each in db.session.scalars(select(Audit))]
    assert ("Live Sync Schoology Grades", "off", "on") in lines
    assert ("Live Sync Schoology Grades", "on", "off") in lines
    assert ("Sync mode", "manual", "scheduled") in lines


def test_another_time_zone_keeps_the_day_and_the_hour_there(world: World, pages: Pages) -> None:
    with at(world, MONDAY):
        save(pages)
        pages.press("/admin/configuration/time-zone", time_zone="America/Los_Angeles")
        said = pages.words("/admin/configuration")

    assert due(world) == WEDNESDAY + timedelta(hours=3)
    assert "24 hours after the schedule change on Nov 23, 2026, 11:00 AM PST" in said
    assert "Times are in the America/Los Angeles time zone." in said


def test_another_time_zone_keeps_the_24_hours_after_what_reset_the_wait(world: World, pages: Pages) -> None:
    """Monday 11:30pm in New York is Tuesday afternoon in Tokyo, whose Wednesday begins ten hours later."""
    late = MONDAY + timedelta(hours=9, minutes=30)
    with at(world, MONDAY):
        save(pages)
    with at(world, late):
        pages.press("/admin/users/sync", what="users")
        assert due(world) == WEDNESDAY
        pages.press("/admin/configuration/time-zone", time_zone="Asia/Tokyo")
        said = pages.words("/admin/configuration")

    assert due(world) == datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
    assert (
        "Nov 26, 2026, 12:00 AM JST (the first 12:00–3:00 AM window at least 24 hours after the manual "
        "sync on Nov 24, 2026, 1:30 PM JST" in said
    )


@pytest.mark.parametrize("fields", [{"mode": "hourly"}, {"window": "1"}, {"window": "x"}])
def test_other_values_are_refused(world: World, pages: Pages, fields: dict[str, str]) -> None:
    said = pages.words("/admin/configuration/timing", **{"mode": "scheduled", "window": "0", **fields})

    assert "Nothing was saved" in said
    assert due(world) is None


@pytest.mark.parametrize("page", ["configuration", "rollover"])
def test_a_job_is_canceled_where_it_is_shown(world: World, pages: Pages, page: str) -> None:
    pages.press("/admin/users/sync", what="users")
    path = re.search(r'action="(/admin/[a-z/-]*cancel)"', pages.press(f"/admin/{page}"))
    assert path

    pages.press(path[1], job=1)

    assert jobs(world) == [("manual", "cancelled")]
