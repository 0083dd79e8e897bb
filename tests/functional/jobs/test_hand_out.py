"""What waits is told to the workers in one statement, and once, whatever the number of jobs and rounds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest
from procrastinate import SyncPsycopgConnector
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from lti_app.jobs.distributed import DAY, NIGHT, URGENT, USUAL, DistributedRunner
from lti_app.jobs.runner import Connections
from lti_app.models import JobState
from tests.factories import add_installation, add_job

pytestmark = pytest.mark.postgres


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    made = create_engine(postgres_url.replace("postgresql://", "postgresql+psycopg://"))
    yield made
    made.dispose()


def periodic(count: int) -> Any:
    """As many steps of a round as the app has; each is followed by a look at what waits."""
    steps = []
    for number in range(count):

        def step(_session: Session, _wiring: Connections) -> None:
            """Does nothing."""

        step.__name__ = f"step_{number}"
        steps.append(step)
    return steps


def test_a_hundred_jobs_are_handed_out_in_one_statement_and_once(
    engine: Engine, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    for name in ("execute_query_one", "execute_query_all"):
        real = getattr(SyncPsycopgConnector, name)

        def noted(self: Any, query: str, *values: Any, _real: Any = real, **named: Any) -> Any:
            asked.append(query)
            return _real(self, query, *values, **named)

        monkeypatch.setattr(SyncPsycopgConnector, name, noted)
    with Session(engine) as session:
        for number in range(1, 101):
            add_installation(session, f"c-{number}", name=f"District {number}")
            add_job(session, number, state=JobState.QUEUED, trigger="scheduled")
        add_job(session, 1, state=JobState.QUEUED, lane="grades", section_id="5")
        session.commit()
    database: Any = SimpleNamespace(engine=engine)
    wiring: Any = SimpleNamespace()
    runner = DistributedRunner(
        nullcontext, database, wiring, {}, conninfo=postgres_url, periodic=periodic(12)
    )
    runner.prepare()
    try:
        asked.clear()
        runner.tick()
        first = len(asked)
        runner.tick()
        runner.submit(1)

        told = runner._open().job_manager.list_jobs()
        assert first == 2  # which are told already, and the others
        assert len(asked) <= first + 3
        assert sorted(each.task_kwargs["job_id"] for each in told) == list(range(1, 102))
        assert {(each.queue, each.priority) for each in told} == {(NIGHT, USUAL), (DAY, URGENT)}
    finally:
        runner.stop()
