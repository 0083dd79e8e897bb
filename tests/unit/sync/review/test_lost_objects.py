"""What someone deleted in Schoology waits for a person and is never made again by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from lti_app.models import Link, LinkState, Run, RunState
from lti_app.school.reason_codes import Code
from lti_app.school.records import Kind
from lti_app.store.district import District
from lti_app.sync.review import lost_objects
from tests.fakes import Rows
from tests.unit.conftest import Engine
from tests.unit.sync.plan.brakes.test_brakes import leave, school
from tests.unit.sync.plan.test_approval import Avery

__all__ = ["school"]


def delete_section(school: Engine) -> Run:
    """A teacher deletes section 5001 in Schoology; the next sync that touches it notices."""
    del school.schoology.objects[Kind.SECTION]["5001"]
    seats = school.schoology.objects[Kind.ENROLLMENT]
    link = school.session.scalars(select(Link).where(Link.kind == Kind.SECTION, Link.sis_id == "5001")).one()
    for key in [key for key in seats if key.startswith(f"{link.schoology_id}:")]:
        del seats[key]
    school.options(section_title_template="{title} {section}")
    return school.run("sections")


def state(school: Engine, sis_id: str = "5001") -> str:
    school.session.expire_all()
    return school.links()[sis_id][0]


def test_it_turns_missing_and_is_not_made_again(school: Engine) -> None:
    run = delete_section(school)

    assert run.state == RunState.DONE_WITH_PROBLEMS
    assert state(school) == LinkState.MISSING
    assert school.run().state == RunState.DONE
    assert set(school.schoology.objects[Kind.SECTION]) == {"5002"}
    assert lost_objects.count(District(school.session, 1)) == 1


@pytest.mark.parametrize(
    ("kind", "key", "sis_id", "what"),
    [(Kind.USER, "007", "student:007", "users"), (Kind.COURSE, "1-ALG1", "1|ALG1", "courses")],
)
def test_people_and_courses_turn_missing_as_well(
    school: Engine, kind: Kind, key: str, sis_id: str, what: str
) -> None:
    rows = school.sis.rows
    rows[Rows.STUDENTS] = [
        replace(each, last_name="Other") if each.sis_id == "007" else each for each in rows[Rows.STUDENTS]
    ]
    rows[Rows.COURSES] = [replace(each, title="Algebra One") for each in rows[Rows.COURSES]]
    del school.schoology.objects[kind][key]

    run = school.run(what)

    (line,) = [each for each in school.changes(run) if each.sis_id == sis_id]
    assert line.reason_code == Code.GONE_FROM_SCHOOLOGY
    assert state(school, sis_id) == LinkState.MISSING
    school.run()
    assert key not in school.schoology.objects[kind]


def test_enrollments_of_it_wait_without_a_failure(school: Engine) -> None:
    delete_section(school)
    leave(school, 2)

    run = school.run()

    assert (run.state, school.lines(run)) == (RunState.DONE, [])


def test_made_again_on_request_with_its_students(school: Engine) -> None:
    delete_section(school)

    lost_objects.make_again(District(school.session, 1), "section", "5001", who=Avery())
    school.session.commit()
    run = school.run()

    assert run.state == RunState.DONE
    assert set(school.schoology.objects[Kind.SECTION]) == {"5001", "5002"}
    assert len(school.schoology.objects[Kind.ENROLLMENT]) == 60


def test_ignored_it_is_not_asked_about_again(school: Engine) -> None:
    delete_section(school)

    lost_objects.ignore(District(school.session, 1), "section", "5001", who=Avery())
    school.session.commit()

    assert lost_objects.count(District(school.session, 1)) == 0
    assert school.lines(school.run()) == []


def test_linked_to_another_it_is_filled_there(school: Engine) -> None:
    delete_section(school)
    school.schoology.objects[Kind.SECTION]["by-hand"] = {"id": "4711", "title": "Made by hand"}
    found = lost_objects.search(school.schoology, Kind.SECTION, "by-hand")
    assert found is not None

    lost_objects.link_to(
        District(school.session, 1), "section", "5001", schoology_id=found.schoology_id, who=Avery()
    )
    school.session.commit()
    run = school.run()

    assert run.state == RunState.DONE
    assert school.links()["5001"] == ("adopted", "4711")
    assert school.schoology.objects[Kind.SECTION]["by-hand"]["section_school_code"] == "5001"
    assert len(school.schoology.objects[Kind.ENROLLMENT]) == 60


def test_one_that_is_linked_already_cannot_be_taken(school: Engine) -> None:
    delete_section(school)
    theirs = school.links()["5002"][1]

    with pytest.raises(lost_objects.CannotDecide, match="linked to"):
        lost_objects.link_to(District(school.session, 1), "section", "5001", schoology_id=theirs, who=Avery())


@pytest.mark.parametrize("installation_id", [1, 2])
def test_only_what_is_missing_in_this_installation_can_be_decided_on(
    school: Engine, installation_id: int
) -> None:
    if installation_id == 2:
        delete_section(school)

    with pytest.raises(lost_objects.CannotDecide):
        lost_objects.make_again(District(school.session, installation_id), "section", "5001", who=Avery())
