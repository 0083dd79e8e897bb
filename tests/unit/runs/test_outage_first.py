"""A connection that worked before and now answers otherwise: a pause six times, and only then an error."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from lti_app.jobs import queue
from lti_app.models import Base, Job, JobState
from lti_app.outbound.errors import Insecure, NotFound, OutsideError, Unexpected
from lti_app.school.job_request import JobRequest
from lti_app.sis.errors import SisConfigError, SisRejected
from lti_app.sync.ending import PAUSES, ProvisioningEnding
from tests.factories import add_installation, add_job


@pytest.fixture
def session() -> Any:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as made:
        add_installation(made)
        add_job(made, state=JobState.QUEUED)
        made.commit()
        yield made
    engine.dispose()


def attempts(session: Session, error: OutsideError) -> list[str]:
    """The state after each attempt of the job, until it is over."""
    job = session.query(Job).one()
    states: list[str] = []
    while not states or states[-1] == JobState.QUEUED:
        session.query(Job).update({"resume_at": None})
        queue.claim(session, job.id, "w")
        task: Any = SimpleNamespace(
            session=session, job_id=job.id, installation_id=1, request=JobRequest(), district=None
        )

        def work() -> Any:
            raise error

        result = ProvisioningEnding(task).guard(work)
        queue.finish(session, job.id, "w", result.state, message=result.message, resume_at=result.resume_at)
        states.append(result.state)
    return states


@pytest.mark.parametrize(
    "error",
    [
        SisConfigError("The certificate of sis.example has expired."),
        Insecure("It doesn’t offer a secure connection."),
        Unexpected("The answer is too large."),
        NotFound("Not found (404).", status=404),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_wrong_setting_is_named_after_six_pauses(
    session: Session, error: OutsideError, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ProvisioningEnding, "close", lambda *_: None)

    assert attempts(session, error) == [JobState.QUEUED] * PAUSES.attempts + [JobState.FAILED]


def test_what_the_sis_refused_is_no_outage(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ProvisioningEnding, "close", lambda *_: None)

    assert attempts(session, SisRejected("REFUSED", "no")) == [JobState.FAILED]
