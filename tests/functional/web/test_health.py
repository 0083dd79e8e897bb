"""Health that speaks up: a banner for administrators and a list for the host, until the trouble is over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import select, text, update

from lti_app import clock
from lti_app.cli.doctor import machine
from lti_app.extensions import db
from lti_app.jobs import lease, queue
from lti_app.jobs.distributed import WORKER
from lti_app.jobs.in_process import LEASE
from lti_app.models import Job, JobState, Run, RunState, SisConnection, SyncOptions
from lti_app.operations import alerts, metrics, service
from lti_app.sandbox.schoology.store import TEACHER
from lti_app.wiring import Wiring
from tests.functional.cli.test_cli import run
from tests.support.admin_pages import Pages, launch_acting_user
from tests.support.processes import ROOT
from tests.support.world import World, make_world, sealed_password


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path, students=12, public_url="http://localhost") as made:
        yield made


@pytest.fixture
def pages(world: World) -> Pages:
    return launch_acting_user(world.app)


def troubles(world: World) -> list[str]:
    """What the host reads after a look at every district."""
    with world.app.app_context():
        alerts.watch(db.session(), world.app.extensions["wiring"].mailer)
    said = run(world.app, "installation list").output.strip().rpartition("\t")[2]
    return [] if said == "no problems" else said.removeprefix("problems: ").split(", ")


def readiness(app: Flask) -> int:
    """The status of /readyz, which says nothing else to whoever asks."""
    answer = app.test_client().get("/readyz")
    assert answer.get_json() == {"status": "ok" if answer.status_code == 200 else "not ready"}
    return answer.status_code


def use_other_keys(app: Flask) -> None:
    other = replace(app.extensions["wiring"].settings, secret_keys=(Fernet.generate_key().decode(),))
    app.extensions["wiring"] = Wiring(other)


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


def test_keys_that_do_not_open_what_is_sealed_stop_readiness_and_jobs(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING", logger="lti_app")
    runner = world.app.extensions["runner"]
    runner.tick()
    assert readiness(world.app) == 200
    queued = run(world.app, "sync run --installation 1 --what users")
    assert "is queued" in queued.output

    use_other_keys(world.app)
    runner.run_next()

    assert readiness(world.app) == 503
    assert "LTI_APP_SECRET_KEYS doesn't open the stored secrets" in caplog.text
    with world.app.app_context():
        assert db.session.query(Job).one().state == JobState.QUEUED
    said = run(world.app, "doctor --before-start")
    assert said.exit_code == 1
    assert "LOOK LTI_APP_SECRET_KEYS doesn't open the stored secrets: set the keys" in said.output
    assert "LOOK stored secrets in platform.private_key: 1 sealed with a key that isn't in" in said.output
    for command in ("jobs worker", "sync run --installation 1 --wait"):
        refused = run(world.app, command)
        assert refused.exit_code == 1
        assert refused.output.startswith("Error: LTI_APP_SECRET_KEYS doesn't open the stored secrets: set")
        assert refused.output.count("\n") == 1


def test_a_process_with_wrong_keys_leaves_the_scheduler_to_another(world: World) -> None:
    use_other_keys(world.app)
    world.app.extensions["runner"].tick()

    assert "LOOK scheduler, never heard of: no web process is running it" in run(world.app, "doctor").output


def test_a_pending_migration_stops_readiness_and_jobs(world: World) -> None:
    world.app.extensions["runner"].tick()
    newest = max(path.stem[:4] for path in (ROOT / "migrations" / "versions").glob("0*.py"))
    with world.app.app_context():
        db.session.execute(text(f"UPDATE alembic_version SET version_num = '{int(newest) - 1:04d}'"))
        db.session.commit()

    assert readiness(world.app) == 503
    assert (
        f"LOOK 1 of {int(newest)} migrations are pending: run 'flask --app wsgi db upgrade'"
        in run(world.app, "doctor --before-start").output
    )
    assert "migrations are pending" in run(world.app, "jobs worker").output


def test_a_newer_database_stops_readiness_and_jobs(world: World) -> None:
    world.app.extensions["runner"].tick()
    with world.app.app_context():
        db.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        db.session.commit()

    assert readiness(world.app) == 503
    assert "the database is newer (9999)" in run(world.app, "jobs worker").output


def test_a_worker_that_went_silent_is_named_with_the_queue(world: World) -> None:
    world.app.extensions["runner"].tick()
    run(world.app, "sync run --installation 1 --what users")
    wiring = world.app.extensions["wiring"]
    wiring.settings = replace(wiring.settings, tasks="procrastinate")
    with world.app.app_context():
        checks = {each.name: each for each in service.checks(db.session, world.app.extensions["service"]())}
        lease.note(db.session, WORKER, "a worker", LEASE)
    assert checks["worker"].found == "worker, never heard of"
    assert readiness(world.app) == 200

    with time_machine.travel(clock.now() + timedelta(minutes=40), tick=True), world.app.app_context():
        lease.note(db.session, "scheduler", "a web process", LEASE)
        said = {each.name: each for each in service.checks(db.session, world.app.extensions["service"]())}
        waiting = service.waiting(db.session)
        assert readiness(world.app) == 503
    assert said["worker"].found == "worker, last heard of 40 min ago"
    assert not waiting.fine
    assert waiting.found == "queue (1 waiting, the oldest, job 1, for 40 min)"


def test_a_job_that_gets_no_answer_is_named_and_no_one_is_sent_elsewhere(
    world: World, pages: Pages, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING", logger="lti_app")
    world.app.extensions["runner"].tick()
    run(world.app, "sync run --installation 1 --what users")
    with world.app.app_context():
        job_id = db.session.scalars(select(Job.id)).one()
        queue.claim(db.session, job_id, world.app.extensions["runner"].owner)
        since = clock.now() - timedelta(seconds=100)
        db.session.execute(update(Job).values(unanswered_since=since, unanswered_by="sis"))
        db.session.commit()
        figures = metrics.exposition(db.session).decode()

    answer = world.app.test_client().get("/readyz")

    words = f"job {job_id} of installation 1 has waited for an answer from sis for"
    assert (answer.status_code, answer.get_json()) == (200, {"status": "stalled"})
    assert words in caplog.text
    assert f"LOOK {words}" in run(world.app, "doctor").output
    assert 'lti_app_unanswered_request_seconds{district="1"} 1' in figures
    assert "The SIS isn’t answering. Waiting since" in pages.press("/admin/overview")


def test_a_pause_is_shown_by_the_list_and_the_doctor(world: World) -> None:
    assert "\tnot paused\t" in run(world.app, "installation list").output

    run(world.app, "installation pause --installation 1 --reason Maintenance.")

    words = "Syncs are paused by the people who host this app. Maintenance."
    assert f"\tpaused: {words}\tno problems\n" in run(world.app, "installation list").output
    assert f"LOOK Sandbox District: not paused: {words}\n" in run(world.app, "doctor").output


def test_a_machine_that_is_sound_before_the_start_ends_with_0(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine.os, "geteuid", lambda: 1000)
    with world.app.app_context():
        file = Path(str(db.engine.url.database))
    for each in file.parent.glob("app.sqlite*"):
        each.chmod(0o600)

    said = run(world.app, "doctor --before-start")
    assert said.exit_code == 0, said.output
    assert "LOOK" not in said.output and "scheduler" not in said.output

    file.chmod(0o644)
    monkeypatch.setattr(machine.os, "geteuid", lambda: 0)
    said = run(world.app, "doctor --before-start")
    assert said.exit_code == 1
    assert f"LOOK rights of the database file: other users of this machine can read it: chmod 600 {file}" in (
        said.output
    )
    assert "LOOK user: this is root" in said.output


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
def test_a_sync_that_no_one_queued_is_late_after_six_hours(
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
