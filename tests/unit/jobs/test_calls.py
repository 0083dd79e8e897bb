"""A request without an answer: it is named, it ends with its job, and no job is lost with the answer of a
commit."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs import heartbeats, queue
from lti_app.jobs.calls import USUAL, Calls
from lti_app.jobs.in_process import InProcessRunner
from lti_app.jobs.ownership import Ownership
from lti_app.jobs.runner import JobCanceled, JobStopped, Result, Task
from lti_app.jobs.running import Running
from lti_app.models import Job, JobState
from lti_app.operations import service
from lti_app.outbound import deadlines
from lti_app.outbound.errors import Transient
from lti_app.outbound.leaving import AskingAdapter
from lti_app.outbound.transport import Transport
from lti_app.school.reasons import NO_REASON
from tests.unit.jobs.conftest import wiring
from tests.unit.jobs.test_queue import ask

DONE = Result(JobState.DONE, NO_REASON)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Moves the monotonic clock by so many seconds."""
    real, moved = time.monotonic, [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: real() + moved[0])

    def move(seconds: float) -> None:
        moved[0] += seconds

    return move


@pytest.fixture
def deaf() -> Iterator[str]:
    """The address of a server that takes requests and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


def calls_of(canceled: bool = False, stopping: bool = False) -> Calls:
    made = Calls(Ownership(), lambda: stopping)
    made.canceled = canceled
    return made


def state_of(session: Session, job: Job) -> str:
    session.rollback()
    session.refresh(job)
    return job.state


def test_a_request_without_an_answer_is_named_while_it_waits(session: Session, later: Any) -> None:
    job, running, calls = ask(session).job, Running("w1"), calls_of()
    queue.claim(session, job.id, "w1")
    assert running.begin(job.id, calls) and not running.begin(job.id, calls_of())
    with calls.under_way("schoology"), calls.under_way("sis"):
        running.beat(session)
        assert service.stalled(session) == []

        later(70)
        running.beat(session)
        (named,) = service.stalled(session)
        assert f"job {job.id} of installation 1 has waited for an answer from schoology" in named.found

    running.beat(session)
    assert service.stalled(session) == []


def test_a_job_without_a_heartbeat_is_named_before_it_is_taken_over(session: Session) -> None:
    job = ask(session).job
    queue.claim(session, job.id, "gone")

    with time_machine.travel(clock.now() + timedelta(seconds=80), tick=False):
        assert heartbeats.requeue_silent(session, set()) == 0
        (named,) = service.stalled(session)
    assert f"job {job.id} of installation 1 has had no heartbeat for" in named.found


@pytest.mark.parametrize(
    ("why", "raised"), [({"canceled": True}, JobCanceled), ({"stopping": True}, JobStopped)]
)
def test_a_request_that_is_long_under_way_ends_with_its_job(
    deaf: str, later: Any, why: dict[str, bool], raised: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first attempt is given up, and there is no second."""
    monkeypatch.setattr(deadlines, "LOOK_AGAIN", 0.01)
    calls = calls_of(**why)
    adapter = AskingAdapter(deadlines.TimedAdapter(), lambda: calls.under_way("sis"))
    with Transport(adapter=adapter, sleep=lambda _: None) as transport:
        asking = threading.Timer(0.05, later, (USUAL,))
        asking.start()
        with pytest.raises(raised):
            transport.request("GET", deaf)
        asking.join()


def test_a_write_that_was_given_up_may_have_been_done(
    deaf: str, later: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "LOOK_AGAIN", 0.01)
    calls = calls_of(canceled=True)
    adapter = AskingAdapter(deadlines.TimedAdapter(), lambda: calls.under_way("schoology"))
    with Transport(adapter=adapter) as transport:
        asking = threading.Timer(0.05, later, (USUAL,))
        asking.start()
        with pytest.raises(Transient) as failed:
            transport.request("POST", deaf, json={})
        asking.join()
    assert failed.value.maybe_done and calls.wait() is None


def test_a_job_whose_claim_was_committed_unheard_is_put_back(
    session: Session, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, ran = ask(session).job, []

    def work(task: Task) -> Result:
        runner.tick()  # leaves alone what runs
        ran.append(state_of(session, job))
        return DONE

    runner = InProcessRunner(nullcontext, SimpleNamespace(engine=engine), wiring(), {"provision": work})
    real = queue.claim

    def unheard(*values: Any, **named: Any) -> bool:
        real(*values, **named)
        raise OperationalError("COMMIT", {}, Exception("the connection was closed"))

    with monkeypatch.context() as patch, pytest.raises(OperationalError):
        patch.setattr(queue, "claim", unheard)
        runner.run_now(job.id)
    assert state_of(session, job) == JobState.RUNNING

    runner.tick()

    assert state_of(session, job) == JobState.QUEUED
    assert runner.run_now(job.id)
    assert (ran, state_of(session, job)) == ([JobState.RUNNING], JobState.DONE)


def test_a_process_never_runs_a_job_twice_at_a_time(session: Session, engine: Engine) -> None:
    """Both threads would have one name, so neither would notice that the other has the job."""
    job, again = ask(session).job, []

    def work(_task: Task) -> Result:
        assert heartbeats.requeue_silent(session, {runner.owner}) == 1
        again.append(runner.run_now(job.id))
        return DONE

    runner = InProcessRunner(nullcontext, SimpleNamespace(engine=engine), wiring(), {"provision": work})
    runner.run_now(job.id)

    assert (again, state_of(session, job)) == ([False], JobState.QUEUED)


@pytest.mark.parametrize(("number", "state"), [(errno.ENOSPC, JobState.QUEUED), (errno.EIO, JobState.FAILED)])
def test_a_full_disk_pauses_a_job(session: Session, engine: Engine, number: int, state: JobState) -> None:
    job = ask(session).job

    def work(_task: Task) -> Result:
        raise OSError(number, "a temporary file")

    InProcessRunner(nullcontext, SimpleNamespace(engine=engine), wiring(), {"provision": work}).run_now(
        job.id
    )

    assert state_of(session, job) == state
