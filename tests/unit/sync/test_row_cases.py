"""One odd row of an intact page: one blocked line, or none, and everybody else is synced."""

from __future__ import annotations

from typing import Any

import pytest

from lti_app.models import ChangeState, RunState
from lti_app.school.records import Kind
from lti_app.sis.eschoolplus import codecs, decoding
from tests.fakes import Rows
from tests.support.records import student
from tests.unit.conftest import Engine, ready
from tests.unit.sync.test_rows import EVERYBODY, add, blocked, in_classes, make, night, remove_seat, words

STUDENT = {
    "STUDENT_ID": "0500",
    "FIRST_NAME": "Ana",
    "LAST_NAME": "Lee",
    "LOGIN_ID": "ana",
    "BUILDING": "1",
    "CURRENT_STATUS": "A",
}
STAFF = {
    "STAFF_ID": "88",
    "FIRST_NAME": "Sam",
    "LAST_NAME": "Roe",
    "LOGIN_ID": "sam",
    "BUILDINGS": [{"BUILDING": "1", "IS_TEACHER": "Y"}],
}
SESSION = {"COURSE_SESSION": 1, "RECEIVE_MARK": "Y", "PRIMARY_STAFF_ID": "77", "MARKING_PERIODS": ["Q2"]}
SECTION = {
    "SECTION_KEY": "1001",
    "SCHOOL_YEAR": 2027,
    "BUILDING": "1",
    "COURSE": "ALG1",
    "COURSE_SECTION": "1001",
    "DESCRIPTION": "Algebra I",
    "TRACK": "R",
    "SESSIONS": [SESSION],
}
COURSE = {"BUILDING": "1", "COURSE": "ART9", "DESCRIPTION": "Art"}


@pytest.fixture
def school(engine: Engine) -> Engine:
    return ready(engine, make)


@pytest.mark.parametrize(
    ("decoder", "raw", "named"),
    [
        pytest.param(codecs.staff, {**STAFF, "BUILDINGS": [None]}, "BUILDINGS[0]", id="staff-buildings-null"),
        pytest.param(codecs.section, {**SECTION, "SESSIONS": [None]}, "SESSIONS[0]", id="sessions-null"),
        pytest.param(codecs.student, {**STUDENT, "FIRST_NAME": {"a": 1}}, "FIRST_NAME", id="object-as-name"),
        pytest.param(codecs.student, {**STUDENT, "LAST_NAME": "Lee\ud83d"}, "LAST_NAME", id="half-emoji"),
        pytest.param(codecs.course, {**COURSE, "DESCRIPTION": "Art\ud83d"}, "DESCRIPTION", id="half-title"),
        pytest.param(codecs.student, {**STUDENT, "LAST_NAME": "Le\x00e"}, "LAST_NAME", id="nul"),
        pytest.param(codecs.student, {**STUDENT, "FIRST_NAME": "\u200b"}, "first name", id="invisible"),
    ],
)
def test_an_odd_row_is_one_line_and_everybody_else_syncs(
    school: Engine, decoder: decoding.Decoder, raw: Any, named: str
) -> None:
    school.sis.rows[Rows.STUDENTS].append(student(number="0900", login="new", email="new@d.example"))
    remove_seat(school, "01003")
    add(school, decoder, raw)

    run = night(school)

    (line,) = blocked(school, run)
    assert run.state == RunState.DONE_WITH_PROBLEMS
    assert named in words(line) and "{'a'" not in (line.label or "")
    assert in_classes(school) == EVERYBODY - {"1002:01003"}
    assert "0900" in school.schoology.objects[Kind.USER]
    school.sis.rows[Rows.STUDENTS].pop()
    second = night(school)
    assert {each.state for each in school.changes(second)} <= {ChangeState.BLOCKED, ChangeState.DONE}


@pytest.mark.parametrize("contacts", [[None], ["x"]])
def test_contacts_that_cannot_be_read_cost_the_email_only(school: Engine, contacts: list[Any]) -> None:
    add(school, codecs.student, {**STUDENT, "CONTACTS": contacts})

    run = night(school)

    assert school.schoology.objects[Kind.USER]["0500"]["username"] == "ana"
    assert blocked(school, run) == []


def test_no_co_teacher_is_no_one(school: Engine) -> None:
    raw = {**SECTION, "SESSIONS": [{**SESSION, "CO_STAFF_IDS": [None, "", "0", " "]}]}
    school.options(with_co_teachers=True)
    teachers = decoding.decode(codecs.teachers, raw)
    school.sis.rows[Rows.TEACHERS][0:1] = teachers

    run = night(school)

    assert [each.person for each in teachers] == ["staff:77"]  # type: ignore[union-attr]
    assert school.lines(run) == []


def test_a_bad_middle_name_or_department_costs_that_field_only(school: Engine) -> None:
    """Both records change otherwise, and Schoology keeps what it had of the field."""
    old = {**STUDENT, "STUDENT_ID": "0500", "MIDDLE_NAME": "Lou"}
    add(school, codecs.student, old)
    add(school, codecs.course, {**COURSE, "DEPARTMENT": "ARTS"})
    night(school)
    add(school, codecs.student, {**old, "LAST_NAME": "Leigh", "MIDDLE_NAME": {"a": 1}})
    add(school, codecs.course, {**COURSE, "DESCRIPTION": "Art and Design", "DEPARTMENT": [1]})

    run = night(school)

    lines = {each.sis_id: words(each) for each in school.changes(run) if each.state == ChangeState.DONE}
    assert set(lines) == {"student:0500", "1|ART9"} and blocked(school, run) == []
    assert all("is left out and Schoology keeps what it has" in each for each in lines.values())
    person, art = school.schoology.objects[Kind.USER]["0500"], school.schoology.objects[Kind.COURSE]["1-ART9"]
    assert (person["last_name"], person["middle_name"]) == ("Leigh", "Lou")
    assert (art["title"], art["department"]) == ("Art and Design", "ARTS")
    assert school.lines(night(school)) == []
