"""One course in trouble keeps no other from being compared, looked at or sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.extensions import db
from lti_app.grades.live import decisions, dispatch
from lti_app.grades.live.task import ask_for_sweep, queue_sweeps
from lti_app.grades.road import deletions
from lti_app.models import Job, LiveSection, RemovedAssignment, SyncOptions
from lti_app.runs.words import sentence
from lti_app.sandbox.sis import api_gradebook as sis_wire
from lti_app.school.gradebook import AssignmentRef
from lti_app.school.reasons import NO_REASON
from lti_app.schoology.api import grade_rows
from lti_app.sis.errors import SisRejected
from lti_app.sis.eschoolplus.adapter import Eschoolplus
from lti_app.store.district import District
from tests.factories import add_installation, add_link, add_removed_assignment, claimed
from tests.support.decisions import decide, press_sync, release_all
from tests.support.gradebook import Class, class_in
from tests.support.live import Live, make_live


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with make_live(tmp_path) as made:
        made.clean()
        yield made


@pytest.fixture
def other(live: Live) -> Class:
    """Another class, set up as well."""
    return class_in(live.room.world, place=1)


def break_part(live: Live, room: Class) -> None:
    """Schoology cannot serve the grades of a course."""
    route = f"GET /v1/sections/{room.section_id}/grades"
    live.room.world.schoology_faults.add([{"route": route, "fault": "part-500", "times": 1000}])


def row_of(live: Live, room: Class) -> LiveSection:
    with live.app.app_context():
        row = db.session.get_one(LiveSection, (1, room.section_id))
        db.session.expunge(row)
        return row


@pytest.mark.parametrize("whole", [False, True])
def test_a_course_that_schoology_cannot_serve_does_not_end_the_sweep(
    live: Live, other: Class, whole: bool
) -> None:
    room = live.room
    quizzes = {each.section_id: each.item("Quiz") for each in (room, other)}
    live.settle()
    for each in (room, other):
        each.type(quizzes[each.section_id], 0, 6)
    live.drop()
    with live.app.app_context():
        for each in db.session.query(LiveSection):
            each.active_at = clock.now()
        db.session.commit()
    break_part(live, room)

    live.sweep(whole=whole)

    newest = live.sweeps()[0]
    assert (newest.compared, newest.unread) == (1, 1)
    assert other.score(quizzes[other.section_id], 0) == Decimal(6)
    assert "1, 1 failed" in live.admin().words("/admin/live")
    room.world.schoology_faults.clear()
    live.sweep()
    assert room.score(quizzes[room.section_id], 0) == Decimal(6)
    assert live.sweeps()[0].unread == 0


def test_a_course_that_cannot_be_read_does_not_keep_live_sync_off(live: Live, other: Class) -> None:
    room = live.room
    live.off()
    old = other.item("Old")
    other.grade(old, 0, 3)
    live.drop()
    break_part(live, room)

    live.on_after_a_look()

    shown = live.admin().words("/admin/live")
    assert "Schoology didn’t answer for this course" in shown
    assert "1" in shown and other.score(old, 0) is None
    room.world.schoology_faults.clear()
    quiz = room.item("Quiz")
    live.type(quiz, 0, 4)
    live.settle()
    assert room.score(quiz, 0) == Decimal(4)
    assert row_of(live, room).why == NO_REASON


def test_a_look_of_which_no_course_could_be_read_is_no_look(live: Live) -> None:
    live.off()
    live.drop()
    break_part(live, live.room)
    admin = live.admin()
    admin.press("/admin/live/look")
    live.work()

    assert "wasn’t turned on" in admin.words("/admin/live/on")


def test_nothing_is_made_backlog_once_live_sync_is_on(live: Live) -> None:
    room, admin = live.room, live.admin()
    quiz = room.item("Quiz")
    live.settle()
    live.type(quiz, 0, 7)

    assert "Live sync is already on" in admin.words("/admin/live/look")
    live.room.job("live-preview")
    live.settle()

    assert room.score(quiz, 0) == Decimal(7)
    assert live.section().backlog == {}


def test_it_is_not_turned_on_while_the_look_is_under_way(live: Live) -> None:
    live.off()
    admin = live.admin()
    admin.press("/admin/live/look")
    live.work()
    admin.press("/admin/live/look")

    assert "courses are still being refreshed" in admin.words("/admin/live/on")


def test_a_course_without_a_section_in_the_sis_is_asked_about_once_a_day(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    live.settle()
    del room.world.district.sections[room.key]
    live.type(quiz, 0, 5)
    live.settle()

    assert "The SIS doesn’t have this section anymore" in sentence(live.section().why)
    assert not live.section().owed


def test_what_waits_for_a_student_to_be_enrolled_goes_with_the_daily_sweep(live: Live) -> None:
    room = live.room
    enrollments = room.world.district.enrollments
    before = list(enrollments[room.key])
    quiz = room.item("Quiz")
    student = room.student(0)
    room.leave(0)
    live.type(quiz, 0, 5)
    live.settle()
    assert room.scores(quiz) == {}
    enrollments[room.key] = before

    live.sweep(whole=True)

    assert room.scores(quiz)[student].score == Decimal(5)
    assert (live.sweeps()[0].differed, live.sweeps()[0].repaired) == (0, 0)


def test_what_an_event_told_is_no_repair_of_the_sweep(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    live.settle()
    live.type(quiz, 0, 6)
    live.carry()
    live.sweep()
    assert (live.sweeps()[0].differed, live.sweeps()[0].repaired) == (0, 0)
    assert room.score(quiz, 0) == Decimal(6)


def test_an_event_after_the_sweep_saw_the_change_was_late_and_not_lost(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    live.settle()
    live.type(quiz, 0, 6)
    late, live.posted = live.posted, []
    with live.app.app_context():
        job_id = ask_for_sweep(District(db.session, 1), whole=False)
        live.app.extensions["runner"].run_now(job_id)
        assert db.session.scalar(select(Job.id).where(Job.kind == "live", Job.state == "queued"))
    live.posted = late

    live.settle()

    assert (live.sweeps()[0].differed, live.sweeps()[0].repaired) == (0, 0)
    assert room.score(quiz, 0) == Decimal(6)


def test_what_the_office_entered_is_kept_where_a_person_keeps_a_held_clear(live: Live) -> None:
    room, teacher = live.room, live.teacher()
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    live.settle()
    for number in range(len(room.seats())):
        live.type(quiz, number, None)
    room.edit_in_sis(quiz, 0, "3")
    live.settle()
    assert live.section().held["clear"]

    decide(teacher, "keep")
    live.type(quiz, 1, 9)
    live.settle()

    assert room.score(quiz, 0) == Decimal(3)
    assert room.score(quiz, 1) == Decimal(9)
    assert len(room.scores(quiz)) == len(room.seats())
    live.type(quiz, 0, 7)
    live.settle()
    assert room.score(quiz, 0) == Decimal(3)
    press_sync(teacher)
    live.work()
    assert room.score(quiz, 0) == Decimal(7)


def test_deletes_of_other_courses_count_from_the_moment_they_are_decided(live: Live) -> None:
    """Eighteen are being deleted elsewhere; three more are more than twenty within ten minutes."""
    room = live.room
    items = [room.item(f"Item {number}") for number in range(8)]
    live.settle()
    with live.app.app_context():
        for number in range(18):
            add_removed_assignment(db.session(), "1", str(number), done=False)
        db.session.commit()
    for each in items[:3]:
        room.delete(each)

    live.settle()

    assert len(room.assignments()) == 8
    assert "More than 20 items" in live.teacher().words("/course/sync")


def test_a_clear_is_counted_before_it_is_sent(live: Live) -> None:
    """The SIS goes down in the middle: what was let go counts, and counts once."""
    room = live.room
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    live.settle()
    live.type(quiz, 0, None)
    room.world.sis_faults.add([{"route": "PUT ^.*", "fault": "500", "times": 40}])
    paused = live.settle()[-1]
    room.world.sis_faults.clear()
    assert paused.state == "queued"
    assert [(each.student_id, each.done) for each in room.kept_scores()] == [(room.student(0), False)]

    with live.app.app_context():
        db.session.get_one(Job, paused.id).resume_at = None
        db.session.commit()
    live.work()

    assert room.student(0) not in room.scores(quiz)
    assert [(each.student_id, each.done) for each in room.kept_scores()] == [(room.student(0), True)]


def test_turned_off_nothing_more_is_deleted(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    room = live.room
    items = [room.item(f"Item {number}") for number in range(6)]
    live.settle()
    for each in items[:2]:
        room.delete(each)
    deleted: list[str] = []

    def off_after_the_first(real: Any) -> Any:
        def delete(self: Any, ref: AssignmentRef) -> None:
            real(self, ref)
            deleted.append(ref.item_id)
            options = db.session.get_one(SyncOptions, 1)
            options.live_grades = False
            db.session.commit()

        return delete

    monkeypatch.setattr(Eschoolplus, "delete_assignment", off_after_the_first(Eschoolplus.delete_assignment))
    jobs = live.settle()

    assert len(deleted) == 1
    assert len(room.assignments()) == 5
    assert sentence(jobs[-1].message) == "Live sync is off for your district."


def test_turned_on_again_nothing_that_was_approved_before_is_carried_out(live: Live) -> None:
    room = live.room
    items = [room.item(f"Item {number}") for number in range(5)]
    live.settle()
    for each in items[:3]:
        room.delete(each)
    live.settle()
    with live.app.app_context():
        here = live.here()
        here.held = {**here.held, "delete": {}, "approved": {"delete": [str(items[0].id)], "clear": {}}}
        db.session.commit()
    live.off()
    live.on_after_a_look()

    assert live.section().held == {}
    live.type(items[4], 0, 5)
    live.settle()
    assert len(room.assignments()) == 5


def test_sweeps_are_asked_for_every_quarter_and_once_a_day_whole(live: Live) -> None:
    wiring = live.app.extensions["wiring"]
    asked: list[bool] = []
    start = clock.now()
    for minutes in (0, 5, 16, 40, 25 * 60):
        with time_machine.travel(start.timestamp() + 60 * minutes, tick=True), live.app.app_context():
            queue_sweeps(db.session, wiring)
            found = db.session.scalars(
                select(Job).where(Job.kind == "live-sweep", Job.state == "queued")
            ).all()
            asked += [each.request.whole for each in found]
            for each in found:
                each.state = "done"
            db.session.commit()
    assert asked == [False, False, True]


def test_only_courses_with_something_lately_are_swept_often(live: Live, other: Class) -> None:
    quiz = other.item("Quiz")
    live.room.item("Quiz")
    live.settle()
    other.type(quiz, 0, 6)
    live.drop()
    with live.app.app_context():
        for each in db.session.query(LiveSection):
            each.active_at = clock.now() - timedelta(hours=3)
        db.session.commit()

    live.sweep()
    assert live.sweeps()[0].compared == 0
    live.sweep(whole=True)
    assert live.sweeps()[0].compared == 2
    assert other.score(quiz, 0) == Decimal(6)


def test_after_a_day_a_job_reads_all_grades_and_not_only_new_ones(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    live.type(quiz, 0, 6)
    live.settle()
    with live.app.app_context():
        live.here().compared_at = clock.now() - timedelta(hours=25)
        db.session.commit()
    live.type(quiz, 1, 5)
    live.settle()

    compared = live.section().compared_at
    assert compared is not None and compared > clock.now() - timedelta(minutes=5)
    assert room.score(quiz, 1) == Decimal(5)


def test_what_was_deleted_can_be_put_back_for_thirty_days_only(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    room.item("Other")
    live.settle()
    room.delete(quiz)
    live.settle()
    kept = live.removed()
    with live.app.app_context():
        db.session.get_one(RemovedAssignment, kept.id).removed_at = clock.now() - timedelta(days=31)
        db.session.commit()

    assert "Quiz" not in live.admin().words("/admin/live")
    assert "no longer kept" in live.teacher().words("/course/live/restore", removed=kept.id)
    assert str(quiz.id) not in room.assignments()


def test_an_administrator_releases_everything_and_compares_every_course(live: Live, other: Class) -> None:
    room, admin = live.room, live.admin()
    live.off()
    old = {each.section_id: each.item("Old") for each in (room, other)}
    for each in (room, other):
        each.grade(old[each.section_id], 0, 3)
    live.drop()
    live.on_after_a_look()

    assert "Sending waiting changes in 2 courses" in release_all(admin)
    live.work()

    assert {each.score(old[each.section_id], 0) for each in (room, other)} == {Decimal(3)}
    assert "Comparing all courses" in admin.words("/admin/live/sweep")
    live.work()
    assert live.sweeps()[0].whole and live.sweeps()[0].compared == 2


def test_what_was_gone_before_live_sync_began_is_a_persons_to_remove(live: Live) -> None:
    room = live.room
    quiz, other = room.item("Quiz"), room.item("Other")
    live.settle()
    live.off()
    room.delete(quiz)
    live.drop()
    live.on_after_a_look()

    live.type(other, 0, 5)
    live.settle()

    assert str(quiz.id) in room.assignments()
    assert "No longer in Schoology, still in the SIS" in live.teacher().words("/course/sync")
    third = room.item("Third")
    live.settle()
    room.delete(third)
    live.settle()
    assert set(room.assignments()) == {str(quiz.id), str(other.id)}


def test_what_changes_between_the_look_and_turning_on_waits_too(live: Live) -> None:
    room, admin = live.room, live.admin()
    live.off()
    old = room.item("Old")
    admin.press("/admin/live/look")
    live.work()
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=True):
        room.grade(old, 0, 3)
        live.drop()
    with time_machine.travel(clock.now() + timedelta(minutes=20), tick=True):
        assert "Live sync is on" in admin.words("/admin/live/on")
        new = room.item("New")
        live.type(new, 0, 9)
        live.settle()

        assert (room.score(new, 0), room.score(old, 0)) == (Decimal(9), None)
        live.sweep(whole=True)
        assert (live.sweeps()[0].differed, room.score(old, 0)) == (0, None)
        release_all(admin)
        live.work()
    assert room.score(old, 0) == Decimal(3)


def test_an_item_that_the_sis_refused_is_not_sent_again_with_every_event(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = live.room
    plain, asked = Eschoolplus.put_assignment, []

    def picky(self: Any, ref: AssignmentRef, assignment: Any) -> str:
        asked.append(assignment.title)
        if assignment.title == "Bad":
            raise SisRejected("POINTS_INVALID", "no")
        return plain(self, ref, assignment)

    monkeypatch.setattr(Eschoolplus, "put_assignment", picky)
    bad, good = room.item("Bad"), room.item("Good")
    live.type(bad, 0, 5)
    live.settle()
    assert "Refused by the SIS 1" in live.teacher().words("/course/sync")

    for score in (3, 4, 5):
        live.type(good, 0, score)
        live.settle()

    assert asked.count("Bad") == 1
    assert room.score(good, 0) == Decimal(5)
    room.change(bad, title="Well")
    live.settle()
    assert room.score(bad, 0) == Decimal(5)


def test_a_delete_that_the_sis_refuses_is_told_and_tried_again_once_a_day(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = live.room
    quiz, other = room.item("Quiz"), room.item("Other")
    live.settle()
    asked: list[str] = []

    def refused(_self: Any, ref: AssignmentRef) -> bool:
        asked.append(ref.item_id)
        raise SisRejected("PERIOD_LOCKED", "closed")

    with monkeypatch.context() as patch:
        patch.setattr(Eschoolplus, "delete_assignment", refused)
        room.delete(quiz)
        job = live.settle()[-1]
        assert (job.state, "refused 1 delete" in sentence(job.message)) == ("done_with_problems", True)
        live.type(other, 0, 5)
        live.settle()
        assert asked == [str(quiz.id)]
    live.sweep(whole=True)

    assert set(room.assignments()) == {str(other.id)}


def test_what_cannot_be_read_in_the_sis_is_not_deleted_there(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = live.room
    quiz, other = room.item("Quiz"), room.item("Other")
    live.type(quiz, 0, 5)
    live.settle()
    plain = sis_wire._score
    monkeypatch.setattr(sis_wire, "_score", lambda *args: {**plain(*args), "ASMT_SCORE": "five"})
    room.delete(quiz)
    live.type(other, 0, 4)

    live.settle()

    assert str(quiz.id) in room.assignments()


def test_a_decision_to_keep_is_heard_by_a_job_that_runs(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    room = live.room
    items = [room.item(f"Item {number}") for number in range(4)]
    live.settle()
    for each in items[:3]:
        room.delete(each)
    live.settle()
    plain = deletions.due

    def while_somebody_keeps(*args: Any, **more: Any) -> Any:
        found = plain(*args, **more)
        with live.app.app_context(), Session(db.engine) as session:
            decisions.keep(session, session.get_one(LiveSection, (1, room.section_id)))
        return found

    monkeypatch.setattr(deletions, "due", while_somebody_keeps)
    with time_machine.travel(clock.now() + timedelta(minutes=20), tick=True):
        live.type(items[3], 0, 5)
        live.settle()

    assert len(room.assignments()) == 4
    assert live.section().held == {}


def test_an_event_before_an_outage_is_remembered_after_it(live: Live) -> None:
    """The sweep's job takes the event, the SIS is down, and the job goes on later: nothing was missed."""
    room = live.room
    quiz = room.item("Quiz")
    live.settle()
    live.type(quiz, 0, 6)
    late, live.posted = live.posted, []
    with live.app.app_context():
        live.app.extensions["runner"].run_now(ask_for_sweep(District(db.session, 1), whole=False))
    live.posted = late
    room.world.sis_faults.add([{"route": "* ^.*", "fault": "500", "times": 40}])
    paused = live.settle()[-1]
    room.world.sis_faults.clear()
    with live.app.app_context():
        db.session.get_one(Job, paused.id).resume_at = None
        db.session.commit()

    live.work()

    assert room.score(quiz, 0) == Decimal(6)
    assert (live.sweeps()[0].differed, live.sweeps()[0].repaired) == (0, 0)


def test_a_put_back_assignment_takes_nothing_from_what_the_sis_has_by_now(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    room.item("Other")
    room.grade_all(quiz, 6)
    live.settle()
    body = {"CATEGORY": room.code, "DESCRIPTION": "Quiz", "POINTS": "10", "WEIGHT": "1", "PUBLISH": "Y"}
    room.delete(quiz)
    live.settle()
    room.sis.put_assignment(room.key, room.session, str(quiz.id), {**body, "DUE_DATE": "2026-11-19"})
    room.edit_in_sis(quiz, 0, "9")
    kept = live.removed()

    live.teacher().press("/course/live/restore", removed=kept.id)
    job = live.work()[-1]

    assert job.state == "done_with_problems"
    assert (room.score(quiz, 0), room.score(quiz, 1)) == (Decimal(9), Decimal(6))
    assert "Quiz" in live.admin().words("/admin/live")


def test_what_a_person_decides_is_no_word_of_schoology(live: Live) -> None:
    live.room.item("Quiz")
    live.settle()
    with live.app.app_context():
        heard = live.here().last_event_at
        assert dispatch.ask(District(db.session(), 1), live.room.section_id)
        decisions.release(db.session(), live.here())
        db.session.remove()
    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=True):
        live.work()
    assert live.section().last_event_at == heard


def test_a_shape_that_no_one_knows_concerns_its_course_alone(
    live: Live, other: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiz = other.item("Quiz")
    live.room.item("Quiz")
    live.settle()
    other.type(quiz, 0, 6)
    live.drop()
    plain = grade_rows.grading

    def strange(row: Any) -> Any:
        return plain([] if str(row.get("id")) == live.room.section_id else row)

    monkeypatch.setattr(grade_rows, "grading", strange)
    live.sweep(whole=True)

    assert live.sweeps()[0].unread == 1
    assert other.score(quiz, 0) == Decimal(6)


def test_another_district_neither_decides_nor_puts_back(live: Live) -> None:
    room = live.room
    items = [room.item(f"Item {number}") for number in range(4)]
    live.settle()
    for each in items[:3]:
        room.delete(each)
    live.settle()
    with live.app.app_context():
        theirs = add_installation(db.session(), "other-1", **claimed("9000"))
        assert theirs.id == 2
        add_link(db.session(), "section", "1", 2, schoology_id=room.section_id)
        db.session.commit()
    stranger = live.admin().as_person("9001", 2, role="instructor", section_id=room.section_id)

    for press in ("decide", "release"):
        stranger.press(f"/course/live/{press}", way="go")
    live.work()

    assert len(room.assignments()) == 4


def test_the_first_delete_of_a_quiet_course_is_sent_once_a_sweep_saw_it(live: Live) -> None:
    room = live.room
    quiz, other = room.item("Quiz"), room.item("Other")
    room.grade_all(quiz)
    live.settle()
    live.off()
    live.drop()
    live.on_after_a_look()
    live.sweep(whole=True)

    room.delete(quiz)
    live.settle()

    assert set(room.assignments()) == {str(other.id)}


def test_released_before_its_first_job_a_course_deletes_nothing_of_before(live: Live) -> None:
    room, admin = live.room, live.admin()
    quiz, other = room.item("Quiz"), room.item("Other")
    live.settle()
    live.off()
    room.grade(other, 0, 3)
    admin.press("/admin/live/look")
    live.work()
    room.delete(quiz)
    live.drop()
    admin.press("/admin/live/on")

    release_all(admin)
    live.work()

    assert room.score(other, 0) == Decimal(3)
    assert str(quiz.id) in room.assignments()
    assert not decide_waits(live)


def decide_waits(live: Live) -> bool:
    with live.app.app_context():
        return decisions.waits(live.here())
