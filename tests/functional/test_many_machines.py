"""PostgreSQL, two web processes, three workers and twenty districts; two of the workers die on the way."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from lti_app.extensions import db
from lti_app.models import FINAL_STATES, Job, JobState, SyncOptions
from tests.support.districts import District, install, many_districts
from tests.support.processes import environment, free_port, running, until
from tests.support.world import running_app, settings

pytestmark = pytest.mark.postgres
DISTRICTS = 20
STUDENTS = 200
BROKEN = 7
"""The district whose SIS does not answer."""


@pytest.fixture
def everything(tmp_path: Path, postgres_url: str) -> Iterator[tuple[Flask, list[District]]]:
    with many_districts(DISTRICTS, STUDENTS, latency=0.02) as (api, districts):
        chosen = settings(
            tmp_path,
            database_url=postgres_url.replace("postgresql://", "postgresql+psycopg://"),
            schoology_api_url=api,
            tasks="procrastinate",
        )
        with running_app(replace(chosen, tasks="in-process")) as app, app.app_context():
            install(app, districts)
            db.session.execute(
                update(SyncOptions).values(
                    mode="scheduled", next_due_at=datetime.now(UTC) - timedelta(seconds=1), window=0
                )
            )
            db.session.commit()
            districts[BROKEN - 1].sis_faults.add(
                [{"route": "POST ^.*/calls$", "fault": "close-before", "times": 9999}]
            )
            app.config["CHOSEN"] = chosen
            yield app, districts


def jobs() -> list[Job]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(Job).order_by(Job.id)))


def working_on(pid: int) -> list[int]:
    """The provisioning jobs of a process that have begun to send."""
    return [
        job.installation_id
        for job in jobs()
        if job.state == JobState.RUNNING and f":{pid}:" in job.owner and job.phase.startswith("sending")
    ]


def test_twenty_districts_are_provisioned_once_though_two_of_three_workers_die(
    everything: tuple[Flask, list[District]], tmp_path: Path
) -> None:
    app, districts = everything
    env = environment(app.config["CHOSEN"])
    worker = ("flask", "--app", "wsgi", "jobs", "worker")
    with ExitStack() as stack:

        def start(name: str, *command: str) -> int:
            process = stack.enter_context(running(*command, env=env, log=tmp_path / f"{name}.log"))
            processes[name] = process
            return process.pid

        processes = {}
        start("prepare", "flask", "--app", "wsgi", "jobs", "prepare")
        assert processes["prepare"].wait(60) == 0
        killed, stopped = start("killed", *worker), start("stopped", *worker)
        for name in ("web-1", "web-2"):
            start(name, "gunicorn", "-w", "1", "-b", f"127.0.0.1:{free_port()}", "wsgi:app")
        until(lambda: working_on(killed), patience=120)
        processes["killed"].send_signal(signal.SIGKILL)
        until(lambda: working_on(stopped), patience=120)
        processes["stopped"].send_signal(signal.SIGTERM)
        start("last", *worker)
        assert processes["stopped"].wait(60) == 0
        others = [each.number for each in districts if each.number != BROKEN]
        until(lambda: {job.installation_id for job in jobs() if job.state in FINAL_STATES}.issuperset(others))

    assert "Traceback" not in "".join(log.read_text() for log in tmp_path.glob("*.log"))
    assert sorted(job.installation_id for job in jobs()) == list(range(1, DISTRICTS + 1))
    for job in jobs():
        if job.installation_id == BROKEN:
            assert job.state == JobState.QUEUED and job.pauses == 1, job.message
        else:
            assert job.state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS), job.message
    for district in districts:
        uids = [each.school_uid for each in district.store.users.values() if each.school_uid]
        assert len(uids) == len(set(uids))
        codes = [each.section_school_code for each in district.store.sections.values()]
        assert len(codes) == len(set(codes))
        seats = [(each.section_id, each.uid) for each in district.store.enrollments.values()]
        assert len(seats) == len(set(seats))
        assert (len(uids) > STUDENTS) == (district.number != BROKEN)
        assert (len(seats) > 5 * STUDENTS) == (district.number != BROKEN)


def test_the_pace_holds_across_processes(postgres_url: str) -> None:
    """Two clients with their own connections take from one bucket: together no more than it holds."""
    from pyrate_limiter import Limiter

    from lti_app.outbound.shared_pace import SharedBuckets

    here, there = (Limiter(SharedBuckets(postgres_url, 6, 600.0).of("key")) for _ in range(2))
    other_key = Limiter(SharedBuckets(postgres_url, 6, 600.0).of("other"))

    took = [each.try_acquire("x", blocking=False) for _ in range(5) for each in (here, there)]

    assert sum(took) == 6
    assert other_key.try_acquire("x", blocking=False)
