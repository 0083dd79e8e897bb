"""A gradebook that the SIS refuses turns grades off with the reason; rosters go on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import abort

from lti_app.extensions import db
from lti_app.models import JobState, SisConnection
from lti_app.operations import health
from lti_app.runs.words import sentence
from lti_app.school.reasons import NO_REASON
from lti_app.setup import checklist
from lti_app.store.district import District
from tests.functional.web.course.test_course_tabs import teacher_of
from tests.support.admin_pages import launch_acting_user
from tests.support.gradebook import Class, make_class

pytestmark = pytest.mark.long

GRADEBOOK = frozenset({"GRADEBOOK_SETTINGS", "ASSIGNMENTS", "SCORES", "AVERAGES"})


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, public_url="http://localhost") as made:
        yield made


def refuse(room: Class, calls: frozenset[str]) -> None:
    """The SIS answers these calls with 403 from here on."""
    room.world.sis.app.extensions["sis"].unlicensed = calls


def credentials_done(room: Class) -> bool:
    with room.world.app.app_context():
        steps = checklist.steps(District(db.session, 1))
        return next(each.done for each in steps if each.key == "credentials")


def test_a_refused_gradebook_leaves_the_rosters_alone(room: Class) -> None:
    room.item("Quiz")
    refuse(room, GRADEBOOK)

    job = room.sync()

    assert job.state == JobState.QUEUED and job.parked_at is not None
    with room.world.app.app_context():
        assert db.session.get_one(SisConnection, 1).problem == NO_REASON
    assert credentials_done(room)
    assert room.world.sync("users").state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS)


def test_the_reason_shows_where_grades_are_and_a_test_turns_them_on(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade(quiz, 0, 7)
    refuse(room, GRADEBOOK)
    room.sync()
    admin, teacher = launch_acting_user(room.world.app), teacher_of(room)

    assert "doesn’t have API access" in admin.words("/admin/grades")
    assert "Grades are off" in admin.words("/admin/configuration")
    assert "doesn’t have API access" in teacher.see()
    assert "Grades are off" in sentence(room.sync().message)
    assert conditions(room) == {"gradebook"}

    still = admin.words("/admin/configuration/test", **kept(room))
    assert "The connection works" in still and "grades are off" in still
    refuse(room, frozenset())
    admin.words("/admin/configuration/test", **kept(room))

    assert "Grades are off" not in admin.words("/admin/configuration")
    assert room.sync().state == JobState.DONE
    assert "Grades are off" not in teacher.see()
    assert conditions(room) == set()


def test_a_section_that_alone_is_refused_turns_grades_off_for_no_one_else(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The login may read other sections."""
    room.item("Quiz")
    sandbox = room.world.sis.app.extensions["sis"]
    answers = sandbox.gradebook.settings

    def settings(key: int) -> Any:
        if key == room.key:
            abort(403)
        return answers(key)

    monkeypatch.setattr(sandbox.gradebook, "settings", settings)

    job = room.sync()

    assert job.state == JobState.FAILED
    assert "refuses access to the gradebook of this section" in sentence(job.message)
    assert "Other sections aren’t affected" in teacher_of(room).see()
    assert conditions(room) == set()
    with room.world.app.app_context():
        row = db.session.get_one(SisConnection, 1)
        assert (row.gradebook_problem, row.problem) == (NO_REASON, NO_REASON)


def test_a_refused_roster_in_a_sync_of_grades_is_no_matter_of_grades(room: Class) -> None:
    """A sync of grades asks for the section's roster too."""
    room.item("Quiz")
    refuse(room, frozenset({"ENROLLMENTS"}))

    room.sync()

    with room.world.app.app_context():
        row = db.session.get_one(SisConnection, 1)
        assert (row.gradebook_problem, bool(row.problem)) == (NO_REASON, True)
    assert not credentials_done(room)


def conditions(room: Class) -> set[str]:
    with room.world.app.app_context():
        return {each.key for each in health.conditions(District(db.session, 1))}


def kept(room: Class) -> dict[str, str]:
    """The form of the connection as it is stored."""
    here = {"domain": room.world.sis.url, "site_code": "demo", "login_name": "schoology", "password": ""}
    return here
