"""PostgreSQL, a few web processes and workers, and many districts; some of the workers die on the way."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from pyrate_limiter import AbstractBucket, InMemoryBucket, Rate
from sqlalchemy import select, update

from lti_app.extensions import db
from lti_app.models import FINAL_STATES, Job, JobState, SyncOptions
from lti_app.outbound.pace import Paces
from lti_app.outbound.shared_pace import SharedBuckets
from lti_app.runs.words import sentence
from tests.support.districts import District, install, many_districts
from tests.support.processes import ROOT, environment, free_port, running, until
from tests.support.world import running_app, settings

pytestmark = [pytest.mark.postgres, pytest.mark.long]
BROKEN = 2
"""The district whose SIS does not answer."""


@dataclass(frozen=True)
class Size:
    """How much is played. All workers are at work when the first of them dies."""

    districts: int
    students: int
    places: int
    """Districts that a worker has under way at once: too few for one of them to have all."""
    workers: tuple[str, ...]
    webs: tuple[str, ...]


SMALL = Size(3, 10, 2, ("killed", "last"), ("web-1",))
LARGE = Size(20, 120, 4, ("killed", "stopped", "last"), ("web-1", "web-2"))
SIZES = [pytest.param(SMALL, id="3 districts"), pytest.param(LARGE, id="20")]


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> Size:
    found: Size = request.param
    return found


@pytest.fixture
def gate() -> threading.Event:
    """Set, Schoology takes what is sent; until then every worker stays at work with its first request."""
    return threading.Event()


@pytest.fixture
def everything(
    size: Size, gate: threading.Event, tmp_path: Path, postgres_url: str
) -> Iterator[tuple[Flask, list[District]]]:
    with many_districts(size.districts, size.students, gate=gate) as (api, districts):
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


@pytest.mark.long_run
def test_many_districts_are_provisioned_once_though_workers_die(
    everything: tuple[Flask, list[District]], size: Size, gate: threading.Event, tmp_path: Path
) -> None:
    app, districts = everything
    (tmp_path / "clock").write_text("")
    env = {**environment(app.config["CHOSEN"]), "TEST_CLOCK": str(tmp_path / "clock")}
    commands = ("flask", "--app", "tests.support.clocked_wsgi", "jobs")
    with ExitStack() as stack:

        def start(name: str, *command: str) -> int:
            process = stack.enter_context(running(*command, env=env, log=tmp_path / f"{name}.log"))
            processes[name] = process
            return process.pid

        processes = {}
        start("prepare", *commands, "prepare")
        assert processes["prepare"].wait(60) == 0
        for name in size.workers:
            start(name, *commands, "worker", "--concurrency", str(size.places))
        for name in size.webs:
            port = free_port()
            start(name, "gunicorn", "-w", "1", "-b", f"127.0.0.1:{port}", "tests.support.clocked_wsgi:app")
        until(lambda: all(working_on(processes[name].pid) for name in size.workers))
        processes["killed"].send_signal(signal.SIGKILL)
        processes["killed"].wait()  # as a host does: a process that no one waits for seems to live
        if "stopped" in size.workers:
            gate.set()
            end(processes["stopped"])
        gate.set()
        others = [each.number for each in districts if each.number != BROKEN]
        until(lambda: {job.installation_id for job in jobs() if job.state in FINAL_STATES}.issuperset(others))
        end(processes["last"])

    assert "Traceback" not in "".join(log.read_text() for log in tmp_path.glob("*.log"))
    assert sorted(job.installation_id for job in jobs()) == list(range(1, size.districts + 1))
    for job in jobs():
        if job.installation_id == BROKEN:
            assert job.state == JobState.QUEUED and job.pauses == 1, sentence(job.message)
        else:
            assert job.state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS), sentence(job.message)
    for district in districts:
        uids = [each.school_uid for each in district.store.users.values() if each.school_uid]
        assert len(uids) == len(set(uids))
        codes = [each.section_school_code for each in district.store.sections.values()]
        assert len(codes) == len(set(codes))
        seats = [(each.section_id, each.uid) for each in district.store.enrollments.values()]
        assert len(seats) == len(set(seats))
        assert (len(uids) > size.students) == (district.number != BROKEN)
        assert (len(seats) > 5 * size.students) == (district.number != BROKEN)


def end(process: subprocess.Popen[bytes]) -> None:
    """As a host ends a process that is to end well."""
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0


TAKE = """
import sys
from pyrate_limiter import Limiter
from lti_app.outbound.shared_pace import SharedBuckets
_, url, key = sys.argv
buckets = SharedBuckets(url, 600.0)
bucket = Limiter(buckets.of(key, 6)), Limiter(buckets.of(key + " patient", 4))
def took(each):
    return any(each.try_acquire("x", blocking=False) for _ in range(3))
print(*(sum(took(each) for _ in range(5)) for each in bucket))
"""


def test_the_pace_holds_across_processes(postgres_url: str) -> None:
    """Two processes at once and then a third take from the same buckets: together just what a bucket holds,
    and what provisioning may have of it. (Of two that ask at one instant one may be told to ask again, so
    each asks three times.)"""

    def take(at_once: int, key: str = "key") -> list[list[int]]:
        command = [sys.executable, "-c", TAKE, postgres_url, key]
        processes = [
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(at_once)
        ]
        return [[int(each) for each in process.communicate(timeout=60)[0].split()] for process in processes]

    took = take(2) + take(1)

    assert [sum(each) for each in zip(*took, strict=True)] == [6, 4]
    assert took[2] != [5, 4]
    assert take(1, "other") == [[5, 4]]


def test_what_one_process_is_told_all_go_by(postgres_url: str) -> None:
    """The server says 429 to one: the next request of the others leaves later too, and all come back."""
    shared = [SharedBuckets(postgres_url, 1.0) for _ in range(2)]
    here, there = (Paces(1000, 1.0, slowness_of=each.slowness_of) for each in shared)
    for _ in range(3):
        here.of("key").heard(429)

    assert there.of("key").slowness == 8
    assert there.of("other").slowness == 1
    there.of("key").heard(200)
    assert 7 < there.of("key").slowness < 8
    for each in shared:
        each._pool.close()


def test_a_patient_request_takes_from_the_share_of_all_processes_together() -> None:
    made: dict[str, int] = {}

    def bucket_of(name: str, requests: int) -> AbstractBucket:
        made[name] = requests
        return InMemoryBucket([Rate(requests, 600_000)])

    Paces(15, 5.0, bucket_of=bucket_of).of("key").patient.wait()

    assert made == {"key": 15, "key patient": 14}
