"""When another process takes over: after ninety seconds of silence, or immediately from one that is dead."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from lti_app.jobs import distributed, heartbeats, lease, queue
from lti_app.jobs.in_process import InProcessRunner
from lti_app.jobs.ownership import JobLost
from lti_app.jobs.runner import Progress, Result
from lti_app.jobs.worker_id import this_machine
from lti_app.models import Job, JobState
from lti_app.school.reasons import NO_REASON, other
from tests.unit.jobs.conftest import wiring
from tests.unit.jobs.test_queue import ask

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DONE = Result(JobState.DONE, other("done"))
SILENCE = pytest.mark.parametrize(("seconds", "taken"), [(31, False), (89, False), (90, False), (91, True)])
NO_PROCESS = 2**22 + 1
"""Linux counts no process as high as this."""


def after(seconds: float) -> Any:
    return time_machine.travel(NOON + timedelta(seconds=seconds), tick=False)


@pytest.fixture
def runner(engine: Engine) -> InProcessRunner:
    return InProcessRunner(
        nullcontext, SimpleNamespace(engine=engine), wiring(), {"provision": lambda _task: DONE}
    )


def state_of(session: Session, job: Job) -> tuple[str, str]:
    session.rollback()
    session.refresh(job)
    return job.state, job.owner


@SILENCE
def test_a_job_is_taken_over_after_ninety_seconds_of_silence(
    session: Session, runner: InProcessRunner, seconds: int, taken: bool
) -> None:
    with after(0):
        job = ask(session).job
        queue.claim(session, job.id, "elsewhere:1:x")
    with after(seconds):
        runner.tick()
        assert state_of(session, job) == ((JobState.QUEUED, "") if taken else ("running", "elsewhere:1:x"))
        assert queue.claim(session, job.id, "here") == taken


@SILENCE
def test_silence_counts_from_the_last_heartbeat(
    session: Session, runner: InProcessRunner, seconds: int, taken: bool
) -> None:
    with after(0):
        job = ask(session).job
        queue.claim(session, job.id, "elsewhere:1:x")
    with after(60):
        heartbeats.beat(session, "elsewhere:1:x", {job.id})
    with after(60 + seconds):
        runner.tick()
        assert (state_of(session, job)[0] == JobState.QUEUED) == taken


@SILENCE
def test_the_right_to_tick_is_taken_over_after_ninety_seconds_of_silence(
    session: Session, engine: Engine, runner: InProcessRunner, seconds: int, taken: bool
) -> None:
    looked: list[str] = []
    other = InProcessRunner(
        nullcontext,
        SimpleNamespace(engine=engine),
        None,
        {},
        periodic=[lambda _session, _wiring: looked.append("here")],
    )
    with after(0):
        assert lease.hold(session, "scheduler", "elsewhere:1:x", timedelta(seconds=90))
    with after(seconds):
        other.tick()
        assert bool(looked) == taken
    with after(seconds + 89):  # and whoever has it then has it for as long
        runner.tick()
        assert lease.holder_of(session, "scheduler") == (other.owner if taken else runner.owner)


def test_the_ticking_process_keeps_others_out_for_ninety_seconds(
    session: Session, runner: InProcessRunner
) -> None:
    with after(0):
        runner.tick()
    for seconds, free in ((89, False), (90, False), (91, True)):
        with after(seconds):
            assert lease.hold(session, "scheduler", "elsewhere:1:x", timedelta(seconds=90)) == free


@pytest.mark.parametrize("place", ["here", "elsewhere"])
def test_only_a_process_of_this_machine_can_be_known_to_be_dead(
    session: Session, runner: InProcessRunner, place: str
) -> None:
    owner = f"{this_machine() if place == 'here' else 'elsewhere/1'}:{NO_PROCESS}:x"
    with after(0):
        job = ask(session).job
        queue.claim(session, job.id, owner)
        lease.hold(session, "scheduler", owner, timedelta(seconds=90))
    with after(1):
        runner.tick()
        assert (state_of(session, job)[0] == JobState.QUEUED) == (place == "here")
        assert (lease.holder_of(session, "scheduler") == runner.owner) == (place == "here")


def test_a_worker_can_neither_keep_nor_end_a_job_that_was_taken_over(session: Session) -> None:
    with after(0):
        job = ask(session).job
        queue.claim(session, job.id, "first")
    with after(91):
        heartbeats.requeue_silent(session, set())
        queue.claim(session, job.id, "second")
    with after(120):
        heartbeats.beat(session, "first", {job.id})
        assert not queue.finish(session, job.id, "first", JobState.DONE, message=NO_REASON)
    with after(91 + 91):  # the beat of the first one was none of the second's
        assert heartbeats.requeue_silent(session, set()) == 1


@pytest.mark.parametrize("how", ["hold", "report"])
def test_what_a_worker_did_since_it_lost_its_job_is_rolled_back(session: Session, how: str) -> None:
    job = ask(session).job
    queue.claim(session, job.id, "second")
    progress = Progress(session, job.id, "first")
    job.message = other("written by the first")
    session.flush()

    with pytest.raises(JobLost):
        progress.hold() if how == "hold" else progress.report("sending", 1, 2)

    session.commit()
    assert session.scalar(select(Job.message)) == NO_REASON


def test_the_engine_of_many_machines_waits_as_long_as_the_rows_do() -> None:
    """Sooner, and it would drop the word for a job whose row still has a worker."""
    assert timedelta(seconds=distributed.STALLED_AFTER) == heartbeats.SILENT_AFTER == timedelta(seconds=90)


@pytest.mark.parametrize(("seconds", "due"), [(59, False), (60, True), (61, True)])
def test_what_is_due_once_in_a_while_is_due_once(session: Session, seconds: int, due: bool) -> None:
    minute = timedelta(seconds=60)
    with after(0):
        assert not lease.is_due(session, "look", minute)
    with after(seconds):
        assert [lease.is_due(session, "look", minute) for _ in range(2)] == [due, False]
        lease.is_due_again(session, "look")
        assert lease.is_due(session, "look", minute)


@pytest.mark.parametrize(
    ("every", "behind", "due"),
    [
        (timedelta(days=7), timedelta(seconds=2), False),
        (timedelta(days=7), timedelta(hours=2), True),
        (timedelta(minutes=1), timedelta(seconds=59), False),
        (timedelta(minutes=1), timedelta(minutes=2), True),
    ],
)
def test_a_clock_that_is_a_little_behind_makes_nothing_due(
    session: Session, every: timedelta, behind: timedelta, due: bool
) -> None:
    """Of two processes, the second started later and with it its clock: no week is over by that."""
    with after(0):
        assert not lease.is_due(session, "look", every)
    with after(-behind.total_seconds()):
        assert lease.is_due(session, "look", every) == due


def test_a_renewed_lease_lasts_as_long_as_a_taken_one(
    session: Session,
) -> None:
    length = timedelta(seconds=90)
    with after(0):
        lease.hold(session, "scheduler", "first", length)
    with after(60):
        lease.renew(session, "scheduler", "first", length)
        lease.renew(session, "scheduler", "another", timedelta(days=1))  # which has no say
    with after(149):
        assert lease.runs(session, "scheduler")
        assert not lease.take_from(session, "scheduler", "another", "second", length=length)
    with after(151):
        assert not lease.runs(session, "scheduler") and not lease.runs(session, "unheard of")
        assert lease.take_from(session, "scheduler", "first", "second", length=length)
    with after(240):
        assert lease.runs(session, "scheduler") and lease.holder_of(session, "scheduler") == "second"
