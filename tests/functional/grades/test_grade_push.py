"""A section's grades from Schoology into the SIS: once, resumed, and through the faults of both sandboxes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lti_app.extensions import db
from lti_app.jobs.queue import enqueue
from lti_app.models import Change, Job, JobState, Run, SisConnection
from lti_app.runs.words import sentence
from lti_app.sandbox.schoology import gradebook as far_book
from lti_app.sandbox.schoology import scales
from lti_app.school.reason_codes import Code
from lti_app.store.district import District
from tests.functional.web.course.test_course_tabs import teacher_of
from tests.support.gradebook import Class, make_class
from tests.support.world import sealed_password

pytestmark = pytest.mark.long

NOTHING_SENT = "Everything was up to date: nothing was sent."


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, public_url="http://localhost") as made:
        yield made


def test_items_and_scores_arrive_once_and_stay_quiet(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade(quiz, 0, 7.25)
    room.grade(quiz, 1, None, exception=1)

    first = room.sync()
    writes = room.watch("PUT ^.*")
    again = room.sync()

    assert first.state == JobState.DONE, sentence(first.message)
    assert room.assignments()[str(quiz.id)].description == "Quiz"
    assert room.score(quiz, 0) == Decimal("7.25")
    assert room.scores(quiz)[room.student(1)].mark in ("EX", "XC")
    assert sentence(again.message) == NOTHING_SENT
    assert writes() == 0


def test_one_changed_score_is_one_push(room: Class) -> None:
    items = [room.item(f"Item {n}") for n in range(3)]
    for item in items:
        room.grade_all(item)
    room.sync()
    room.grade(items[1], 0, 9.75)
    writes = room.watch("PUT ^.*")

    room.sync()

    assert writes() == 1
    assert room.score(items[1], 0) == Decimal("9.75")


def test_a_score_that_was_cleared_in_schoology_is_cleared_in_the_sis(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    room.grade(quiz, 0, None)

    room.sync()

    assert room.student(0) not in room.scores(quiz)
    assert room.score(quiz, 1) == Decimal(8)


def test_scores_above_the_points_and_zero_are_scores(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade(quiz, 0, 12.5)
    room.grade(quiz, 1, 0)

    room.sync()

    assert (room.score(quiz, 0), room.score(quiz, 1)) == (Decimal("12.5"), Decimal(0))


def test_assessments_and_graded_discussions_go_too(room: Class) -> None:
    for kind in ("assignment", "assessment", "discussion"):
        room.item(kind.title(), type=kind)

    room.sync()

    assert {each.description for each in room.assignments().values()} == {
        "Assignment",
        "Assessment",
        "Discussion",
    }


def test_a_refused_score_is_told_and_hides_no_other(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.grade(quiz, 0, -1)

    job = room.sync()

    assert job.state == JobState.DONE_WITH_PROBLEMS
    assert len(room.scores(quiz)) == len(room.seats()) - 1
    refused = room.score_state(quiz, 0)
    assert refused is not None and refused.reason_code == Code.SCORE_REJECTED
    room.grade(quiz, 0, 5)
    room.grade(quiz, 1, 6)
    room.sync(failed_only=True)
    assert (room.score(quiz, 0), room.score(quiz, 1)) == (Decimal(5), Decimal(8))


def test_a_section_with_two_sessions_writes_to_the_one_that_receives_marks(room: Class) -> None:
    section = room.sis.section(room.key)
    other = replace(section.sessions[0], number=room.session + 1, receive_mark=False)
    room.world.district.sections[room.key] = replace(section, sessions=(other, *section.sessions))
    quiz = room.item("Quiz")
    room.grade_all(quiz)

    room.sync()

    assert room.assignments()[str(quiz.id)].session == room.session


@pytest.mark.parametrize(
    "fault",
    [
        {"route": "PUT ^.*/assignments/[0-9]+$", "nth": 2, "fault": "close-after"},
        {"route": "PUT ^.*/scores$", "nth": 1, "fault": "close-after"},
        {"route": "PUT ^.*/scores$", "nth": 1, "fault": "502-html"},
        {"route": "GET ^.*/pages/", "nth": 2, "fault": "expire-token"},
        {"route": "PUT ^.*/assignments/[0-9]+$", "nth": 1, "fault": "429"},
    ],
    ids=lambda fault: f"{fault['fault']}-{fault['route'][-12:]}",
)
def test_an_answer_that_was_lost_leads_to_no_second_copy(room: Class, fault: dict[str, Any]) -> None:
    items = [room.item(f"Item {n}") for n in range(3)]
    for item in items:
        room.grade_all(item)
    room.world.sis_faults.add([fault])

    job = room.sync()

    assert job.state == JobState.DONE, sentence(job.message)
    assert len(room.assignments()) == 3
    assert all(len(room.scores(item)) == len(room.seats()) for item in items)
    assert sentence(room.sync().message) == NOTHING_SENT


def test_an_outage_in_the_middle_waits_keeps_what_arrived_and_goes_on(room: Class) -> None:
    items = [room.item(f"Item {n}") for n in range(4)]
    for item in items:
        room.grade_all(item)
    room.world.sis_faults.add([{"route": "PUT ^.*/scores$", "nth": 3, "times": 99, "fault": "500"}])

    job = room.sync()
    assert job.state == JobState.QUEUED and job.resume_at is not None
    assert "The SIS isn’t answering right now" in sentence(job.message)
    assert len(room.assignments()) == 3
    assert "it continues automatically in" in teacher_of(room).see()
    assert "it continues automatically in" in teacher_of(room, "58").see()
    room.world.sis_faults.clear()
    resumed = room.resume(job)

    assert resumed.state == JobState.DONE, sentence(resumed.message)
    assert all(len(room.scores(item)) == len(room.seats()) for item in items)
    with room.world.app.app_context():
        run = db.session.query(Run).filter(Run.job_id == job.id).one()
        endings = {each.state for each in db.session.query(Change).filter(Change.run_id == run.id)}
    assert endings == {"done", "discarded"}


def test_a_schoology_that_does_not_answer_changes_nothing(room: Class) -> None:
    room.grade_all(room.item("Quiz"))
    room.world.schoology_faults.add([{"route": "GET ^.*/grades", "nth": 1, "times": 99, "fault": "500"}])

    job = room.sync()

    assert job.state == JobState.QUEUED and "Schoology isn’t answering" in sentence(job.message)
    assert room.assignments() == {}


def test_a_short_list_of_scores_is_not_taken_for_cleared_ones(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    room.world.sis_faults.add([{"route": "GET ^.*/pages/", "nth": 1, "times": 9, "fault": "drop-rows"}])

    job = room.sync()

    assert job.state == JobState.QUEUED
    assert len(room.scores(quiz)) == len(room.seats())


def test_refused_credentials_are_for_the_administrator_and_no_detail_leaks(room: Class) -> None:
    room.item("Quiz")
    with room.world.app.app_context():
        db.session.get_one(SisConnection, 1).secrets = sealed_password(room.world.app, "wrong")
        db.session.commit()

    job = room.sync()
    shown = teacher_of(room).see()

    assert job.state == JobState.QUEUED and job.parked_at is not None
    assert "Contact your district’s administrator" in sentence(job.message)
    assert "password" not in shown and "login" not in shown
    with room.world.app.app_context():
        assert "password" in sentence(db.session.get_one(SisConnection, 1).problem)


def test_two_people_at_once_share_one_job(room: Class) -> None:
    room.item("Quiz")
    first, second = teacher_of(room), teacher_of(room, "56")

    one = first.pages.words("/course/sync/start", which="all")
    two = second.pages.words("/course/sync/start", which="all")

    assert "You can leave this page" in one
    assert "already queued" in two
    with room.world.app.app_context():
        assert db.session.query(Job).filter(Job.lane == "grades").count() == 1


def test_another_course_does_not_wait_for_this_one(room: Class) -> None:
    with room.world.app.app_context():
        for section_id in (room.section_id, "other"):
            asked = enqueue(
                District(db.session, 1),
                "grades",
                params={},
                trigger="manual",
                asked_by="T",
                lane="grades",
                section_id=section_id,
            )
            assert not asked.joined
        db.session.commit()


def test_a_canceled_sync_keeps_what_was_sent(room: Class) -> None:
    room.item("Quiz")
    teacher = teacher_of(room)
    teacher.pages.words("/course/sync/start", which="all")

    shown = teacher.press("/course/sync/cancel")

    assert "Stopping" in shown
    assert room.assignments() == {}
    assert "There’s nothing to cancel" in teacher.press("/course/sync/cancel")


@pytest.mark.parametrize("number", [10, pytest.param(50, marks=pytest.mark.long_run)])
def test_a_large_course(tmp_path: Path, number: int) -> None:
    """Up to ten thousand scores."""
    with make_class(tmp_path) as room:
        room.add_students(200)
        items = [room.item(f"Item {n}") for n in range(number)]
        for item in items:
            room.grade_all(item, 6)

        job = room.sync()

        total = sum(len(room.scores(item)) for item in items)
        assert job.state == JobState.DONE, sentence(job.message)
        assert total == number * len(room.seats()) >= number * 200
        assert sentence(room.sync().message) == NOTHING_SENT


def test_scales_and_letters_arrive_as_points(room: Class) -> None:
    quiz = room.item("Quiz", grading_scale=scales.LETTERS)
    checked = room.item("Checked", grading_scale=scales.PASS_FAIL, max_points="20")
    room.grade(quiz, 0, 9.5)

    for tells_letters in (False, True):
        room.world.store.tells_letters = tells_letters
        room.grade(quiz, 1, None, letter="b" if tells_letters else "A")
        room.grade(checked, 0, None, letter="Pass")
        room.grade(checked, 1, None, letter="Fail")
        room.sync()

        assert room.score(quiz, 0) == Decimal("9.5")
        assert room.score(quiz, 1) == Decimal("8.5" if tells_letters else "9.5")
        assert (room.score(checked, 0), room.score(checked, 1)) == (20, 0)
    assert room.findings(quiz) == {"scale"}
    assert sentence(room.sync().message) == NOTHING_SENT


def test_categories_of_any_script_are_mapped_by_id(room: Class) -> None:
    made = far_book.add_category(room.world.store, int(room.section_id), "宿題 <b>")
    room.map(**{f"c{made.id}": room.code})
    quiz = room.item("Ünïts 測試", grading_category=made.id)

    room.sync()

    assert room.assignments()[str(quiz.id)].description == "Ünïts 測試"
