"""A job that ends its process is not run again forever."""

from __future__ import annotations

import psycopg
import pytest
import time_machine
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs import heartbeats, queue
from lti_app.models import Job, JobState
from lti_app.school.ending_codes import EndingCode
from tests.factories import add_installation
from tests.unit.jobs.test_queue import ask


def lose(session: Session, job: Job, *, phase: str, done: int = 0) -> Job:
    """A worker claims the job, comes to this place, and is dead."""
    job.resume_at = None
    session.commit()
    assert queue.claim(session, job.id, "gone")
    job.phase, job.done = phase, done
    session.commit()
    assert heartbeats.requeue_silent(session, {"gone"}) == 1
    session.expire_all()
    return session.get_one(Job, job.id)


def test_the_third_end_at_one_place_is_the_last(session: Session) -> None:
    with time_machine.travel(clock.now(), tick=False):
        job = lose(session, ask(session).job, phase="reading_students")
        assert (job.state, job.resume_at) == (JobState.QUEUED, None)

        job = lose(session, job, phase="reading_students")
        assert (job.state, job.resume_at) == (JobState.QUEUED, clock.now() + heartbeats.BACK_OFF)
        assert not queue.claim(session, job.id, "next")

        job = lose(session, job, phase="reading_students")

    assert job.state == JobState.FAILED
    assert job.finished_at is not None
    assert job.message.code == EndingCode.JOB_ENDS_PROCESS
    assert not ask(session).joined  # the next night is not kept out


def test_a_job_that_gets_further_each_time_goes_on(session: Session) -> None:
    job = ask(session).job
    for done in range(10, 100, 10):
        job = lose(session, job, phase="sending_user", done=done)
        assert (job.state, job.resume_at) == (JobState.QUEUED, None)


@pytest.mark.postgres
def test_a_frozen_session_keeps_one_job_back_and_no_other(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    with Session(engine) as session:
        for number in (1, 2):
            add_installation(session, f"c-{number}")
        session.commit()
        held, free = ask(session, 1).job, ask(session, 2).job
        for each in (held, free):
            queue.claim(session, each.id, "gone")
        with psycopg.connect(postgres_url.replace("+psycopg", "")) as frozen:
            frozen.execute("SELECT 1 FROM job WHERE id = %s FOR UPDATE", (held.id,))
            assert heartbeats.requeue_silent(session, {"gone"}) == 1
        assert heartbeats.requeue_silent(session, {"gone"}) == 1
    engine.dispose()
