"""When Schoology refuses most of what it gets, the rest waits for a person; approved, it is sent."""

from __future__ import annotations

import pytest

from lti_app.models import Job, JobState, Run, RunState
from lti_app.school.records import Kind
from lti_app.store.district import District
from lti_app.sync.apply.when_to_stop import MANY_FAILURES
from lti_app.sync.plan import approval
from tests.fakes import Rows
from tests.support.records import student
from tests.unit.conftest import Engine
from tests.unit.sync.plan.brakes.test_brakes import trips
from tests.unit.sync.plan.test_approval import Avery

PUPILS = 1000


@pytest.fixture
def waiting(engine: Engine) -> Run:
    """Schoology refused whoever it was sent first."""
    engine.sis.rows[Rows.STUDENTS] = [
        student(number=f"{n:04}", login=f"s{n}", email="", last_name=f"Name{n}") for n in range(PUPILS)
    ]
    engine.schoology.refuse = {f"{n:04}": "No licence is left." for n in range(PUPILS)}
    run = engine.run("users")
    engine.session.get_one(Job, run.job_id).state = JobState.HELD
    engine.session.commit()
    return run


def there(engine: Engine) -> int:
    return len(engine.schoology.objects[Kind.USER])


def states(engine: Engine, run: Run) -> dict[str, int]:
    found: dict[str, int] = {}
    for *_, state in engine.lines(run):
        found[state] = found.get(state, 0) + 1
    return found


def test_what_is_left_of_a_run_that_is_mostly_refused_waits(engine: Engine, waiting: Run) -> None:
    assert waiting.state == RunState.HELD
    ((brake, _, number, of),) = trips(waiting)
    assert (brake, number) == ("failures", of)
    assert MANY_FAILURES <= number < PUPILS
    assert states(engine, waiting) == {"failed": number, "held": PUPILS - number}


def test_once_approved_all_that_waited_is_sent(engine: Engine, waiting: Run) -> None:
    refused = states(engine, waiting)["failed"]
    engine.schoology.refuse = {}

    job = approval.approve(District(engine.session, 1), waiting.id, waiting.digest, who=Avery())
    engine.session.commit()
    run = engine.carry(job, "users")

    assert run.state == RunState.DONE_WITH_PROBLEMS
    assert there(engine) == PUPILS - refused
    assert states(engine, run) == {"failed": refused, "done": PUPILS - refused}


def test_refused_again_it_waits_again(engine: Engine, waiting: Run) -> None:
    before = states(engine, waiting)["failed"]

    job = approval.approve(District(engine.session, 1), waiting.id, waiting.digest, who=Avery())
    engine.session.commit()
    run = engine.carry(job, "users")

    assert run.state == RunState.HELD
    assert MANY_FAILURES <= states(engine, run)["failed"] - before < PUPILS - before
    assert there(engine) == 0
