"""No one becomes or stops being an administrator of Schoology without a person's word."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from lti_app.models import ChangeState, Link, RunState
from lti_app.school.records import Kind, PersonGroup, PersonRole
from lti_app.schoology.port import Role
from lti_app.store.district import District
from lti_app.sync.plan import approval
from tests.fakes import Rows
from tests.support.records import renumbered, student
from tests.unit.conftest import Engine
from tests.unit.sync.plan.brakes.test_brakes import trips
from tests.unit.sync.plan.test_approval import Avery

TEACHER, STAFF, ADMIN = "2", "5", "3"
BOSS = student(
    group=PersonGroup.STAFF, number="9", role=PersonRole.TEACHER, login="boss", email="b@d.example"
)


@pytest.fixture
def office(engine: Engine) -> Engine:
    """One teacher, synced; role 3 administers Schoology."""
    engine.schoology.roles = lambda: [  # type: ignore[method-assign]
        Role("1", "Student", False),
        Role(TEACHER, "Teacher", True),
        Role(STAFF, "Staff", True),
        Role(ADMIN, "System Admin", True, True),
    ]
    engine.options(role_ids={"student": "1", "teacher": TEACHER, "staff": STAFF})
    engine.sis.rows[Rows.STAFF] = [BOSS]
    assert engine.run().state == RunState.DONE
    return engine


def promote(office: Engine) -> None:
    """Someone makes the teacher an administrator in Schoology."""
    office.schoology.objects[Kind.USER]["9"]["role_id"] = ADMIN


def role(office: Engine) -> str:
    return str(office.schoology.objects[Kind.USER]["9"]["role_id"])


def look_ups(office: Engine) -> int:
    return sum(verb == "users" for verb, _, _ in office.schoology.calls)


def unknown(office: Engine) -> None:
    """The pair was made in Data Prep or under “Deleted in Schoology”: what was there before is not known."""
    link = office.session.scalars(select(Link)).one()
    link.payload = link.fingerprint = ""
    office.session.commit()


def test_a_new_name_leaves_a_role_that_was_given_by_hand(office: Engine) -> None:
    promote(office)
    office.schoology.objects[Kind.USER]["9"]["middle_name"] = "By Hand"
    office.sis.rows[Rows.STAFF] = [replace(BOSS, last_name="Newname")]

    run = office.run()

    there = office.schoology.objects[Kind.USER]["9"]
    assert (run.state, there["last_name"], there["role_id"]) == (RunState.DONE, "Newname", ADMIN)
    assert there["middle_name"] == "By Hand"
    assert look_ups(office) == 0


@pytest.mark.parametrize("present", [ADMIN, TEACHER])
def test_a_pair_of_data_prep_is_judged_by_the_role_it_has_in_schoology(office: Engine, present: str) -> None:
    office.schoology.objects[Kind.USER]["9"]["role_id"] = present
    unknown(office)

    run = office.run()

    waits = present == ADMIN
    assert trips(run) == ([("admin_role", "user", 1, 1)] if waits else [])
    assert role(office) == present
    assert look_ups(office) == 1


def test_a_new_sis_role_demotes_no_administrator_without_approval(office: Engine) -> None:
    promote(office)
    office.sis.rows[Rows.STAFF] = [replace(BOSS, roles=frozenset({PersonRole.STAFF}))]

    run = office.run()

    assert trips(run) == [("admin_role", "user", 1, 1)]
    assert role(office) == ADMIN
    job = approval.approve(District(office.session, 1), run.id, run.digest, who=Avery())
    office.session.commit()
    office.carry(job)
    assert role(office) == STAFF


def test_a_new_office_of_someone_else_goes_through(office: Engine) -> None:
    office.sis.rows[Rows.STAFF] = [replace(BOSS, roles=frozenset({PersonRole.STAFF}))]

    assert office.run().state == RunState.DONE
    assert role(office) == STAFF


def test_no_one_is_made_an_administrator_without_approval(office: Engine) -> None:
    office.options(role_ids={"student": "1", "teacher": TEACHER, "staff": ADMIN})
    chief = renumbered(BOSS, "10", role=PersonRole.STAFF, login="chief", email="c@d.example")
    office.sis.rows[Rows.STAFF] = [replace(BOSS, roles=frozenset({PersonRole.STAFF})), chief]

    run = office.run()

    assert trips(run) == [("admin_role", "user", 2, 2)]
    assert {each.sis_id: (each.action, each.state) for each in office.changes(run)} == {
        "staff:10": ("create", ChangeState.HELD),
        "staff:9": ("update", ChangeState.HELD),
    }


def test_a_quiet_night_looks_no_one_up(office: Engine) -> None:
    sent = len(office.schoology.calls)

    office.run()

    assert len(office.schoology.calls) == sent


def test_someone_who_is_gone_from_schoology_is_no_one_to_wait_for(office: Engine) -> None:
    unknown(office)
    del office.schoology.objects[Kind.USER]["9"]

    run = office.run()

    assert trips(run) == []
    assert [each.state for each in office.changes(run)] == [ChangeState.FAILED]
