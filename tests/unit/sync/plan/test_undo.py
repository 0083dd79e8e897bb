"""Undo: the inverse plan puts back what can be put back, and lists what stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from lti_app import clock
from lti_app.jobs import queue
from lti_app.models import ChangeState, Job, Run, RunState
from lti_app.school.reasons import NO_REASON
from lti_app.school.records import Kind
from lti_app.school.run_notes import RunNotes
from lti_app.store.district import District
from lti_app.sync.ledger import start_or_resume
from lti_app.sync.plan import approval, undo
from lti_app.sync.task import work_on
from tests.fakes import Rows
from tests.support.records import student
from tests.unit.conftest import Engine
from tests.unit.sync.plan.brakes.test_brakes import leave, school
from tests.unit.sync.plan.test_approval import Avery

__all__ = ["school"]


def plan_undo(school: Engine, undone: Run) -> Run:
    """The held inverse of a run."""
    asked = queue.enqueue(
        District(school.session, 1), "provision", params={"what": "undo"}, trigger="undo", asked_by="t"
    )
    school.session.commit()
    queue.claim(school.session, asked.job.id, "test")
    run = start_or_resume(
        District(school.session, 1), asked.job.id, "undo", notes=RunNotes(undo_of=undone.id)
    )
    run = work_on(school.context(asked.job.id, run.id, "undo"))
    queue.finish(school.session, asked.job.id, "test", "held", message=NO_REASON)  # type: ignore[arg-type]
    school.session.expire_all()
    return run


def carry_out(school: Engine, plan: Run) -> Run:
    job = approval.approve(District(school.session, 1), plan.id, plan.digest, who=Avery())
    school.session.commit()
    return school.carry(job, "undo")


def world(school: Engine) -> dict[Kind, list[tuple[str, str]]]:
    """What Schoology has, apart from its own ids."""
    return {
        kind: sorted(
            (key, str(sorted(each.items())))
            for key, each in (
                (key, {n: v for n, v in each.items() if n != "id"}) for key, each in objects.items()
            )
        )
        for kind, objects in school.schoology.objects.items()
    }


def test_nothing_is_sent_before_a_person_has_seen_the_inverse(school: Engine) -> None:
    leave(school, 3)
    undone = school.run()
    sent = len(school.schoology.calls)

    plan = plan_undo(school, undone)

    assert plan.state == RunState.HELD
    assert len(school.schoology.calls) == sent
    assert [action for _, action, _, _ in school.lines(plan)] == ["create"] * 3


def test_drops_adds_and_fields_are_put_back(school: Engine) -> None:
    before = world(school)
    leave(school, 3)
    people = school.sis.rows[Rows.STUDENTS]
    people[20] = replace(people[20], last_name="Silva")
    undone = school.run()
    assert world(school) != before

    run = carry_out(school, plan_undo(school, undone))

    assert run.state == RunState.DONE
    assert world(school) == before


def test_what_the_run_made_stays_and_is_listed(school: Engine) -> None:
    seat = school.sis.rows[Rows.SEATS][0]
    school.sis.rows[Rows.STUDENTS].append(student(number="777", login="s777", email="s777@d.example"))
    school.sis.rows[Rows.SEATS].append(replace(seat, person="student:777"))
    undone = school.run()

    plan = plan_undo(school, undone)
    carry_out(school, plan)

    school.session.expire_all()
    assert school.lines(plan) == [
        ("enrollment", "drop", "5001:student:777", "done"),
        ("user", "keep", "student:777", "discarded"),
    ]
    assert len(school.schoology.objects[Kind.USER]) == 31
    assert len(school.schoology.objects[Kind.ENROLLMENT]) == 60


def test_what_a_later_run_changed_again_is_left_alone(school: Engine) -> None:
    people = school.sis.rows[Rows.STUDENTS]
    people[20] = replace(people[20], last_name="Silva")
    undone = school.run()
    people[20] = replace(people[20], last_name="Souza")
    school.run()

    plan = plan_undo(school, undone)

    assert school.lines(plan) == [("user", "keep", "student:020", "discarded")]
    assert plan.state == RunState.DONE


def test_a_sync_after_an_undo_plans_the_same_changes_again(school: Engine) -> None:
    people = school.sis.rows[Rows.STUDENTS]
    people[20] = replace(people[20], last_name="Silva")
    carry_out(school, plan_undo(school, school.run()))

    again = school.run()

    assert school.lines(again) == [("user", "update", "student:020", "done")]


def test_an_undo_can_be_undone(school: Engine) -> None:
    leave(school, 3)
    undone = school.run()
    after = world(school)
    run = carry_out(school, plan_undo(school, undone))

    carry_out(school, plan_undo(school, run))

    assert world(school) == after


@pytest.mark.parametrize("days", [29, 31])
def test_a_run_can_be_undone_for_thirty_days(school: Engine, days: int) -> None:
    leave(school, 3)
    run = school.run()
    run.finished_at = clock.now() - timedelta(days=days)
    school.session.commit()

    if days < undo.DAYS:
        assert undo.check(District(school.session, 1), run.id) is run
    else:
        with pytest.raises(undo.CannotUndo, match="30 days"):
            undo.check(District(school.session, 1), run.id)


def test_previews_held_plans_and_runs_of_other_districts_cannot_be_undone(school: Engine) -> None:
    preview = school.run(plan_only=True)
    leave(school, 10)
    waiting = school.run()

    for installation_id, run in ((1, preview), (1, waiting), (2, waiting)):
        with pytest.raises(undo.CannotUndo):
            undo.check(District(school.session, installation_id), run.id)
    assert school.session.scalars(select(Job)).all()
    assert {each.state for each in school.changes(waiting)} == {ChangeState.HELD}


def test_a_newer_sync_makes_an_undo_that_waits_void(school: Engine) -> None:
    leave(school, 3)
    plan = plan_undo(school, school.run())

    school.run()

    with pytest.raises(approval.NotHeld):
        approval.approve(District(school.session, 1), plan.id, plan.digest, who=Avery())
