"""What someone typed in the SIS is replaced only when it was shown, and decided about only as shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from lti_app.runs.words import sentence
from lti_app.school.grade_policy import GradePolicy
from lti_app.web.course import decide, sync
from lti_app.web.shared import live as live_words
from tests.functional.web.course.test_course_tabs import Teacher, teacher_of
from tests.support.decisions import (
    answer_conflict,
    conflict_button,
    press_sync,
    put_back,
    release,
    shown_with,
)
from tests.support.gradebook import Class, make_class
from tests.support.live import make_live


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, public_url="http://localhost") as made:
        yield made


@pytest.fixture
def teacher(room: Class) -> Teacher:
    return teacher_of(room)


def test_what_a_sync_would_replace_is_shown_before_and_counted_after(room: Class, teacher: Teacher) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz, 6)
    room.sync()
    room.edit_in_sis(quiz, 0, "19.5")
    room.look()

    page = teacher.pages.press("/course/sync")
    assert "1 SIS score would be replaced" in teacher.see()
    assert "the SIS has 19.5, Schoology has 6" in teacher.see()
    assert '<details open id="losses">' in page
    press_sync(teacher.pages)
    teacher.run()

    assert room.score(quiz, 0) == Decimal(6)
    assert "1 score replaced what the SIS had." in teacher.see()
    assert "would be replaced" not in teacher.see()
    reasons = {sentence(each.reason) for each in room.world.changes(room.newest()) if each.kind == "score"}
    assert any("The earlier value is kept here" in each for each in reasons)


def test_what_no_one_was_shown_waits_whatever_the_policy(room: Class, teacher: Teacher) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz, 6)
    room.sync()
    press = shown_with(teacher.pages.press("/course/sync"), "/course/sync/start")
    room.edit_in_sis(quiz, 0, "19.5")

    teacher.press("/course/sync/start", which="all", shown=press)

    assert room.score(quiz, 0) == Decimal("19.5")
    assert "Schoology has 6, the SIS has 19.5" in teacher.see()
    assert "1 score changed in the SIS" in sentence(room.newest().message)


def test_a_press_on_a_page_of_before_asks_again(room: Class, teacher: Teacher) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz, 6)
    room.sync()
    press = shown_with(teacher.pages.press("/course/sync"), "/course/sync/start")
    room.edit_in_sis(quiz, 0, "19.5")
    room.look()

    said = teacher.press("/course/sync/start", which="all", shown=press)

    assert sync.CHANGED[1] in said
    assert room.score(quiz, 0) == Decimal("19.5")

    other = room.item("Other")
    room.grade(other)
    room.look()
    assert "Sync it." in teacher.pages.words("/course/averages")
    assert ">Open Sync<" in teacher.pages.press("/course/averages"), "what is replaced is shown there first"
    teacher.press("/course/sync/start", which="all")

    assert room.score(quiz, 0) == Decimal("19.5"), "a press that carries nothing has shown nothing"
    assert room.score(other, 0) == 8


def test_a_value_that_changed_between_page_and_job_waits(room: Class, teacher: Teacher) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz, 6)
    room.sync()
    room.edit_in_sis(quiz, 0, "19.5")
    room.look()
    press_sync(teacher.pages)
    room.edit_in_sis(quiz, 0, "20")

    teacher.run()

    assert room.score(quiz, 0) == Decimal(20)
    assert "the SIS has 20" in teacher.see()


def test_new_districts_are_asked_about_every_typed_value(room: Class) -> None:
    """Also in a cell that the app never sent anything to."""
    assert GradePolicy().ask and GradePolicy.from_json({}).ask
    assert not GradePolicy.from_json({"ask": False}).ask
    room.policy(GradePolicy())
    quiz = room.item("Quiz")
    room.grade(quiz, 0, 6)
    room.sync()
    room.edit_in_sis(quiz, 0, "9")
    room.edit_in_sis(quiz, 1, "4")
    room.grade(quiz, 1, 8)

    room.sync()

    assert (room.score(quiz, 0), room.score(quiz, 1)) == (Decimal(9), Decimal(4))


def test_send_asks_again_when_the_sis_has_something_else_by_now(room: Class, teacher: Teacher) -> None:
    room.policy(GradePolicy(ask=True))
    quiz = room.item("Quiz")
    room.grade_all(quiz, 6)
    room.sync()
    room.edit_in_sis(quiz, 0, "8")
    room.sync()
    button = conflict_button(teacher.pages, room, quiz, 0, "overwrite")
    room.edit_in_sis(quiz, 0, "10")

    teacher.press("/course/sync/overwrite", score=button)

    assert room.score(quiz, 0) == Decimal(10)
    assert "Schoology has 6, the SIS has 10" in teacher.see()
    for way in ("overwrite", "keep"):
        assert decide.MOVED[1] in teacher.press(f"/course/sync/{way}", score=button)
    bare = teacher.press("/course/sync/keep", score=f"{quiz.id}:{room.student(0)}")
    assert "nothing was changed" in bare
    answer_conflict(teacher.pages, room, quiz, 0, "overwrite")
    teacher.run()
    assert room.score(quiz, 0) == Decimal(6)


def test_send_asks_again_when_schoology_has_something_else_by_now(room: Class, teacher: Teacher) -> None:
    room.policy(GradePolicy(ask=True))
    quiz = room.item("Quiz")
    room.grade_all(quiz, 6)
    room.sync()
    room.edit_in_sis(quiz, 0, "8")
    room.sync()
    button = conflict_button(teacher.pages, room, quiz, 0, "overwrite")
    room.grade(quiz, 0, 2)

    teacher.press("/course/sync/overwrite", score=button)

    assert room.score(quiz, 0) == Decimal(8)
    assert "Schoology has 2, the SIS has 8" in teacher.see()


def test_what_a_person_let_go_can_be_put_back_too(room: Class, teacher: Teacher) -> None:
    room.policy(GradePolicy(ask=True))
    quiz = room.item("Quiz")
    room.grade_all(quiz, 6)
    room.sync()
    room.edit_in_sis(quiz, 0, "8")
    room.sync()

    answer_conflict(teacher.pages, room, quiz, 0, "overwrite")
    teacher.run()

    assert [(each.before, each.after, each.done) for each in room.kept_scores()] == [("8", "6", True)]
    assert "Restore 8" in teacher.see()


def test_averages_know_what_was_decided_and_it_can_be_changed(room: Class, teacher: Teacher) -> None:
    room.policy(GradePolicy(ask=True))
    kept, back, cleared = room.item("Kept"), room.item("Back"), room.item("Cleared")
    for each in (kept, back, cleared):
        room.grade_all(each, 6)
    room.sync()
    room.edit_in_sis(kept, 0, "8")
    room.edit_in_sis(back, 0, "9")
    room.grade(cleared, 0, None)
    room.sync()
    answer_conflict(teacher.pages, room, kept, 0, "keep")
    answer_conflict(teacher.pages, room, back, 0, "overwrite")
    teacher.run()
    put_back(teacher.pages, everything=True)
    teacher.run()
    room.look()

    page = teacher.pages.words("/course/averages")
    assert "because someone selected Keep or Restore" in page
    assert "Sync it." not in page
    assert "Sync them." not in page
    assert sentence(room.sync().message) == "Everything was up to date: nothing was sent."
    form = teacher.pages.press("/course/sync")
    shown = dict(re.findall(rf'name="score" value="(\d+):{room.student(0)}:(\w+)"', form))
    for item in (kept, back, cleared):
        score = f"{item.id}:{room.student(0)}:{shown[str(item.id)]}"
        stale = f"{item.id}:{room.student(0)}:{'0' * 16}"
        assert decide.MOVED[1] in teacher.press("/course/sync/use-ours", score=stale)
        assert "counts again" in teacher.press("/course/sync/use-ours", score=score)
    room.look()
    assert "2 SIS scores would be replaced; 1 SIS score would be cleared" in teacher.see()
    press_sync(teacher.pages)
    teacher.run()

    assert (room.score(kept, 0), room.score(back, 0), room.score(cleared, 0)) == (6, 6, None)
    assert "selected Keep or Restore" not in teacher.pages.words("/course/averages")


def test_averages_promise_no_sync_for_an_exception_that_is_not_sent(room: Class, teacher: Teacher) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz, 6)
    room.sync()
    room.grade(quiz, 0, None, exception=4)
    room.sync()

    page = teacher.pages.words("/course/averages")

    assert "an exception in Schoology that your district doesn’t send" in page
    assert "Sync it." not in page
    assert "Sync them." not in page


def test_a_backlog_and_a_first_score_are_decided_about_as_shown(tmp_path: Path) -> None:
    with make_live(tmp_path, confirmed=False) as live:
        room, teacher = live.room, live.teacher()
        live.off()
        old = room.item("Old")
        room.grade(old, 0, 3)
        room.sync()
        assert "sent only one item with one score as a test" in teacher.words("/course/sync")
        before = teacher.press("/course/sync")
        said = teacher.words("/course/sync/trial", answer="yes", shown="0" * 16)
        assert decide.MOVED[1] in said
        shown = shown_with(before, "/course/sync/trial")
        assert "Thank you" in teacher.words("/course/sync/trial", answer="yes", shown=shown)
        live.work()
        room.grade(old, 1, 4)
        live.drop()
        live.on_after_a_look()

        assert live_words.MOVED[1] in teacher.words("/course/live/release", shown="0" * 16)
        said = live.admin().words("/admin/live/release", section="all", shown="0" * 16)
        assert live_words.MOVED[1] in said
        live.work()
        assert room.score(old, 1) is None
        release(teacher)
        live.work()
        assert room.score(old, 1) == Decimal(4)


def test_a_kept_score_is_shown_and_kept_when_schoologys_changes(room: Class) -> None:
    room.policy(GradePolicy(ask=True))
    quiz, teacher = room.item("Quiz"), teacher_of(room)
    room.grade(quiz, 0, 7)
    room.sync()
    room.edit_in_sis(quiz, 0, "8")
    room.look()
    answer_conflict(teacher.pages, room, quiz, 0, "keep")
    room.grade(quiz, 0, 9)
    room.look()

    assert "1 SIS score would be replaced" in teacher.see()
    press_sync(teacher.pages)
    teacher.run()

    assert room.score(quiz, 0) == 9
    assert [(each.before, each.after) for each in room.kept_scores()] == [("8", "9")]
