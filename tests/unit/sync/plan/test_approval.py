"""A held plan: approved exactly as shown, discarded, or made void by a newer one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from lti_app.jobs import queue
from lti_app.models import Audit, ChangeState, Job, JobState, Run, RunState
from lti_app.school.records import Kind
from lti_app.store.district import District
from lti_app.sync.plan import approval
from tests.fakes import Rows
from tests.unit.conftest import Engine
from tests.unit.sync.plan.brakes.test_brakes import leave, school
from tests.unit.sync.test_one import sync_one

__all__ = ["school"]


@dataclass(frozen=True)
class Avery:
    uid: str = "1"
    name: str = "Avery Admin"


@pytest.fixture
def waiting(school: Engine) -> Run:
    """A run of which ten drops wait."""
    leave(school, 10)
    run = school.run()
    job = school.session.get_one(Job, run.job_id)
    job.state = JobState.HELD
    school.session.commit()
    return run


def seats(school: Engine) -> int:
    return len(school.schoology.objects[Kind.ENROLLMENT])


def test_what_was_approved_is_sent_and_the_audit_says_by_whom(school: Engine, waiting: Run) -> None:
    job = approval.approve(District(school.session, 1), waiting.id, waiting.digest, who=Avery())
    school.session.commit()

    run = school.carry(job)

    assert run.id == waiting.id
    assert run.state == RunState.DONE
    assert seats(school) == 50
    line = school.session.scalars(select(Audit)).one()
    assert (line.uid, line.new) == ("1", "approved 10 changes")


def test_another_digest_approves_nothing(school: Engine, waiting: Run) -> None:
    with pytest.raises(approval.NotHeld, match="different from the ones you reviewed"):
        approval.approve(District(school.session, 1), waiting.id, "0" * 32, who=Avery())

    assert approval.count(school.session, waiting.id) == 10


def test_another_installation_cannot_approve(school: Engine, waiting: Run) -> None:
    with pytest.raises(approval.NotHeld):
        approval.approve(District(school.session, 2), waiting.id, waiting.digest, who=Avery())


def test_discarding_sends_nothing_and_the_next_plan_asks_again(school: Engine, waiting: Run) -> None:
    number = approval.discard(District(school.session, 1), waiting.id, waiting.digest, who=Avery())
    school.session.commit()

    assert number == 10
    assert {each.state for each in school.changes(waiting)} == {ChangeState.DISCARDED}
    assert seats(school) == 60
    assert school.run().state == RunState.HELD


def test_a_newer_plan_makes_the_older_void(school: Engine, waiting: Run) -> None:
    newer = school.run()

    assert newer.state == RunState.HELD
    with pytest.raises(approval.NotHeld, match="newer sync replaced them"):
        approval.approve(District(school.session, 1), waiting.id, waiting.digest, who=Avery())
    school.session.expire_all()
    assert school.session.get_one(Job, waiting.job_id).state == JobState.DONE


def test_a_newer_preview_leaves_it_waiting(school: Engine, waiting: Run) -> None:
    school.run(plan_only=True)

    assert approval.count(school.session, waiting.id) == 10


def test_a_newer_plan_of_something_else_leaves_it_waiting(school: Engine, waiting: Run) -> None:
    sections = school.run("sections")
    school.run("users")

    assert approval.count(school.session, sections.id) == 10


def test_a_plan_is_not_replaced_by_one_that_read_the_sis_before_it(school: Engine, waiting: Run) -> None:
    older = school.session.scalars(select(Run).where(Run.id < waiting.id, Run.what == "all")).one()

    approval.void_older(school.session, older)

    assert approval.count(school.session, waiting.id) == 10


@pytest.mark.parametrize("lane", [queue.PROVISION, queue.ONE_RECORD])
def test_it_cannot_be_approved_while_another_sync_is_queued(school: Engine, waiting: Run, lane: str) -> None:
    queue.enqueue(
        District(school.session, 1),
        "provision",
        params={"what": "all"},
        trigger="manual",
        asked_by="t",
        lane=lane,
    )
    school.session.commit()

    with pytest.raises(approval.NotHeld, match="Another sync"):
        approval.approve(District(school.session, 1), waiting.id, waiting.digest, who=Avery())

    assert approval.count(school.session, waiting.id) == 10


def test_the_students_who_came_back_before_the_next_plan_are_not_dropped(
    school: Engine, waiting: Run
) -> None:
    leave(school, 0)
    rows = school.sis.rows[Rows.SEATS]
    school.sis.rows[Rows.SEATS] = rows + [
        replace(rows[0], section="5001", person=f"student:{n:03}") for n in range(10)
    ]

    run = school.run()

    assert run.state == RunState.DONE
    assert seats(school) == 60


@pytest.mark.parametrize(("sis_id", "waits"), [("5001:student:001", 0), ("5002:student:001", 10)])
def test_syncing_one_record_makes_a_plan_void_only_if_it_speaks_of_it(
    school: Engine, waiting: Run, sis_id: str, waits: int
) -> None:
    sync_one(school, Kind.ENROLLMENT, sis_id)

    assert approval.count(school.session, waiting.id) == waits
