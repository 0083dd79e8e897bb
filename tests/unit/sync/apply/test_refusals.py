"""When Schoology refuses most of what it gets, the rest waits for a person; approved, it is sent."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lti_app.models import Job, JobState, Run, RunState
from lti_app.outbound.errors import OutboundError, Permanent
from lti_app.school.records import Kind
from lti_app.schoology.port import Outgoing
from lti_app.store.district import District
from lti_app.sync.apply.when_to_stop import MANY_FAILURES
from lti_app.sync.plan import approval
from tests.fakes import FakeSchoology, Rows
from tests.support.records import course, seat, section, student
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


class Strict(FakeSchoology):
    """Answers 400 to a whole request that has one of `bad`."""

    bad: frozenset[str] = frozenset()

    def _begin(self, verb: str, kind: Kind, batch: Sequence[Outgoing]) -> OutboundError | None:
        lost = super()._begin(verb, kind, batch)
        if any(self.bad & {each.schoology_id, str(each.payload.get("school_uid"))} for each in batch):
            raise Permanent("Bad Request", status=400)
        return lost


def test_a_line_that_spoils_its_whole_request_fails_alone_and_only_once(engine: Engine) -> None:
    """Creates and drops: the others of its request arrive, and the next night sends nothing."""
    engine.schoology = far = Strict()
    rows = engine.sis.rows
    rows[Rows.STUDENTS] = [student(f"{n:03}", login=f"s{n}", email="", last_name=f"N{n}") for n in range(6)]
    rows[Rows.COURSES], rows[Rows.SECTIONS] = [course()], [section(terms=("1|Q2",))]
    rows[Rows.SEATS] = [seat("5001", f"{n:03}") for n in range(5)]
    far.bad = frozenset({"005"})
    first = engine.run()
    assert [each for each in engine.lines(first) if each[3] != "done"] == [
        ("user", "create", "student:005", "failed")
    ]
    rows[Rows.SEATS] = rows[Rows.SEATS][:3]
    far.bad |= {engine.links()["5001:student:003"][1]}

    states = {sis_id: state for *_, sis_id, state in engine.lines(engine.run())}
    sent = len(far.calls)
    second = engine.run()

    assert states == {
        "5001:student:003": "failed",
        "5001:student:004": "done",
        "student:005": "blocked",
    }
    assert (len(far.calls), second.state) == (sent, RunState.DONE)
