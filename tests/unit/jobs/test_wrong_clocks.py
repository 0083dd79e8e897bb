"""A machine whose clock is wrong stops no one, not even when it dies."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs import heartbeats, lease, queue
from lti_app.models import Job, JobState
from tests.unit.jobs.test_queue import ask

LENGTH = timedelta(seconds=90)
DAY = timedelta(days=1)


def test_a_lease_of_a_machine_that_was_a_day_ahead_keeps_no_one_out(session: Session) -> None:
    with time_machine.travel(clock.now() + DAY, tick=False):
        assert lease.hold(session, "scheduler", "ahead", LENGTH)

    assert lease.hold(session, "scheduler", "right", LENGTH)
    assert lease.holder_of(session, "scheduler") == "right"


@pytest.mark.parametrize(("ahead", "lost"), [(timedelta(seconds=80), 0), (DAY, 1)])
def test_a_heartbeat_from_a_day_ahead_is_none(session: Session, ahead: timedelta, lost: int) -> None:
    job = ask(session).job
    with time_machine.travel(clock.now() + ahead, tick=False):
        queue.claim(session, job.id, "ahead")

    assert heartbeats.requeue_silent(session, set()) == lost
    session.expire_all()
    assert (session.get_one(Job, job.id).state == JobState.QUEUED) == bool(lost)


def test_a_clock_that_was_ahead_puts_no_daily_work_off(session: Session) -> None:
    assert not lease.is_due(session, "prune", DAY)
    with time_machine.travel(clock.now() + 30 * DAY, tick=False):
        assert lease.is_due(session, "prune", DAY)

    assert lease.is_due(session, "prune", DAY)
    assert not lease.is_due(session, "prune", DAY)
