"""Both runners over real rows: one failure stops no one, hearts beat beside work, districts take turns."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from procrastinate.exceptions import ConnectorException
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs import heartbeats, in_process, lease, queue
from lti_app.jobs.distributed import DistributedRunner
from lti_app.jobs.failures import log_and_continue
from lti_app.jobs.in_process import LEASE, LONGEST_TICK, InProcessRunner
from lti_app.jobs.runner import JobStopped, Progress, Result, Task
from lti_app.models import Base, Job, JobState
from lti_app.runs.words import sentence
from lti_app.school.reasons import other
from lti_app.store.district import District
from tests.unit.jobs.conftest import wiring
from tests.unit.jobs.test_queue import ask

Make = Callable[..., InProcessRunner]
DONE = Result(JobState.DONE, other("done"))


@pytest.fixture
def make(engine: Engine, session: Session) -> Make:
    """A runner over the test's database, of whichever engine."""

    def made(task: Any = lambda task: DONE, kind: Any = InProcessRunner, **more: Any) -> InProcessRunner:
        runner: InProcessRunner = kind(
            nullcontext, SimpleNamespace(engine=engine), wiring(), {"provision": task}, **more
        )
        return runner

    return made


def state(session: Session, job: Job) -> str:
    session.rollback()
    session.refresh(job)
    return job.state


def test_a_periodic_that_fails_stops_neither_the_others_nor_the_handing_out(
    make: Make, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, looked, handed_out = ask(session).job, [], []

    def failing(_session: Session, _wiring: Any) -> None:
        raise AttributeError("an address that cannot be written down")

    def other(_session: Session, _wiring: Any) -> None:
        looked.append("other")

    runner = make(periodic=(failing, other))
    monkeypatch.setattr(runner, "_hand_out", handed_out.extend)
    runner.tick()

    assert looked == ["other"]
    assert handed_out[-1] == job.id


def test_a_job_that_one_periodic_queued_is_handed_out_before_the_next_begins(
    make: Make, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_out: list[int] = []
    seen: list[list[int]] = []

    def queueing(other: Session, _wiring: Any) -> None:
        ask(other)

    def slow(_session: Session, _wiring: Any) -> None:
        seen.append(list(handed_out))

    runner = make(periodic=(queueing, slow))
    monkeypatch.setattr(runner, "_hand_out", handed_out.extend)
    runner.tick()

    assert seen == [[1]]


def test_a_slow_tick_keeps_its_lease_and_a_stuck_one_loses_it(make: Make, session: Session) -> None:
    began, others = clock.now(), []

    def slow(_session: Session, _wiring: Any) -> None:
        for passed in (LEASE * 0.8, LEASE * 1.6, LONGEST_TICK + LEASE, LONGEST_TICK + 2.5 * LEASE):
            with time_machine.travel(began + passed, tick=False):
                runner.beat()
                with Session(session.get_bind()) as other:
                    others.append(lease.hold(other, "scheduler", "another", LEASE))

    runner = make(periodic=(slow,))
    with time_machine.travel(began, tick=False):
        runner.tick()

    assert others == [False, False, True, True]


def test_a_job_of_a_command_sends_heartbeats(
    make: Make, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_process, "TICK_SECONDS", 0.01)
    heard, job = threading.Event(), ask(session).job
    real = heartbeats.beat

    def beat(*values: Any) -> dict[int, bool]:
        found = real(*values)
        heard.set()
        return found

    monkeypatch.setattr(heartbeats, "beat", beat)

    def long_work(task: Task) -> Result:
        claimed = task.session.get_one(Job, job.id).heartbeat_at
        task.session.rollback()
        later = claimed
        while later == claimed:  # the first beat may have been before we looked
            assert heard.wait(60)
            heard.clear()
            task.session.expire_all()
            later = task.session.get_one(Job, job.id).heartbeat_at
            task.session.rollback()
        assert claimed and later and later > claimed
        return DONE

    assert make(long_work).run_now(job.id)
    assert state(session, job) == JobState.DONE


def test_a_report_of_progress_is_a_sign_of_life(session: Session) -> None:
    job = ask(session).job
    queue.claim(session, job.id, "w1")
    with time_machine.travel(clock.now() + heartbeats.SILENT_AFTER * 2, tick=False):
        Progress(session, job.id, "w1").report("sending users", 1, 2)

        assert heartbeats.requeue_silent(session, set()) == 0


def test_a_silent_database_puts_the_job_back_and_gives_up_after_many_times(
    make: Make, session: Session
) -> None:
    job = ask(session).job

    def broken(_task: Task) -> Result:
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    runner, states, waits = make(broken), [], []
    for number in range(7):
        with time_machine.travel(clock.now() + number * timedelta(minutes=2), tick=False):
            runner.run_now(job.id)
            states.append(state(session, job))
            waits.append(job.resume_at and job.resume_at - clock.now())

    assert states == [JobState.QUEUED] * 6 + [JobState.FAILED]
    assert waits == [timedelta(minutes=1)] * 6 + [None]
    assert "Nothing was lost" in sentence(job.message)


def test_a_stopping_job_that_was_canceled_is_canceled(make: Make, session: Session) -> None:
    job = ask(session).job

    def going_down(task: Task) -> Result:
        with Session(session.get_bind()) as other:
            queue.request_cancel(District(other, 1), job.id)
            other.commit()
        raise JobStopped

    make(going_down).run_now(job.id)

    assert state(session, job) == JobState.CANCELED
    assert "Changes made before that were kept" in sentence(job.message)
    assert not ask(session).joined


def test_an_error_while_the_process_ends_is_no_failure(make: Make, session: Session) -> None:
    """An interpreter that ends lets no pool take new work, whatever a task is doing."""
    job = ask(session).job

    def sending(_task: Task) -> Result:
        runner.stop()
        raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    runner = make(sending)
    runner.run_now(job.id)

    assert state(session, job) == JobState.QUEUED
    assert "Interrupted because the app restarted" in sentence(job.message)


@pytest.mark.parametrize("kind", [InProcessRunner, DistributedRunner])
def test_a_district_with_many_jobs_does_not_starve_another(make: Make, session: Session, kind: Any) -> None:
    """Twelve sections of the first came before the one of the second, and another worker has the first."""
    more = {} if kind is InProcessRunner else {"conninfo": "postgresql:///nowhere"}
    sections = [(1, f"s{number}") for number in range(12)] + [(2, "only")]
    jobs = [ask(session, mine, lane="grades", section_id=each).job for mine, each in sections]
    queue.claim(session, jobs[0].id, "a worker elsewhere")
    order: list[int] = []

    def work(task: Task) -> Result:
        order.append(task.installation_id)
        return DONE

    runner = make(work, kind, **more)
    if isinstance(runner, DistributedRunner):
        for job in jobs[1:]:
            runner._run_for_engine(job.id)
    else:
        runner.run_next()

    assert order == [2] + [1] * 11


def test_a_message_of_the_engine_stays_in_its_own_queue(make: Make, session: Session) -> None:
    night, day = ask(session).job, ask(session, 2, lane="grades", section_id="s").job
    runner = make(kind=DistributedRunner, conninfo="postgresql:///nowhere")
    assert isinstance(runner, DistributedRunner)

    runner._run_for_engine(day.id)

    assert (state(session, night), state(session, day)) == (JobState.QUEUED, JobState.DONE)


def test_an_engine_that_does_not_listen_leaves_the_job_to_the_next_tick(
    make: Make, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tables were not made, or its database restarts: the button is answered all the same."""
    job = ask(session).job
    runner = make(kind=DistributedRunner, conninfo="postgresql:///nowhere")

    def silent() -> None:
        raise ConnectorException

    monkeypatch.setattr(runner, "_open", silent)
    runner.submit(job.id)

    assert state(session, job) == JobState.QUEUED


def test_a_database_without_tables_is_reported_in_one_line(
    make: Make, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    Base.metadata.drop_all(engine)

    with log_and_continue(None, "the tick"):
        make().tick()

    (line,) = [each for each in caplog.records if each.name.startswith("lti_app")]
    assert "db upgrade" in line.getMessage() and line.exc_info is None


def test_another_failure_of_a_tick_is_logged_whole(caplog: pytest.LogCaptureFixture) -> None:
    with log_and_continue(None, "the tick"):
        raise ZeroDivisionError

    (line,) = [each for each in caplog.records if each.name.startswith("lti_app")]
    assert line.exc_info and "the tick failed" in line.getMessage()


def test_a_round_hands_out_each_waiting_job_once(make: Make, session: Session) -> None:
    """However many looks there are in a round; the next round says it again."""
    first = ask(session, 1).job.id
    handed_out: list[int] = []

    class Telling(InProcessRunner):
        def _hand_out(self, job_ids: Sequence[int]) -> None:
            handed_out.extend(job_ids)

    def asks(session: Session, _wiring: Any) -> None:
        ask(session, 2)

    runner = make(kind=Telling, periodic=[asks, asks, asks, asks])
    runner.tick()
    assert handed_out == [first, first + 1]

    runner.tick()
    assert handed_out == [first, first + 1] * 2
