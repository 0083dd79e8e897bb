"""Long syncs of several districts share the slots."""

from __future__ import annotations

import time
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lti_app.jobs import order, queue
from lti_app.jobs.in_process import InProcessRunner
from lti_app.jobs.runner import Result, Task
from lti_app.jobs.turns import TURN, TURN_BEFORE_PERSON
from lti_app.models import Job, JobState
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reasons import NO_REASON
from tests.unit.jobs.conftest import wiring
from tests.unit.jobs.test_queue import ask


@pytest.mark.parametrize(
    ("seconds", "phase", "others", "reports"),
    [
        (TURN + 1, "sending_user", {}, 1),
        (TURN - 1, "sending_user", {"trigger": "scheduled"}, 3),
        (TURN_BEFORE_PERSON + 1, "sending_user", {}, 1),
        (TURN_BEFORE_PERSON - 1, "sending_user", {}, 3),
        (TURN + 1, "reading_students", {}, 3),
        (TURN + 1, "reading_", {}, 2),
        (TURN + 1, "sending_user", {"lane": queue.ONE_RECORD}, 3),
        (TURN + 1, "sending_user", None, 3),
    ],
    ids=[
        "its time is over",
        "not yet",
        "a person waits",
        "not yet, even for a person",
        "within a feed",
        "between two feeds",
        "only a short job waits",
        "nobody waits",
    ],
)
def test_a_long_sync_makes_room_for_a_district_that_waits(  # noqa: PLR0913 - one row of the table
    engine: Engine,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    phase: str,
    others: dict[str, Any] | None,
    reports: int,
) -> None:
    came = []

    def sends(task: Task) -> Result:
        real = time.monotonic
        monkeypatch.setattr(time, "monotonic", lambda: real() + seconds)
        task.progress.ownership.confirm(time.monotonic())
        for number in range(1, 4):
            came.append(number)
            begins = phase == "reading_" and number == 2
            task.progress.report(phase, 0 if begins else number, 3)
        return Result(JobState.DONE, NO_REASON)

    first = ask(session, 1).job.id
    second = ask(session, 2, **others).job.id if others is not None else 0
    runner = InProcessRunner(nullcontext, SimpleNamespace(engine=engine), wiring(), {"provision": sends})

    assert runner.run_now(first)

    assert len(came) == reports
    session.expire_all()
    job = session.get_one(Job, first)
    if reports < 3:
        assert (job.state, job.message.code, job.pauses) == (JobState.QUEUED, EndingCode.JOB_MAKES_ROOM, 0)
        assert order.queued_ids(session) == [second, first]
    else:
        assert job.state == JobState.DONE
