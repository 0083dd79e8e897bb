"""The queue's rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs import heartbeats, order, queue
from lti_app.models import JobState
from lti_app.school.reasons import other
from lti_app.store.district import District
from tests.factories import add_installation, add_job


def ask(session: Session, installation_id: int = 1, **changes: Any) -> queue.Enqueued:
    asked = queue.enqueue(
        District(session, installation_id),
        "provision",
        **{"params": {"what": "all"}, "trigger": "manual", "asked_by": "Avery", **changes},
    )
    session.commit()
    return asked


def test_pressing_twice_joins_the_job_that_is_there(session: Session) -> None:
    first, second = ask(session), ask(session)

    assert (first.joined, second.joined) == (False, True)
    assert first.job.id == second.job.id


def test_another_installation_gets_a_job_of_its_own(session: Session) -> None:
    assert ask(session, 1).job.id != ask(session, 2).job.id


def test_the_database_itself_refuses_a_second_active_job(session: Session) -> None:
    ask(session)

    with pytest.raises(IntegrityError):
        add_job(session, state=JobState.QUEUED)


def test_a_finished_job_makes_room_for_the_next(session: Session) -> None:
    first = ask(session).job
    queue.claim(session, first.id, "w1")
    queue.finish(session, first.id, "w1", JobState.DONE, message=other("fine"))

    assert not ask(session).joined


def test_only_one_worker_gets_a_job(session: Session) -> None:
    job = ask(session).job

    assert [queue.claim(session, job.id, owner) for owner in ("w1", "w2")] == [True, False]


def test_only_the_owner_writes_the_outcome(session: Session) -> None:
    job = ask(session).job
    queue.claim(session, job.id, "w1")

    assert not queue.finish(session, job.id, "w2", JobState.FAILED, message=other("no"))
    session.refresh(job)
    assert job.state == JobState.RUNNING


def test_manual_jobs_wait_before_scheduled_ones(session: Session) -> None:
    scheduled = ask(session, 1, trigger="scheduled").job
    manual = ask(session, 2).job

    assert (order.place(session, manual), order.place(session, scheduled)) == (1, 2)


def test_a_queued_job_is_canceled_at_once(session: Session) -> None:
    job = ask(session).job

    assert queue.request_cancel(District(session, 1), job.id)
    session.refresh(job)
    assert job.state == JobState.CANCELED


def test_a_job_of_another_installation_cannot_be_canceled(session: Session) -> None:
    job = ask(session, 1).job

    assert not queue.request_cancel(District(session, 2), job.id)
    session.refresh(job)
    assert job.state == JobState.QUEUED


def test_a_silent_worker_loses_its_job_and_a_live_one_keeps_it(session: Session) -> None:
    silent, lively = ask(session, 1).job, ask(session, 2).job
    queue.claim(session, silent.id, "w1")
    queue.claim(session, lively.id, "w2")

    with time_machine.travel(clock.now() + heartbeats.SILENT_AFTER + timedelta(seconds=1), tick=False):
        heartbeats.beat(session, "w2", {lively.id})
        assert heartbeats.requeue_silent(session, set()) == 1

    session.expire_all()
    assert (silent.state, lively.state) == (JobState.QUEUED, JobState.RUNNING)


def test_a_job_of_a_dead_process_comes_back_without_waiting(session: Session) -> None:
    job = ask(session).job
    queue.claim(session, job.id, "here:99:x")

    assert heartbeats.requeue_silent(session, {"here:99:x"}) == 1


def test_a_sweep_has_its_turn_among_the_jobs_of_live_sync(session: Session) -> None:
    live = [ask(session, lane="grades", section_id=str(number), trigger="live").job.id for number in range(3)]
    sweep = ask(session, lane="live-sweep", trigger="scheduled").job.id
    one = ask(session, lane=queue.ONE_RECORD).job.id
    night = ask(session, trigger="scheduled").job.id
    late = ask(session, lane="grades", section_id="9", trigger="live").job.id

    assert order.queued_ids(session, long=False) == [one, *live, sweep, late]
    assert order.queued_ids(session, long=True) == [night]


@pytest.mark.parametrize(("lane", "most"), [("live-sweep", 2), (queue.ONE_RECORD, 1)])
def test_brief_jobs_leave_room_in_their_process_and_not_in_others(
    session: Session, lane: str, most: int
) -> None:
    for number in (3, 4):
        add_installation(session, f"c-{number}")
    session.commit()
    asked = [ask(session, each, lane=lane).job.id for each in (1, 2, 3, 4)]
    mine, theirs = asked[: most + 1], asked[-1]

    taken = [queue.claim(session, each, "w1") for each in mine]

    assert taken == [True] * most + [False]
    assert queue.claim(session, theirs, "w2")
    assert queue.claim(session, ask(session, 3, lane="grades", section_id="1").job.id, "w1")
