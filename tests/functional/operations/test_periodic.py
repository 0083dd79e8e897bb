"""What happens by itself: pauses through outages, the daily forgetting, the weekly look at Schoology."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select, update

from lti_app import clock
from lti_app.extensions import db
from lti_app.jobs.queue import enqueue
from lti_app.models import (
    Audit,
    Change,
    Event,
    Job,
    JobState,
    Link,
    Run,
    RunState,
    ScoreState,
    Staged,
    SyncOptions,
)
from lti_app.runs.words import sentence
from lti_app.store.district import District
from tests.factories import add_audit, add_score, add_section, event
from tests.support.world import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as made:
        yield made


def tick_after(world: World, wait: timedelta) -> list[Job]:
    """Let time pass, tick once, and run what the queue hands out."""
    runner = world.app.extensions["runner"]
    with time_machine.travel(clock.now() + wait, tick=True):
        runner.tick()
        with world.app.app_context():
            waiting = list(db.session.scalars(select(Job.id).where(Job.state == JobState.QUEUED)))
        for job_id in waiting:
            runner.run_now(job_id)
        with world.app.app_context():
            jobs = list(db.session.scalars(select(Job).order_by(Job.id)))
            db.session.expunge_all()
            return jobs


def lines(world: World) -> int:
    with world.app.app_context():
        return db.session.scalar(select(func.count()).select_from(Change)) or 0


def test_an_outage_of_the_sis_pauses_the_job_which_goes_on_by_itself(world: World) -> None:
    world.sis_faults.add([{"route": "POST ^.*/calls$", "fault": "close-before", "times": 4}])
    job = world.sync("users")

    assert job.state == JobState.QUEUED
    assert "continues automatically in 5 minutes" in sentence(job.message)
    assert not world.app.extensions["runner"].run_now(job.id), "it must wait for its moment"
    (after,) = tick_after(world, timedelta(minutes=6))
    assert after.id == job.id
    assert after.state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS)


def test_an_outage_that_lasts_gives_up_at_last_and_says_so(world: World) -> None:
    world.sis_faults.add([{"route": "POST ^.*/session$", "fault": "close-before", "times": 999}])
    world.sync("users")
    passed = timedelta()
    for minutes in (6, 11, 21, 41, 61, 61, 61):
        passed += timedelta(minutes=minutes)
        (job,) = tick_after(world, passed)

    assert job.state == JobState.FAILED
    assert "nothing was dropped" in sentence(job.message)
    assert world.store.traffic.writes == {}


def test_a_paused_job_can_be_canceled_and_its_run_is_closed_by_the_next(world: World) -> None:
    world.sis_faults.add([{"route": "POST ^.*/calls$", "fault": "close-before", "times": 4}])
    job = world.sync("users")
    with world.app.app_context():
        db.session.execute(update(Job).where(Job.id == job.id).values(state=JobState.CANCELED))
        db.session.commit()

    after = world.sync("users")

    assert after.state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS)
    assert world.run_of(job).state == RunState.CANCELED


def test_old_lines_are_forgotten_once_a_day_and_newer_runs_keep_theirs(world: World) -> None:
    world.sync("users")
    world.sync("courses")
    with world.app.app_context():
        old = clock.now() - timedelta(days=200)
        first = db.session.scalars(select(Run.id).order_by(Run.id)).first()
        db.session.execute(update(Run).where(Run.id == first).values(finished_at=old))
        add_audit(db.session(), at=clock.now() - timedelta(days=1200))
        db.session.commit()
        kept = db.session.scalar(select(func.count()).where(Change.run_id != first))
        links = db.session.scalar(select(func.count()).select_from(Link))
    tick_after(world, timedelta())
    before = lines(world)

    tick_after(world, timedelta(days=1, minutes=1))

    assert before > kept
    assert lines(world) == kept
    with world.app.app_context():
        assert db.session.query(Audit).count() == 0
        assert links and db.session.scalar(select(func.count()).select_from(Link)) == links
    assert world.sync("users").state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS)


def test_lines_that_can_still_be_undone_are_kept_whatever_the_setting(world: World) -> None:
    world.sync("users")
    with world.app.app_context():
        db.session.get_one(SyncOptions, 1).retention = {"changes": 1, "runs": 1, "audit": 1, "events": 1}
        db.session.execute(update(Run).values(finished_at=clock.now() - timedelta(days=20)))
        db.session.commit()
    tick_after(world, timedelta())
    before = lines(world)

    tick_after(world, timedelta(days=1, minutes=1))

    assert lines(world) == before > 0


def test_a_district_on_manual_forgets_what_it_read_and_the_others_too(world: World) -> None:
    world.sync("users")
    with world.app.app_context():
        short = {"changes": 30, "runs": 30, "reads": 7}
        db.session.get_one(SyncOptions, 1).retention = short
        db.session.execute(update(Run).values(finished_at=clock.now() - timedelta(days=40)))
        db.session.execute(update(Job).values(finished_at=clock.now() - timedelta(days=40)))
        db.session.commit()
    tick_after(world, timedelta())

    tick_after(world, timedelta(days=1, minutes=1))

    with world.app.app_context():
        assert db.session.query(Staged).count() == 0
        assert db.session.query(Run).count() == 0
        assert db.session.query(Job).count() == 0


def test_what_was_read_and_events_have_terms_of_their_own(world: World) -> None:
    """The runs and their lines are kept; what they read, and what Schoology told, is of no more use."""
    world.sync("users")
    with world.app.app_context():
        db.session.get_one(SyncOptions, 1).retention = {"reads": 7, "events": 14}
        db.session.execute(update(Run).values(finished_at=clock.now() - timedelta(days=10)))
        for section, days in (("old", 15), ("new", 5)):
            received = clock.now() - timedelta(days=days)
            db.session.add(event(section, state="taken", received_at=received))
        db.session.commit()
    tick_after(world, timedelta())
    before = lines(world)

    tick_after(world, timedelta(days=1, minutes=1))

    with world.app.app_context():
        assert db.session.query(Staged).count() == 0
        assert db.session.query(Run).count() == 1
        assert lines(world) == before > 0
        assert "old" not in {each.section_id for each in db.session.query(Event)}
        assert "new" in {each.section_id for each in db.session.query(Event)}


def test_scores_of_courses_that_no_one_opens_are_forgotten(world: World) -> None:
    with world.app.app_context():
        for section, days in (("77", 500), ("78", 5)):
            looked = clock.now() - timedelta(days=days)
            add_section(db.session(), section, looked_at=looked)
            add_score(db.session(), section, section)
        db.session.commit()
    tick_after(world, timedelta())

    tick_after(world, timedelta(days=1, minutes=1))

    with world.app.app_context():
        assert [each.student_id for each in db.session.query(ScoreState)] == ["78"]


def test_a_district_that_is_busy_at_that_moment_is_looked_at_afterwards(world: World) -> None:
    tick_after(world, timedelta())
    world.sync("users")
    with world.app.app_context():
        enqueue(
            District(db.session(), 1),
            "provision",
            params={"what": "users"},
            trigger="manual",
            asked_by="Avery",
        )
        db.session.commit()

    tick_after(world, timedelta(days=7, minutes=1))
    jobs = tick_after(world, timedelta(days=7, minutes=2))

    assert [each.params["what"] for each in jobs] == ["users", "users", "drift"]


def test_a_week_after_a_sync_schoology_is_looked_at_once(world: World) -> None:
    tick_after(world, timedelta())
    world.sync("users")

    tick_after(world, timedelta(days=7, minutes=1))
    jobs = tick_after(world, timedelta(days=7, minutes=2))

    assert [each.params["what"] for each in jobs] == ["users", "drift"]
    assert jobs[1].trigger == "scheduled"
