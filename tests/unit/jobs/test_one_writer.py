"""One writer for a district: a request for one record is run by the job under way, or at once without one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs import heartbeats, queue
from lti_app.jobs.runner import JobCanceled, Result, Task
from lti_app.models import Job, JobState
from lti_app.school.reasons import NO_REASON, other
from tests.unit.jobs.test_queue import ask
from tests.unit.jobs.test_runners import DONE, Make, make, state

__all__ = ["make"]

Work = Callable[[Task], Result]


def request(session: Session, installation_id: int = 1) -> Job:
    params = {"what": "one", "only": {"kind": "user", "sis_id": "student:1"}}
    return ask(session, installation_id, lane=queue.ONE_RECORD, params=params).job


def works(long_work: Work, short_work: Work = lambda task: DONE) -> Work:
    """What a worker does for both sorts of jobs."""
    return lambda task: (short_work if task.request.what == "one" else long_work)(task)


def reports(task: Task) -> Result:
    task.progress.report("reading_users", 1, 2)
    return DONE


def test_a_request_does_not_run_beside_the_sync_of_its_district(session: Session) -> None:
    everything, one, elsewhere = ask(session).job, request(session), request(session, 2)
    assert queue.claim(session, everything.id, "w1")

    assert not queue.claim(session, one.id, "w2")
    assert queue.claim(session, elsewhere.id, "w2")


def test_a_sync_waits_for_the_end_of_a_request(session: Session) -> None:
    one, everything = request(session), ask(session).job
    assert queue.claim(session, one.id, "w1")

    assert not queue.claim(session, everything.id, "w2")
    queue.finish(session, one.id, "w1", JobState.DONE, message=NO_REASON)
    assert queue.claim(session, everything.id, "w2")


def test_a_request_runs_at_once_while_the_sync_waits_out_an_outage(session: Session) -> None:
    everything, one = ask(session).job, request(session)
    queue.claim(session, everything.id, "w1")
    later = clock.now() + timedelta(minutes=5)
    queue.finish(session, everything.id, "w1", JobState.QUEUED, message=NO_REASON, resume_at=later)

    assert queue.claim(session, one.id, "w2")


def test_only_the_worker_of_the_running_job_takes_a_request_inside_it(session: Session) -> None:
    everything, one = ask(session).job, request(session)
    assert not queue.claim(session, one.id, "w1", inside=everything.id)
    queue.claim(session, everything.id, "w1")

    assert not queue.claim(session, one.id, "w2", inside=everything.id)
    assert queue.claim(session, one.id, "w1", inside=everything.id)


def test_a_long_job_takes_nothing_but_requests_of_its_own_district(session: Session, make: Make) -> None:
    everything, elsewhere = ask(session).job, request(session, 2)
    grades = ask(session, lane="grades", section_id="7").job

    make(works(reports)).run_now(everything.id)

    assert [state(session, each) for each in (everything, elsewhere, grades)] == ["done", "queued", "queued"]


def test_it_runs_whole_between_two_reports_and_its_worker_goes_on(session: Session, make: Make) -> None:
    everything, one = ask(session).job, request(session)
    seen: list[str] = []

    def long_work(task: Task) -> Result:
        task.progress.report("reading_users", 1, 2)
        seen.append(state(session, one))
        task.progress.report("reading_users", 2, 2)
        return DONE

    def short_work(task: Task) -> Result:
        seen.append(f"{state(session, everything)} beside {state(session, one)}")
        return DONE

    make(works(long_work, short_work)).run_now(everything.id)

    assert seen == ["running beside running", "done"]
    assert state(session, everything) == JobState.DONE


def test_both_jobs_share_one_heartbeat(session: Session, make: Make) -> None:
    everything, one = ask(session).job, request(session)
    beats: list[Any] = []

    def short_work(_task: Task) -> Result:
        later = clock.now() + timedelta(minutes=3)
        with time_machine.travel(later, tick=False):
            runner.beat()
            beats.append(heartbeats.requeue_silent(session, set()))
        return DONE

    runner = make(works(reports, short_work))
    runner.run_now(everything.id)

    assert beats == [0]
    assert [state(session, each) for each in (everything, one)] == ["done", "done"]


def fails(_task: Task) -> Result:
    raise ValueError("a bug")


def refuses(_task: Task) -> Result:
    return Result(JobState.FAILED, other("Not started: the district is paused."))


def is_cancelled(_task: Task) -> Result:
    raise JobCanceled


def has_no_database(_task: Task) -> Result:
    raise OperationalError("select", {}, Exception("gone"))


@pytest.mark.parametrize(
    ("short_work", "ended"),
    [(fails, "failed"), (refuses, "failed"), (is_cancelled, "cancelled"), (has_no_database, "queued")],
)
def test_the_long_job_does_not_depend_on_how_it_ends(
    session: Session, make: Make, short_work: Work, ended: str
) -> None:
    everything, one = ask(session).job, request(session)

    make(works(reports, short_work)).run_now(everything.id)

    assert (state(session, everything), state(session, one)) == ("done", ended)


def test_a_process_that_goes_down_puts_both_back(session: Session, make: Make) -> None:
    everything, one = ask(session).job, request(session)

    def short_work(task: Task) -> Result:
        runner.stop()
        return reports(task)

    runner = make(works(lambda task: (reports(task), reports(task))[0], short_work))
    runner.run_now(everything.id)

    assert [state(session, each) for each in (everything, one)] == ["queued", "queued"]


def test_a_long_job_that_went_to_another_worker_writes_nothing_more(session: Session, make: Make) -> None:
    everything, one = ask(session).job, request(session)
    wrote: list[str] = []

    def short_work(_task: Task) -> Result:
        row = session.get_one(Job, everything.id, populate_existing=True)
        row.owner = "another"
        session.commit()
        return DONE

    def long_work(task: Task) -> Result:
        reports(task)
        reports(task)
        wrote.append("more")
        return DONE

    make(works(long_work, short_work)).run_now(everything.id)

    assert wrote == []
    assert (state(session, one), state(session, everything), everything.owner) == (
        "done",
        "running",
        "another",
    )


def test_what_a_killed_process_leaves_is_recovered_one_after_the_other(session: Session, make: Make) -> None:
    everything, one = ask(session).job, request(session)
    queue.claim(session, everything.id, "here:99:x")
    queue.claim(session, one.id, "here:99:x", inside=everything.id)
    assert heartbeats.requeue_silent(session, {"here:99:x"}) == 2

    make(works(reports)).run_now(everything.id)

    assert [state(session, each) for each in (everything, one)] == ["done", "done"]


@pytest.mark.parametrize("first_is_long", [True, False])
def test_a_waiting_job_runs_when_the_other_one_ends(
    session: Session, make: Make, monkeypatch: pytest.MonkeyPatch, first_is_long: bool
) -> None:
    jobs = [ask(session).job, request(session)]
    first, second = jobs if first_is_long else jobs[::-1]
    runner, handed_out = make(), []
    monkeypatch.setattr(runner, "_hand_out", handed_out.extend)

    runner.run_now(first.id)

    assert handed_out == [second.id]


def test_a_pause_is_interrupted_for_it(session: Session, make: Make) -> None:
    everything = ask(session).job
    asked: list[Job] = []
    waits: list[tuple[float, str]] = []

    def wait(seconds: float) -> None:
        waits.append((seconds, state(session, asked[0]) if asked else ""))
        if not asked:
            asked.append(request(session))

    def long_work(task: Task) -> Result:
        task.progress.pause(12, wait)
        return DONE

    make(works(long_work)).run_now(everything.id)

    assert waits == [(5, ""), (5, "done"), (2, "done")]
