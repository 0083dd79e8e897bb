"""Health that speaks up: a banner for administrators and a list for the host, until the trouble is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, update

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import Job, JobState, Run, RunState, SisConnection, SyncOptions
from lti_app.operations import alerts
from lti_app.sandbox.schoology.store import TEACHER
from tests.factories import add_installation
from tests.support.admin_pages import Pages, launch_acting_user
from tests.support.world import World, make_world, sealed_password


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path, students=12, public_url="http://localhost") as made:
        yield made


@pytest.fixture
def pages(world: World) -> Pages:
    return launch_acting_user(world.app)


def troubles(world: World) -> list[str]:
    """What the host's monitoring reads after a look at every district."""
    with world.app.app_context():
        alerts.watch(db.session(), world.app.extensions["wiring"].mailer)
    answer = world.app.test_client().get("/readyz").get_json()
    return list(answer["installations"].get("1", []))


def scheduled(world: World, **options: object) -> None:
    with world.app.app_context():
        row = db.session.get_one(SyncOptions, 1)
        row.mode = "scheduled"
        for name, value in options.items():
            setattr(row, name, value)
        db.session.commit()


def test_a_district_that_is_well_says_nothing(world: World, pages: Pages) -> None:
    world.sync()

    assert troubles(world) == []


def test_the_list_costs_one_reading_however_many_districts_there_are(world: World) -> None:
    with world.app.app_context():
        for number in range(2, 12):
            add_installation(db.session(), f"d-{number}", claimed_by_uid="1")
        db.session.commit()
        asked: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *each: asked.append(each[2]))
        world.app.test_client().get("/readyz")

    assert len(asked) == 2


def test_refused_credentials_are_shown_until_they_work_again(world: World, pages: Pages) -> None:
    with world.app.app_context():
        db.session.execute(update(SisConnection).values(secrets=sealed_password(world.app, "wrong")))
        db.session.commit()
    world.sync()

    assert troubles(world) == ["credentials"]
    assert "The SIS refused the app" in pages.words("/admin/users")
    pages.press(
        "/admin/configuration/save",
        domain=world.sis.url,
        site_code="demo",
        login_name="schoology",
        password="sandbox-password",
    )
    pages.press(
        "/admin/configuration/test",
        domain=world.sis.url,
        site_code="demo",
        login_name="schoology",
        password="",
    )
    assert troubles(world) == []


def test_a_lost_role_is_listed(world: World) -> None:
    world.store.update_user(world.store.user_by_username["avery.admin"], role_id=TEACHER)
    world.sync()

    assert troubles(world) == ["acting_user"]


@pytest.mark.parametrize(("hours", "listed"), [(5, []), (7, ["late"])])
def test_a_sync_that_nobody_queued_is_late_after_six_hours(
    world: World, pages: Pages, hours: int, listed: list[str]
) -> None:
    scheduled(world, next_due_at=clock.now() - timedelta(hours=hours))

    assert troubles(world) == listed


def test_a_run_that_takes_longer_than_its_window_is_listed(world: World) -> None:
    job = world.sync("all")
    with world.app.app_context():
        began = clock.now() - timedelta(hours=4)
        values = {"trigger": "scheduled", "state": JobState.RUNNING, "started_at": began}
        db.session.execute(update(Job).where(Job.id == job.id).values(**values))
        db.session.commit()

    assert troubles(world) == ["too_long"]


@pytest.mark.parametrize(("days", "listed"), [(0.5, []), (2, ["held"])])
def test_a_brake_that_holds_plan_after_plan_is_listed_after_a_day(
    world: World, days: float, listed: list[str]
) -> None:
    world.sync()
    for rows in world.district.enrollments.values():
        rows[:] = [row._replace(status="D") for row in rows]
    world.sync()
    with world.app.app_context():
        first = db.session.query(Run).order_by(Run.id.desc()).first()
        first.started_at = clock.now() - timedelta(days=days)
        db.session.commit()
    assert world.sync().state == JobState.HELD

    assert troubles(world) == listed


def test_a_run_of_which_schoology_refused_much_is_listed(world: World, pages: Pages) -> None:
    job = world.sync()
    with world.app.app_context():
        run = db.session.query(Run).filter(Run.job_id == job.id).one()
        run.counts = {**run.counts, "outcome": {"done": 90, "failed": 10}}
        run.state = RunState.DONE_WITH_PROBLEMS
        db.session.commit()

    assert troubles(world) == ["errors"]
    assert "Schoology refused 10% of the changes" in pages.words("/admin/sections")
