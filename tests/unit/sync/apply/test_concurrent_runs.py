"""Which lines of the sync of all are left to a record that is synced alone beside it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lti_app import clock
from lti_app.jobs import queue
from lti_app.models import Change, ChangeState, Job, JobState, Run, RunState
from lti_app.school.records import Kind
from lti_app.store import links
from lti_app.sync.apply.concurrent_runs import READ_AT, REASON, must_wait, not_overtaken, others_at_work
from lti_app.sync.run import stop
from tests.unit.conftest import Engine

SOMEONE = "student:007"
ONLY = {"only": {"kind": "user", "sis_id": SOMEONE}}


def run_of(engine: Engine, what: str, minutes: float, **more: Any) -> Run:
    """A run that began so many minutes ago; one of everything had read the SIS a minute after that."""
    began = clock.now() - timedelta(minutes=minutes)
    lane = queue.ONE_RECORD if what == "one" else queue.PROVISION
    job = queue.enqueue(
        engine.session, 1, "provision", params={}, trigger="manual", asked_by="t", lane=lane
    ).job
    engine.session.flush()
    read = {READ_AT: (began + timedelta(minutes=1)).isoformat()}
    known: dict[str, Any] = {"digest": "made", "checkpoint": ONLY if what == "one" else read}
    known |= {"what": what, "state": RunState.APPLYING, "started_at": began, **more}
    run = Run(installation_id=1, job_id=job.id, **known)
    engine.session.add(run)
    engine.session.flush()
    return run


def line_of(engine: Engine, run: Run, state: ChangeState = ChangeState.PLANNED, **more: Any) -> Change:
    known: dict[str, Any] = {"kind": "user", "action": "update", "sis_id": SOMEONE, "batch": 0, "seq": 1}
    line = Change(installation_id=1, run_id=run.id, state=state, **{**known, **more})
    engine.session.add(line)
    engine.session.commit()
    return line


def is_sent(engine: Engine, line: Change) -> bool:
    sent = not_overtaken(engine.session, [line]) == [line]
    assert line.reason == ("" if sent else REASON)
    return sent


def test_what_one_of_one_record_found_up_to_date_is_not_sent(engine: Engine) -> None:
    everything = run_of(engine, "all", 10)
    run_of(engine, "one", 5, state=RunState.DONE, finished_at=clock.now())

    assert not is_sent(engine, line_of(engine, everything))


@pytest.mark.parametrize(
    ("minutes", "more"),
    [
        (5, {"digest": ""}),
        (5, {"state": RunState.FAILED}),
        (5, {"state": RunState.CANCELLED}),
        (9.5, {"state": RunState.DONE}),
        (5, {"state": RunState.DONE, "checkpoint": {"only": {"kind": "user", "sis_id": "student:008"}}}),
        (5, {"state": RunState.DONE, "plan_only": True}),
    ],
    ids=["has-not-read", "failed", "cancelled", "read-no-later", "of-another", "preview"],
)
def test_what_the_other_does_not_know_better_is_sent(
    engine: Engine, minutes: float, more: dict[str, Any]
) -> None:
    everything = run_of(engine, "all", 10)
    run_of(engine, "one", minutes, finished_at=clock.now(), **more)

    assert is_sent(engine, line_of(engine, everything))


@pytest.mark.parametrize(
    "state", [ChangeState.BLOCKED, ChangeState.FAILED, ChangeState.HELD, ChangeState.DISCARDED]
)
def test_what_the_other_could_not_send_is_sent(engine: Engine, state: ChangeState) -> None:
    everything = run_of(engine, "all", 10)
    other = run_of(engine, "one", 5, state=RunState.DONE_WITH_PROBLEMS, finished_at=clock.now())
    line_of(engine, other, state)

    assert is_sent(engine, line_of(engine, everything))


def test_what_was_sent_before_without_an_answer_is_sent_again(engine: Engine) -> None:
    everything = run_of(engine, "all", 10)
    run_of(engine, "one", 5, state=RunState.DONE, finished_at=clock.now())

    assert is_sent(engine, line_of(engine, everything, batch=3))


def test_what_the_other_did_not_find_is_made(engine: Engine) -> None:
    everything = run_of(engine, "all", 10)
    run_of(engine, "one", 5, state=RunState.DONE, finished_at=clock.now())

    assert is_sent(engine, line_of(engine, everything, action="create"))


def test_what_the_other_has_made_is_not_made_again(engine: Engine) -> None:
    everything = run_of(engine, "all", 10)
    other = run_of(engine, "one", 9.9, state=RunState.DONE, finished_at=clock.now())
    line_of(engine, other, ChangeState.DONE, action="create", finished_at=clock.now())
    links.record(engine.session, 1, [links.Pair(Kind.USER, SOMEONE, "4711")])

    assert not is_sent(engine, line_of(engine, everything, action="create"))


@pytest.mark.parametrize(
    ("what", "more"), [("undo", {}), ("all", {"approved_at": "2026-11-23T17:00:00+00:00"})]
)
def test_what_a_person_saw_and_approved_is_sent(engine: Engine, what: str, more: dict[str, str]) -> None:
    everything = run_of(engine, what, 10)
    everything.checkpoint = {**everything.checkpoint, **more}
    run_of(engine, "one", 5, state=RunState.DONE, finished_at=clock.now())

    assert is_sent(engine, line_of(engine, everything))


@pytest.mark.parametrize(("running", "waits"), [(True, True), (False, False)])
def test_one_waits_for_what_the_other_is_sending_and_not_for_the_end_of_an_outage(
    engine: Engine, running: bool, waits: bool
) -> None:
    everything, one = run_of(engine, "all", 10), run_of(engine, "one", 5)
    if running:
        queue.claim(engine.session, everything.job_id, "another worker")
    assert not must_wait(engine.session, one.id)
    line_of(engine, everything, ChangeState.SENT, sis_id="student:008", seq=2)
    assert not must_wait(engine.session, one.id)

    line_of(engine, everything, ChangeState.SENT)

    assert must_wait(engine.session, one.id) == waits


@pytest.mark.parametrize(("running", "waits"), [(True, True), (False, False)])
def test_the_sync_of_all_waits_while_one_record_is_sent(engine: Engine, running: bool, waits: bool) -> None:
    everything, one = run_of(engine, "all", 10), run_of(engine, "one", 5)
    if running:
        queue.claim(engine.session, one.job_id, "another worker")

    assert must_wait(engine.session, everything.id) == waits


@pytest.mark.parametrize(("minutes_ago", "sent"), [(3, False), (7, True)])
def test_one_record_gives_way_to_what_the_sync_of_all_sent_since_it_began(
    engine: Engine, minutes_ago: int, sent: bool
) -> None:
    everything = run_of(engine, "all", 10)
    finished = clock.now() - timedelta(minutes=minutes_ago)
    line_of(engine, everything, ChangeState.DONE, finished_at=finished)
    one = run_of(engine, "one", 5)

    assert is_sent(engine, line_of(engine, one)) == sent


def test_a_line_without_an_answer_outlives_the_end_of_its_run(engine: Engine) -> None:
    """The next run finds out what became of it; what was never sent is simply dropped."""
    run = run_of(engine, "all", 10)
    asked, never = line_of(engine, run, batch=3), line_of(engine, run, seq=2, sis_id="student:008")

    stop(engine.session, run.id, RunState.CANCELLED, "Cancelled.")

    engine.session.refresh(asked)
    engine.session.refresh(never)
    assert (asked.state, never.state) == (ChangeState.SENT, ChangeState.DISCARDED)


def test_only_runs_whose_jobs_go_on_settle_their_own(engine: Engine) -> None:
    everything = run_of(engine, "all", 10)
    one = run_of(engine, "one", 5)
    assert engine.session.scalars(others_at_work(1, one.id)).all() == [everything.id]

    engine.session.get_one(Job, everything.job_id).state = JobState.FAILED
    engine.session.flush()

    assert engine.session.scalars(others_at_work(1, one.id)).all() == []
