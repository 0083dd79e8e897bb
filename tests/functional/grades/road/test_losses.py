"""What takes something from the SIS passes one brake and has one way back, whoever asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from lti_app import clock
from lti_app.extensions import db
from lti_app.grades.road import kept
from lti_app.models import KeptScore, LiveSection, RemovedAssignment
from lti_app.runs.words import sentence
from lti_app.school.grade_policy import GradePolicy
from lti_app.store.district import District
from lti_app.web.shared.live import MOVED
from tests.functional.web.course.test_course_tabs import Teacher, teacher_of
from tests.support.decisions import decide, kept_ids, press_sync, put_back, remove, shown_with
from tests.support.gradebook import Class, make_class
from tests.support.live import Live, make_live

NOTHING_SENT = "Everything was up to date: nothing was sent."


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, public_url="http://localhost") as made:
        yield made


@pytest.fixture
def teacher(room: Class) -> Teacher:
    return teacher_of(room)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with make_live(tmp_path) as made:
        made.clean()
        yield made


def enroll_again(room: Class, number: int = 0) -> str:
    """The app takes a student out of the course and puts them in again: cells are blank; the SIS id."""
    seat = room.seats()[number]
    student = str(room.world.store.users[seat.uid].school_uid)
    room.world.store.unenroll(seat.id)
    again = room.world.store.enroll(int(room.section_id), seat.uid)
    for item_id in room.world.store.items_of[int(room.section_id)]:
        room.grade(room.world.store.items[item_id], room.seats().index(again), None)
    return student


def test_a_new_enrollment_with_blank_cells_clears_nothing(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    student = enroll_again(room)

    job = room.sync()

    assert sentence(job.message) == NOTHING_SENT
    assert room.scores(quiz)[student].score == Decimal(8)


def test_a_night_on_which_the_sis_misses_a_student_costs_no_score(room: Class, teacher: Teacher) -> None:
    """The app itself takes the student out of the course and enrolls the student again."""
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    student, seats = room.student(0), {each.id for each in room.seats()}
    rows = room.world.district.enrollments[room.key]
    section = {"kind": "section", "sis_id": str(room.key)}
    room.leave(0)
    room.world.sync("one", only=section)
    assert len(room.seats()) == len(seats) - 1
    room.world.district.enrollments[room.key] = rows
    room.world.sync("one", only=section)
    new = [each for each in room.seats() if each.id not in seats]
    assert [str(room.world.store.users[each.uid].school_uid) for each in new] == [student]
    room.look()
    assert "would be" not in teacher.see(), "there is nothing to lose"

    press_sync(teacher.pages)
    teacher.run()

    assert room.scores(quiz)[student].score == Decimal(8)
    assert room.kept_scores() == []


def test_a_score_typed_in_the_new_enrollment_is_sent_and_cleared_again(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    student = enroll_again(room)
    number = [room.student(each) for each in range(len(room.seats()))].index(student)
    room.grade(quiz, number, 5)
    room.sync()
    assert room.scores(quiz)[student].score == Decimal(5)

    room.grade(quiz, number, None)
    room.sync()

    assert student not in room.scores(quiz)


def test_a_cell_that_stays_blank_takes_nothing_that_was_typed_in_the_sis(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    room.grade(quiz, 0, None)
    room.sync()
    room.edit_in_sis(quiz, 0, "3")

    assert sentence(room.sync().message) == NOTHING_SENT
    assert room.score(quiz, 0) == Decimal(3)


def test_a_blank_course_is_counted_held_let_go_and_put_back_as_a_whole(room: Class, teacher: Teacher) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    students = len(room.seats())
    for number in range(students):
        room.grade(quiz, number, None)
    room.look()
    assert f"{students} SIS scores would be cleared" in teacher.see()

    press_sync(teacher.pages)
    teacher.run()

    assert len(room.scores(quiz)) == students
    assert f"On hold until you decide: {students} cleared scores." in teacher.see()
    assert f"{students} of this course’s {students} scores in the SIS" in teacher.see()
    decide(teacher.pages, "go")
    teacher.run()
    assert room.scores(quiz) == {}
    assert f"{students} scores cleared in the SIS" in teacher.see()
    for days, offered in ((31, 0), (29, students)):
        with room.world.app.app_context():
            for each in db.session.query(KeptScore):
                each.kept_at = clock.now() - timedelta(days=days)
            db.session.commit()
        assert len(kept_ids(teacher.pages.press("/course/sync"))) == offered
    put_back(teacher.pages, everything=True)
    teacher.run()
    assert {each.score for each in room.scores(quiz).values()} == {Decimal(8)}
    assert len(room.scores(quiz)) == students
    assert sentence(room.sync().message) == NOTHING_SENT


def test_a_press_does_not_pass_what_live_sync_holds(live: Live) -> None:
    room = live.room
    quiz, other = room.item("Quiz"), room.item("Other")
    room.grade_all(quiz)
    live.settle()
    for number in range(len(room.seats())):
        live.type(quiz, number, None)
    live.settle()
    room.grade(other, 0, 4)

    for which in ({}, {"items": [str(quiz.id)]}, {"failed_only": True}):
        job = room.sync(**which)
        assert len(room.scores(quiz)) == len(room.seats())

    assert "On hold until you decide" in sentence(job.message)
    assert room.score(other, 0) == Decimal(4)
    decide(live.teacher(), "go")
    live.work()
    assert room.scores(quiz) == {}


def test_what_is_kept_of_a_held_clear_is_sent_by_no_press(room: Class, teacher: Teacher) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    for number in range(len(room.seats())):
        room.grade(quiz, number, None)
    room.sync()

    decide(teacher.pages, "keep")

    assert sentence(room.sync().message) == NOTHING_SENT
    assert len(room.scores(quiz)) == len(room.seats())


def test_scores_that_were_cleared_under_live_sync_go_back_one_by_one(live: Live) -> None:
    room, teacher = live.room, live.teacher()
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    live.settle()
    for number in (0, 1):
        live.type(quiz, number, None)
    live.settle()
    assert len(room.scores(quiz)) == len(room.seats()) - 2

    put_back(teacher)
    live.work()

    assert len(room.scores(quiz)) == len(room.seats()) - 1
    assert len(kept_ids(teacher.press("/course/sync"))) == 1
    live.type(room.item("Later"), 0, 1)
    live.settle()
    assert len(room.scores(quiz)) == len(room.seats()) - 1


def test_a_cleared_score_can_be_put_back_for_thirty_days(room: Class, teacher: Teacher) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    room.grade(quiz, 0, None)
    room.sync()
    for days, offered in ((29, 1), (31, 0)):
        with room.world.app.app_context():
            db.session.query(KeptScore).one().kept_at = clock.now() - timedelta(days=days)
            db.session.commit()
        assert len(kept_ids(teacher.pages.press("/course/sync"))) == offered


def test_what_was_typed_after_a_clear_is_not_written_over_by_it(room: Class, teacher: Teacher) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    room.grade(quiz, 0, None)
    room.sync()
    room.edit_in_sis(quiz, 0, "5")

    put_back(teacher.pages)
    teacher.run()

    assert room.score(quiz, 0) == Decimal(5)
    said = teacher.pages.words("/course/sync")
    assert "Not everything was restored. Not restored: the SIS has a different value there now" in said
    assert "Logs" not in said, "a teacher has none"


def test_what_is_removed_by_hand_is_kept_like_a_live_delete(room: Class, teacher: Teacher) -> None:
    quiz, other = room.item("Quiz"), room.item("Other")
    room.grade_all(quiz, 6)
    room.grade_all(other, 7)
    room.sync()
    for each in (quiz, other):
        room.delete(each)
    room.look()
    gone = [str(quiz.id), str(other.id)]
    asked = teacher.press("/course/sync/remove", gone=gone)
    assert "You can restore them for 30 days" in asked
    remove(teacher.pages, gone)
    teacher.run()
    assert room.assignments() == {}

    with room.world.app.app_context():
        rows = [each.id for each in db.session.query(RemovedAssignment)]
    for days, offered in ((31, False), (29, True)):
        with room.world.app.app_context():
            for each in db.session.query(RemovedAssignment):
                each.removed_at = clock.now() - timedelta(days=days)
            db.session.commit()
        page = teacher.pages.press("/course/sync")
        assert all((f'name="removed" value="{each}"' in page) == offered for each in rows)
    teacher.press("/course/live/restore", removed=rows)

    assert {room.score(quiz, 0), room.score(other, 0)} == {Decimal(6), Decimal(7)}


def test_a_removal_by_hand_shows_the_brake_and_passes_it_only_with_it(room: Class, teacher: Teacher) -> None:
    items = [room.item(f"Item {number}") for number in range(4)]
    room.sync()
    for each in items[:3]:
        room.delete(each)
    room.look()
    gone = [str(each.id) for each in items[:3]]

    assert "3 of this course’s 4 items" in teacher.press("/course/sync/remove", gone=gone)
    held = room.sync(remove=gone)

    assert len(room.assignments()) == 4
    assert "On hold until you decide: 3 deletes." in sentence(held.message)
    decide(teacher.pages, "go")
    teacher.run()
    assert set(room.assignments()) == {str(items[3].id)}


def test_the_brake_counts_what_is_there(live: Live) -> None:
    room, teacher = live.room, live.teacher()
    items = [room.item(f"Item {number}") for number in range(7)]
    live.settle()
    items += [room.item(f"Item {number}") for number in range(7, 14)]
    live.settle()
    room.delete(items[0])
    live.settle()
    teacher.press("/course/live/restore", removed=live.removed().id)
    live.work()
    assert len(room.assignments()) == 14
    for each in items[1:8]:
        room.delete(each)

    live.settle()

    shown = teacher.words("/course/sync")
    assert "7 of this course’s 14 items in the SIS would be deleted." in shown


def test_replaced_scores_pass_the_brake_too(room: Class, teacher: Teacher) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    students = len(room.seats())
    for number in range(students):
        room.edit_in_sis(quiz, number, "3")
    room.look()
    assert f"{students} SIS scores would be replaced" in teacher.see()

    press_sync(teacher.pages)
    teacher.run()

    assert {each.score for each in room.scores(quiz).values()} == {Decimal(3)}
    assert "would be replaced" in teacher.see()
    decide(teacher.pages, "go")
    teacher.run()
    assert {each.score for each in room.scores(quiz).values()} == {Decimal(8)}
    put_back(teacher.pages, everything=True)
    teacher.run()
    assert {each.score for each in room.scores(quiz).values()} == {Decimal(3)}


def test_what_was_shown_as_held_is_what_a_decision_is_about(live: Live) -> None:
    room, teacher = live.room, live.teacher()
    items = [room.item(f"Item {number}") for number in range(10)]
    live.settle()
    for each in items[:6]:
        room.delete(each)
    live.settle()
    page = teacher.press("/course/sync")
    for each in items[6:8]:
        room.delete(each)
    live.settle()

    shown = shown_with(page, "/course/live/decide")
    for way in ("go", "keep"):
        said = teacher.words("/course/live/decide", way=way, shown=shown)
        assert MOVED[1] in said
    live.work()

    assert len(room.assignments()) == 10
    assert MOVED[1] in teacher.words("/course/live/decide", way="go")


def test_copies_of_an_interrupted_clear_are_kept_once_it_arrived(room: Class) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    room.grade(quiz, 0, None)
    room.world.sis_faults.add([{"route": "PUT ^.*/scores", "fault": "close-after", "times": 40}])
    paused = room.sync()
    room.world.sis_faults.clear()
    assert [(each.before, each.done) for each in room.kept_scores()] == [("8", False)]

    room.resume(paused)

    assert [(each.before, each.done) for each in room.kept_scores()] == [("8", True)]
    with room.world.app.app_context():
        found, back = kept.lately(District(db.session, 1), room.section_id)
        assert (len(found), back) == (1, 0)
        assert db.session.query(LiveSection).count() == 1


def test_the_policy_does_not_let_a_clear_of_a_typed_score_pass(room: Class) -> None:
    room.policy(GradePolicy(ask=True))
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    room.edit_in_sis(quiz, 0, "3")
    room.grade(quiz, 0, None)

    room.sync()

    assert room.score(quiz, 0) == Decimal(3)
