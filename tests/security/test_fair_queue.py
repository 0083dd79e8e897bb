"""Fifty districts and one that never ends: whoever runs jobs, in one process or in workers of their own.

Nothing here is measured in seconds: jobs of the hostile district stand until all others were served, so a
runner that lets others wait for it never comes to an end, and the test says so.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from lti_app.jobs import order, queue
from lti_app.jobs.distributed import DistributedRunner
from lti_app.jobs.in_process import InProcessRunner
from lti_app.jobs.places import WORKERS
from lti_app.jobs.runner import Result, Task
from lti_app.models import Base, Job, JobState
from lti_app.school.reasons import other
from lti_app.store.district import District
from lti_app.store.sqlite import prepare
from tests.factories import add_installation

DISTRICTS, LONGEST = 50, 60
NIGHTS = range(2, 2 + WORKERS)
"""Districts whose night stands still in the second case: as many as there are places for nights."""
DONE = Result(JobState.DONE, other("done"))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'jobs.sqlite'}", connect_args={"timeout": 30})
    prepare(engine)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        for number in range(1, DISTRICTS + 1):
            add_installation(session, f"d-{number}", id=number)
        session.commit()
    yield engine
    engine.dispose()


class Days:
    """Jobs that are over at once, but for those of hostile districts, which wait for all others."""

    def __init__(self, hostile: set[int], others: int) -> None:
        self._hostile, self._left = hostile, others
        self._guard = threading.Condition()
        self.served = threading.Event()
        self.order: list[int] = []
        self.standing = self.gave_up = 0

    def run(self, task: Task) -> Result:
        mine = task.installation_id in self._hostile
        with self._guard:
            self.order.append(task.installation_id)
            self.standing += mine
            self._left -= not mine
            if not self._left:
                self.served.set()
            self._guard.notify_all()
        if mine:
            in_time = self.served.wait(LONGEST)
            with self._guard:
                self.standing -= 1
                self.gave_up += not in_time
        return DONE

    def wait_until_all_stand(self, threads: list[threading.Thread]) -> None:
        """Until every thread that still runs stands in a job of a hostile district."""
        until = time.monotonic() + LONGEST
        with self._guard:
            while self.standing < sum(each.is_alive() for each in threads):
                assert time.monotonic() < until
                self._guard.wait(0.02)  # a thread that ends tells no one


def ask(engine: Engine, owner: int, *, sections: int = 0, lane: str = "") -> None:
    """So many jobs of sections, or one of a lane of the whole district."""
    with Session(engine) as session:
        for section in range(sections or 1):
            queue.enqueue(
                District(session, owner),
                "any",
                params={},
                trigger="live" if sections else "manual",
                asked_by="",
                lane=lane or "grades",
                section_id=f"{section}" if sections else "",
            )
        session.commit()


def runner_of(kind: Any, engine: Engine, days: Days) -> InProcessRunner:
    wiring: Any = SimpleNamespace(for_job=lambda _may_send: None)
    more = {} if kind is InProcessRunner else {"conninfo": "postgresql:///nowhere"}
    made: InProcessRunner = kind(
        nullcontext, SimpleNamespace(engine=engine), wiring, {"any": days.run}, **more
    )
    return made


def threads_of(
    runner: InProcessRunner, engine: Engine, busy: Counter[bool], most: int = 1000
) -> list[Callable[[], None]]:
    """What the threads of a process do that are not `busy` (with long jobs, or short ones)."""
    if not isinstance(runner, DistributedRunner):
        return [runner.run_next] * (2 * WORKERS - busy.total())
    with Session(engine) as session:
        told = {long: order.queued_ids(session, long=long) for long in (True, False)}
    return [
        partial(_serve, runner, told[long][:most])
        for long in (True, False)
        for _ in range(WORKERS - busy[long])
    ]


def _serve(runner: DistributedRunner, told: list[int]) -> None:
    """As the engine hands out what it was told of one of its two queues."""
    for job_id in told:
        runner._run_for_engine(job_id)


def start(todo: list[Callable[[], None]]) -> list[threading.Thread]:
    threads = [threading.Thread(target=each, daemon=True) for each in todo]
    for each in threads:
        each.start()
    return threads


@pytest.mark.parametrize("kind", [InProcessRunner, DistributedRunner])
@pytest.mark.parametrize("nights", [False, True], ids=["sections", "sections-beside-nights-that-stand"])
def test_no_one_waits_for_a_district_whose_jobs_never_end(engine: Engine, kind: Any, nights: bool) -> None:
    """The hostile jobs were there first and have taken what they may; then all others ask."""
    hostile = {1, *NIGHTS} if nights else {1}
    others = [number for number in range(1, DISTRICTS + 1) if number not in hostile]
    days = Days(hostile, len(others))
    runner = runner_of(kind, engine, days)
    ask(engine, 1, sections=10)
    for number in hostile - {1}:
        ask(engine, number, lane=queue.PROVISION)
    first = start(threads_of(runner, engine, Counter(), most=5))
    days.wait_until_all_stand(first)
    with Session(engine) as session:
        running = session.query(Job).filter(Job.state == JobState.RUNNING).all()
        busy = Counter(queue.is_long(job) for job in running)
        assert sum(job.installation_id == 1 for job in running) <= queue.MOST_OF_DISTRICT

    for number in others:
        ask(engine, number, sections=1)
    later = start(threads_of(runner, engine, busy))
    for each in (*first, *later):
        each.join(LONGEST)
        assert not each.is_alive()

    assert not days.gave_up, "the others waited for the one"
    assert {each for each in days.order if each not in hostile} == set(others)


@pytest.mark.parametrize("kind", [InProcessRunner, DistributedRunner])
def test_whoever_asks_for_much_gets_no_more_turns_than_others(engine: Engine, kind: Any) -> None:
    """Each district's nth job comes before anybody's n+1th, in either queue."""
    for number in range(1, DISTRICTS + 1):
        ask(engine, number, sections=12 if number == 1 else 1)
        ask(engine, number, lane=queue.PROVISION)
    days = Days(set(), 12 + (DISTRICTS - 1) + DISTRICTS)
    runner = runner_of(kind, engine, days)

    for each in threads_of(runner, engine, Counter())[::WORKERS]:
        each()

    assert days.served.is_set()
    firsts = days.order.index(1, days.order.index(1) + 1)
    assert len(set(days.order[:firsts])) == DISTRICTS
    last_of_others = max(place for place, each in enumerate(days.order) if each != 1)
    assert days.order[:last_of_others].count(1) <= 3
