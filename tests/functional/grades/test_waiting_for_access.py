"""Syncs that met refused credentials wait for the administrator, and then go on without a press."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from lti_app import clock, tasks
from lti_app.extensions import db
from lti_app.grades import parked
from lti_app.models import ActingUser, Installation, Job, JobState, SisConnection
from lti_app.runs.words import sentence
from lti_app.sandbox.sis.state import Doorkeeper
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, because, other
from tests.functional.web.course.test_course_tabs import Teacher, teacher_of
from tests.support.admin_pages import launch_acting_user
from tests.support.gradebook import Class, class_in, make_class

WAITS = "continues automatically once the access works again"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, public_url="http://localhost") as made:
        yield made


def break_password(room: Class) -> None:
    """The SIS has another password from here on than the app."""
    sis = room.world.sis.app.extensions["sis"]
    sis.door = Doorkeeper("schoology", "a new one", clock.now, 30)


def fix_password(room: Class) -> Teacher:
    """The administrator types the new password and tests it."""
    admin = launch_acting_user(room.world.app)
    form = {"domain": room.world.sis.url, "site_code": "demo", "login_name": "schoology"}
    assert "Saved" in admin.words("/admin/configuration/save", **form, password="a new one")
    assert "The connection works" in admin.words("/admin/configuration/test", **form, password="")
    return Teacher(room, admin)


def jobs(room: Class) -> list[Job]:
    """The pushes, the oldest first."""
    with room.world.app.app_context():
        found = db.session.query(Job).filter(Job.kind == "grades").order_by(Job.id).all()
        db.session.expunge_all()
    return found


def tick(room: Class) -> None:
    """What happens without a press."""
    with room.world.app.app_context():
        tasks.resume_parked(db.session, room.world.app.extensions["wiring"])


def test_two_syncs_that_the_sis_refused_go_on_after_a_green_test(room: Class) -> None:
    other = class_in(room.world, place=1)
    rooms = [(each, each.item("Quiz")) for each in (room, other)]
    for each, quiz in rooms:
        each.grade(quiz, 0, 7)
    teachers = [teacher_of(room), teacher_of(other, "56", section_id=other.section_id)]
    break_password(room)

    for teacher in teachers:
        teacher.press("/course/sync/start", which="all")
        assert WAITS in teacher.see()
    assert [each.state for each in jobs(room)] == [JobState.QUEUED, JobState.QUEUED]
    tick(room)
    assert all(each.parked_at for each in jobs(room))

    fix_password(room).run()

    assert [each.state for each in jobs(room)] == [JobState.DONE, JobState.DONE]
    for each, quiz in rooms:
        assert each.score(quiz) == Decimal(7)
    assert WAITS not in teachers[0].see()


def test_a_waiting_sync_can_be_stopped_and_never_goes_on(room: Class) -> None:
    teacher, quiz = teacher_of(room), room.item("Quiz")
    room.grade(quiz, 0, 7)
    room.look()
    break_password(room)
    teacher.press("/course/sync/start", which="all")
    teacher.press("/course/sync/start", which=str(quiz.id))  # one more wish, that would follow

    teacher.press("/course/sync/cancel")
    with room.world.app.app_context():
        tasks.hand_out_wishes(db.session, room.world.app.extensions["wiring"])
    fix_password(room).run()

    assert [each.state for each in jobs(room)] == [JobState.CANCELED]
    assert room.assignments() == {}


def test_after_fourteen_days_a_waiting_sync_ends_with_a_line(room: Class) -> None:
    teacher = teacher_of(room)
    room.item("Quiz")
    break_password(room)
    teacher.press("/course/sync/start", which="all")
    waiting = jobs(room)[0]
    assert waiting.parked_at is not None and waiting.resume_at == waiting.parked_at + parked.LONGEST
    with room.world.app.app_context():
        row = db.session.get_one(Job, waiting.id)
        row.parked_at = row.resume_at = clock.now() - parked.LONGEST
        db.session.commit()

    teacher.run()

    ended = jobs(room)[0]
    assert ended.state == JobState.FAILED
    assert "This sync waited for 14 days and has ended" in sentence(ended.message)
    teacher.see()
    teacher.run()
    shown = teacher.pages.ask("/course/progress", page="sync")
    assert "waited for 14 days" in shown["fragments"]["job"]


@pytest.mark.parametrize("column", ["problem", "gradebook_problem"])
def test_a_sync_that_may_not_begin_waits_too_and_the_tick_lets_it_go_on(room: Class, column: str) -> None:
    """Also when a run of the rosters has found that access works, and no one tests the connection."""
    quiz = room.item("Quiz")
    room.grade(quiz, 0, 7)
    _set(room, SisConnection, **{column: other("No.")})

    assert room.sync().state == JobState.QUEUED
    tick(room)
    assert room.assignments() == {}
    _set(room, SisConnection, **{column: NO_REASON})
    tick(room)
    teacher_of(room).run()

    assert room.score(quiz) == Decimal(7)


@pytest.mark.parametrize(
    ("table", "column", "still"),
    [(Installation, "paused_reason", other("Summer.")), (SisConnection, "move", {"from": "before"})],
)
def test_a_sync_waits_on_while_the_district_is_at_a_stop(
    room: Class, table: type, column: str, still: object
) -> None:
    _set(room, SisConnection, problem=other("No."))
    room.sync()
    _set(room, SisConnection, problem=NO_REASON)
    _set(room, table, **{column: still})

    tick(room)

    waiting = jobs(room)[0]
    assert waiting.parked_at is not None and waiting.message
    _set(room, table, **{column: type(still)()})
    tick(room)
    ready = jobs(room)[0]
    assert (ready.parked_at, ready.resume_at, ready.pauses) == (None, None, 0) and not ready.message


def test_a_sync_waits_for_a_new_permission_of_the_acting_user(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade(quiz, 0, 7)
    _set(room, ActingUser, problem=because(Code.ROLE_LOST, name="Ada", at=clock.now()))
    room.sync()
    tick(room)
    assert jobs(room)[0].parked_at is not None

    _set(room, ActingUser, problem=NO_REASON)
    tick(room)
    teacher_of(room).run()

    assert room.score(quiz) == Decimal(7)


def test_live_sync_does_not_wait_in_the_queue(room: Class) -> None:
    _set(room, SisConnection, problem=other("No."))

    assert room.job("live").state == JobState.FAILED


def _set(room: Class, table: type, **values: object) -> None:
    with room.world.app.app_context():
        row = db.session.get_one(table, 1)
        for name, value in values.items():
            setattr(row, name, value)
        db.session.commit()
