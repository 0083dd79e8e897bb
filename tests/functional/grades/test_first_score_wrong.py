"""A first score that a teacher calls wrong stops the whole district until the Acting User answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lti_app import clock
from lti_app.extensions import db
from lti_app.grades import doubt
from lti_app.grades.course.waits import CourseWaits, waiting_courses
from lti_app.grades.live.task import queue_sweeps
from lti_app.grades.rows.section import settings_row
from lti_app.models import Job, JobState, SisConnection
from lti_app.operations import health
from lti_app.runs.words import sentence
from lti_app.store.district import District
from tests.functional.web.course.test_course_tabs import Teacher, teacher_of
from tests.support.admin_pages import launch_acting_user
from tests.support.decisions import shown_with
from tests.support.gradebook import Class, class_in, make_class
from tests.support.live import make_live
from tests.support.moments import once

ANSWER, ADMIN = "/course/sync/trial", "/admin/grades/first-score"


@dataclass
class Course:
    """A course with one graded item, and its teacher."""

    room: Class
    item: Any
    teacher: Teacher

    def start(self) -> str:
        """Press Sync grades."""
        return self.teacher.press("/course/sync/start", which="all")

    def answer(self, answer: str, shown: str = "") -> str:
        """Answer what the page asks."""
        return self.teacher.press(ANSWER, answer=answer, shown=shown or self.teacher.trial())

    def scores(self) -> list[Decimal | None]:
        """What the SIS has for the first two students."""
        if str(self.item.id) not in self.room.assignments():
            return []
        return [self.room.score(self.item, number) for number in (0, 1)]


@pytest.fixture
def courses(tmp_path: Path) -> Iterator[tuple[Course, Course]]:
    with make_class(tmp_path, confirmed=False, public_url="http://localhost") as room:
        other = class_in(room.world, confirmed=False, place=1)
        teachers = teacher_of(room), teacher_of(other, "56", section_id=other.section_id)
        made = [
            Course(each, each.item("Quiz"), teacher)
            for each, teacher in zip((room, other), teachers, strict=True)
        ]
        for each in made:
            each.room.grade_all(each.item, 7)
        yield made[0], made[1]


def waits(room: Class) -> list[CourseWaits]:
    with room.world.app.app_context():
        return waiting_courses(District(db.session, 1))


def alerts(room: Class) -> list[str]:
    with room.world.app.app_context():
        found = health.conditions(District(db.session, 1))
        return [sentence(each.why) for each in found if each.key == "first_score"]


def test_a_yes_of_another_teacher_does_not_overrule_a_no(courses: tuple[Course, Course]) -> None:
    one, other = courses
    one.start()
    other.start()
    shown = other.teacher.trial()

    assert "until the Acting User" in one.answer("no")
    assert "until the Acting User" in other.answer("yes", shown)
    assert "Acting User" not in one.answer("again", "0" * 16).split("Grades are stopped")[0]
    assert "Nothing was sent" in other.start()

    assert [one.scores(), other.scores()] == [[Decimal(7), None]] * 2
    for each in courses:
        page = each.teacher.see()
        assert "Grades are stopped" in page and "Yes, send the rest" not in page


def test_a_no_after_the_yes_of_another_teacher_stops_everything(courses: tuple[Course, Course]) -> None:
    one, other = courses
    one.start()
    other.start()
    shown = one.teacher.trial()
    other.answer("yes")

    one.answer("no", shown)

    assert "Grades are stopped" in other.teacher.see()
    assert other.room.sync().state == JobState.FAILED
    assert "Acting User" in sentence(other.room.newest().message)


def test_the_alert_and_the_page_of_the_acting_user_show_both_readings(courses: tuple[Course, Course]) -> None:
    one, _ = courses
    one.start()
    one.room.edit_in_sis(one.item, 0, "70")
    with one.room.world.app.app_context():
        assert doubt.find(District(db.session, 1)) is None
    one.answer("no")
    _read(one.room, score="70")

    [said] = alerts(one.room)
    assert "The app sent: score 7, 10 points, weight 1, due Nov 19, 2026." in said
    assert "The SIS shows: score 70, 10 points, weight 1, due Nov 19, 2026." in said
    admin = launch_acting_user(one.room.world.app)
    page = admin.words("/admin/grades")
    assert "Is the first score right in the SIS?" in page and "Biology" in page
    assert "Score 7 70 No" in page and "Points 10 10 Yes" in page
    assert said in admin.words("/admin/configuration")


@pytest.mark.parametrize("answer", ["right", "again"])
def test_the_answer_of_the_acting_user_turns_grades_on(courses: tuple[Course, Course], answer: str) -> None:
    one, other = courses
    one.start()
    one.answer("no")
    admin = launch_acting_user(one.room.world.app)
    assert "nothing was changed" in admin.words(ADMIN, answer=answer, shown="0" * 16)
    assert alerts(one.room)

    shown = shown_with(admin.press("/admin/grades"), ADMIN)
    admin.words(ADMIN, answer=answer, shown=shown)
    other.start()

    assert alerts(one.room) == []
    assert other.scores() == [Decimal(7), Decimal(7) if answer == "right" else None]
    assert "Grades are stopped" not in one.teacher.see()
    if answer == "again":
        assert "Is the first score right" in other.teacher.see()


def test_an_answer_that_the_page_does_not_offer_changes_nothing(courses: tuple[Course, Course]) -> None:
    one, _ = courses
    one.start()

    one.answer("again")

    assert alerts(one.room) == [] and "Yes, send the rest" in one.teacher.see()


def test_only_who_can_answer_is_asked(courses: tuple[Course, Course]) -> None:
    """A teacher’s email does not ask for an answer that only the Acting User gives."""
    one, other = courses
    one.start()
    other.start()
    assert [each.check for each in waits(one.room)] == [True, True]

    one.answer("no")

    assert waits(one.room) == []


def test_the_first_doubt_stays_and_another_server_ends_it(courses: tuple[Course, Course]) -> None:
    one, _ = courses
    one.start()
    one.answer("no")
    with one.room.world.app.app_context():
        district = District(db.session, 1)
        before = doubt.find(district)
        doubt.begin(district, settings_row(district, one.room.section_id), "Chemistry", "Bob")
        assert before is not None and doubt.find(district) == before

    admin = launch_acting_user(one.room.world.app)
    form = {"site_code": "demo", "login_name": "schoology", "password": "pw"}
    admin.words("/admin/configuration/save", domain="https://sis.elsewhere.example", **form)

    assert alerts(one.room) == []


def test_no_one_but_the_acting_user_answers(courses: tuple[Course, Course]) -> None:
    one, _ = courses
    one.start()
    one.answer("no")
    admin = launch_acting_user(one.room.world.app).as_person("77", role="administrator")
    shown = shown_with(admin.press("/admin/grades"), ADMIN)

    admin.press(ADMIN, expect=403, answer="right", shown=shown)

    assert alerts(one.room)


def doubt_it(room: Class) -> None:
    with room.world.app.app_context():
        db.session.get_one(SisConnection, 1).grades_doubt = doubt.Doubt(course="Biology", by="Ada").to_json()
        db.session.commit()


def test_live_sync_waits_for_the_answer_and_then_makes_up_for_it(tmp_path: Path) -> None:
    with make_live(tmp_path) as live:
        quiz = live.room.item("Quiz")
        doubt_it(live.room)
        live.type(quiz, 0, 6)
        live.settle()
        with live.room.world.app.app_context():
            queue_sweeps(db.session, live.room.world.app.extensions["wiring"])
            assert db.session.query(Job).filter(Job.kind == "live-sweep").count() == 0
        assert live.room.assignments() == {}

        with live.room.world.app.app_context():
            doubt.settle(District(db.session, 1), "Ada", right=True)
            db.session.commit()
        live.sweep()

        assert live.room.score(quiz, 0) == Decimal(6)


def test_a_sync_that_is_running_stops_before_it_sends_more(courses: tuple[Course, Course]) -> None:
    one, _ = courses
    with one.room.world.app.app_context():
        db.session.get_one(SisConnection, 1).grades_confirmed_at = clock.now()
        db.session.commit()
    second = one.room.item("Second")
    one.room.grade_all(second, 3)

    with once(lambda: bool(one.room.assignments()), lambda: doubt_it(one.room)):
        job = one.room.sync()

    assert job.state == JobState.FAILED and "Acting User" in sentence(job.message)
    assert len(one.room.assignments()) == 1


def _read(room: Class, **values: str) -> None:
    """The SIS has read back other values than were sent."""
    with room.world.app.app_context():
        row = db.session.get_one(SisConnection, 1)
        row.grades_doubt = {**row.grades_doubt, "read": {**row.grades_doubt["read"], **values}}
        db.session.commit()
