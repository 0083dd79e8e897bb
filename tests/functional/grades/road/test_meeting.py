"""Reads and writes that meet: an older reading overwrites nothing, and a wish is never lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lti_app import clock
from lti_app.extensions import db
from lti_app.grades.road import look_again
from lti_app.models import ActingUser, Audit, Change, GradeWish, ItemState, Job
from lti_app.runs.words import sentence
from lti_app.school.grade_policy import GradePolicy
from lti_app.sis.eschoolplus.adapter import Eschoolplus
from tests.functional.web.course.test_course_tabs import teacher_of
from tests.support.decisions import answer_conflict, decide
from tests.support.gradebook import Class, make_class
from tests.support.live import Live, make_live

OVERTAKEN = "A sync of this course was running. The page shows what that sync read."


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, public_url="http://localhost") as made:
        yield made


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with make_live(tmp_path) as made:
        made.clean()
        yield made


@pytest.fixture
def during(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Something happens the next time that a call of the SIS has its answer, and before it is dealt with."""

    def arrange(call: str, what: Callable[[], object]) -> None:
        plain, waiting = getattr(Eschoolplus, call), [what]

        def slow(self: Eschoolplus, *given: Any) -> Any:
            found = plain(self, *given)
            if waiting:
                waiting.pop()()
            return found

        monkeypatch.setattr(Eschoolplus, call, slow)

    return arrange


def test_a_slow_look_takes_nothing_from_a_sync_that_ended_in_the_meantime(
    room: Class, during: Callable[..., None]
) -> None:
    old = room.item("Old")
    room.grade(old)
    room.sync()
    new = room.item("New")
    room.grade(new, 0, 5)
    pushed = []
    during("averages", lambda: pushed.append(room.sync()))

    look = room.look()

    assert (sentence(look.message), pushed[0].state) == (OVERTAKEN, "done")
    state = room.state(new)
    assert (state.status, state.gone, state.pending) == ("synced", False, 0)
    assert sentence(room.sync().message) == "Everything was up to date: nothing was sent."


def test_a_look_inside_a_sync_keeps_nothing(room: Class, during: Callable[..., None]) -> None:
    new = room.item("New")
    room.grade_all(new)
    looks = []
    during("put_assignment", lambda: looks.append(room.look()))

    job = room.sync()

    assert (sentence(looks[0].message), job.state) == (OVERTAKEN, "done")
    assert len(room.scores(new)) == len(room.seats())
    assert not room.state(new).gone


def test_a_slow_look_over_a_live_job_loses_no_item_and_a_delete_follows(
    live: Live, during: Callable[..., None]
) -> None:
    room = live.room
    live.type(room.item("Old"), 0, 5)
    live.settle()
    new = room.item("New")
    live.type(new, 0, 7)
    jobs: list[Job] = []
    during("averages", lambda: jobs.extend(live.settle()))

    look = room.look()

    assert [each.state for each in (look, *jobs)] == ["done"] * (1 + len(jobs)) and jobs
    assert room.score(new, 0) == Decimal(7)
    state = room.state(new)
    assert (state.status, state.gone, state.pending) == ("synced", False, 0)
    assert "No longer in Schoology" not in live.teacher().words("/course/sync")
    room.delete(new)
    live.settle()
    assert str(new.id) not in room.assignments()


def test_a_wish_that_meets_a_running_job_follows_it(room: Class, during: Callable[..., None]) -> None:
    room.policy(GradePolicy(ask=True))
    quiz, teacher = room.item("Quiz"), teacher_of(room)
    room.grade_all(quiz, 6)
    room.sync()
    room.edit_in_sis(quiz, 0, "8")
    room.sync()
    said = []

    def send() -> None:
        said.append(answer_conflict(teacher.pages, room, quiz, 0, "overwrite"))
        said.append(answer_again())

    def answer_again() -> str:
        return teacher.pages.words("/course/sync/start", which="all")

    during("averages", send)
    room.sync()

    assert all("follows it automatically" in each for each in said)
    teacher.run()
    teacher.run()
    assert room.score(quiz, 0) == Decimal(6)
    with room.world.app.app_context():
        assert db.session.query(GradeWish).count() == 0
        states = {each.state for each in db.session.query(Job).filter(Job.lane == "grades")}
        assert states <= {"done", "done_with_problems"}


def test_an_item_that_is_opted_out_while_a_sync_runs_is_not_sent(
    room: Class, during: Callable[..., None]
) -> None:
    first, second = room.item("First"), room.item("Second")
    for each in (first, second):
        room.grade(each)
    room.look()
    teacher = teacher_of(room)
    during("put_assignment", lambda: teacher.pages.press("/course/sync/opt", item=str(second.id), way="out"))

    job = room.sync()

    assert set(room.assignments()) == {str(first.id)}
    with room.world.app.app_context():
        left = db.session.query(Change).filter(Change.schoology_id == str(second.id)).all()
        assert {each.state for each in left} == {"discarded"}
        assert all(
            "chose not to sync this item while the sync was running" in sentence(each.reason) for each in left
        )
        assert db.session.query(ItemState).filter(ItemState.item_id == str(second.id)).one().opted_out
    assert "Sent: 1 item and 1 score." in sentence(job.message)


@pytest.mark.parametrize("ask", [False, True])
def test_what_is_typed_in_the_sis_after_the_reading_is_not_written_over(
    room: Class, monkeypatch: pytest.MonkeyPatch, during: Callable[..., None], ask: bool
) -> None:
    monkeypatch.setattr(look_again, "STALE", timedelta(0))
    room.policy(GradePolicy(ask=ask))
    quiz = room.item("Quiz")
    room.grade_all(quiz, 6)
    room.sync()
    room.grade_all(quiz, 7)
    during("averages", lambda: room.edit_in_sis(quiz, 0, "19"))

    job = room.sync()

    assert room.score(quiz, 0) == Decimal(19)
    assert room.score(quiz, 1) == Decimal(7)
    assert "1 score changed in the SIS" in sentence(job.message)
    state = room.score_state(quiz, 0)
    assert state is not None and (state.status, state.wanted, state.offered) == ("conflict", "7", "19")


def test_a_young_reading_is_not_read_again(room: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz, 6)
    room.sync()
    room.grade_all(quiz, 7)
    plain, reads = Eschoolplus.scores, []

    def counted(self: Eschoolplus, key: str) -> Any:
        reads.append(key)
        return plain(self, key)

    monkeypatch.setattr(Eschoolplus, "scores", counted)

    room.sync()

    assert len(reads) == 2, "before and after"
    assert timedelta(seconds=10) == look_again.STALE


@pytest.mark.parametrize("ask", [False, True])
def test_ones_own_write_is_no_edit_of_the_sis(room: Class, ask: bool) -> None:
    """The SIS took 7, the answer was lost, and the teacher types 8."""
    room.policy(GradePolicy(ask=ask))
    quiz = room.item("Quiz")
    room.grade_all(quiz, 6)
    room.sync()
    room.grade(quiz, 0, 7)
    room.world.sis_faults.add([{"route": "PUT ^.*/scores", "fault": "close-after", "times": 40}])
    paused = room.sync()
    room.world.sis_faults.clear()
    assert room.score(quiz, 0) == Decimal(7)
    room.grade(quiz, 0, 8)

    done = room.resume(paused)

    assert room.score(quiz, 0) == Decimal(8)
    assert (done.state, room.kept_scores()) == ("done", [])


def test_two_accounts_of_one_student_are_a_finding_and_no_flip(room: Class) -> None:
    quiz, teacher = room.item("Quiz"), teacher_of(room)
    room.grade_all(quiz, 6)
    room.sync()
    student, store = room.student(0), room.world.store
    first = store.users[room.seats()[0].uid]
    twin = store.add_user(
        name_first="Twin",
        name_last="Account",
        username="twin",
        school_uid=f"{student}-2",
        building_id=first.building_id,
        role_id=first.role_id,
    )
    store.enroll(int(room.section_id), twin.uid)
    twin.school_uid = student
    number = [each.uid for each in room.seats()].index(twin.uid)

    room.grade(quiz, number, 9)
    room.sync()
    assert room.score(quiz, 0) == Decimal(6)
    assert "two accounts" in teacher.see()
    assert "two Schoology accounts" in teacher.see()

    room.grade(quiz, number, None)
    room.sync()
    assert room.score(quiz, 0) == Decimal(6)


def test_the_daily_comparison_finds_a_clear_without_a_time_stamp(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    live.settle()
    grade = room.world.store.grades[room.seats()[0].id, quiz.id]
    grade.grade, grade.timestamp = None, 0

    live.sweep()
    assert room.score(quiz, 0) == Decimal(8)
    live.sweep(whole=True)

    assert room.score(quiz, 0) is None
    assert [each.before for each in room.kept_scores()] == ["8"]


def test_a_stamp_in_the_future_hides_no_later_change(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    live.type(quiz, 0, 5)
    live.settle()
    room.world.store.grades[room.seats()[0].id, quiz.id].timestamp = int(
        (clock.now() + timedelta(days=400)).timestamp()
    )
    live.sweep(whole=True)

    live.type(quiz, 1, 6)
    live.settle()

    assert room.score(quiz, 1) == Decimal(6)


def test_a_new_zone_of_the_acting_user_moves_no_due_dates_in_mass(room: Class) -> None:
    """Schoology writes due moments on the clock of the account: 23:59 there is another day here."""
    items = [room.item(f"Item {number}") for number in range(4)]
    room.sync()
    days = {each.due_date for each in room.assignments().values()}
    with room.world.app.app_context():
        found = db.session.get_one(ActingUser, 1)
        room.world.store.users[int(found.uid)].tz_name = "Pacific/Honolulu"
        found.checked_at = clock.now() - timedelta(minutes=5)
        db.session.commit()

    held = room.sync()

    assert {each.due_date for each in room.assignments().values()} == days
    assert "On hold until you decide: 4 moved due dates." in sentence(held.message)
    with room.world.app.app_context():
        noted = db.session.query(Audit).filter(Audit.what.startswith("Time zone of the Acting User")).one()
        assert (noted.old, noted.new) == ("America/New_York", "Pacific/Honolulu")
    room.grade(items[0], 0, 5)
    room.sync()
    assert room.score(items[0], 0) == Decimal(5)
    assert {each.due_date for each in room.assignments().values()} == days
    teacher = teacher_of(room)
    assert "4 of this course’s 4 due dates" in teacher.see()
    decide(teacher.pages, "go")
    teacher.run()
    assert days.isdisjoint({each.due_date for each in room.assignments().values()})
    assert sentence(room.sync().message) == "Everything was up to date: nothing was sent."
