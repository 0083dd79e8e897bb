"""The Averages tab: no “Sync it” where a sync will not send, and a button that does what the fix says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine

from lti_app.grades.agreement import from_json
from lti_app.grades.parity.values import Difference
from lti_app.runs.words import fix
from lti_app.sandbox.schoology import averages as far_averages
from lti_app.school.grade_policy import GradePolicy
from tests.functional.grades.test_grade_memory import of_several_periods
from tests.functional.web.course.test_course_tabs import Teacher, teacher_of
from tests.support.decisions import answer_conflict, excuse_button, press_sync
from tests.support.gradebook import Class, make_class

PAGE = "/course/averages"
WAITS = "but the next sync won’t send it"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, public_url="http://localhost") as made:
        made.policy(GradePolicy(ask=True))
        yield made


@pytest.fixture
def teacher(room: Class) -> Teacher:
    return teacher_of(room)


def press_fix(teacher: Teacher, label: str) -> str:
    """Press the first button of this name beside a difference, with everything that its form carries."""
    page = teacher.pages.press(PAGE)
    forms = re.findall(r'<form method="post" action="([^"]*)" class="press">(.*?)</form>', page)
    action, inside = next(
        (action, inside)
        for action, inside in forms
        if re.sub(r"<[^>]+>", "", inside).strip() == label and action != "/course/averages/refresh"
    )
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(?!launch)([^"]*)" value="([^"]*)"', inside):
        fields.setdefault(name, []).append(value)
    return teacher.press(action, **fields)


def agree(room: Class, teacher: Teacher) -> bool:
    room.look()
    return "All averages match" in teacher.pages.words(PAGE)


def test_a_score_that_differs_is_synced_from_the_page(room: Class, teacher: Teacher) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz, 6)
    room.sync()
    room.grade(quiz, 0, 9)
    room.look()
    assert "Sync it." in teacher.pages.words(PAGE)

    press_fix(teacher, "Sync")

    assert room.score(quiz, 0) == Decimal(9)
    assert agree(room, teacher)


def test_a_score_that_waits_for_the_teacher_is_no_matter_of_a_sync(room: Class, teacher: Teacher) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz, 6)
    room.sync()
    room.edit_in_sis(quiz, 0, "8")
    room.sync()

    page = teacher.pages.words(PAGE)

    assert WAITS in page and "Sync it." not in page
    assert "Schoology has 6, the SIS has 8" in press_fix(teacher, "Open Sync")


def test_a_kept_score_is_let_go_from_the_page(room: Class, teacher: Teacher) -> None:
    one, two = room.item("One"), room.item("Two")
    for each in (one, two):
        room.grade_all(each, 6)
    room.sync()
    for each in (one, two):
        room.edit_in_sis(each, 0, "8")
    room.sync()
    for each in (one, two):
        answer_conflict(teacher.pages, room, each, 0, "keep")
    room.look()
    page = teacher.pages.words(PAGE)
    assert "because someone selected Keep or Restore" in page and "Sync it." not in page
    assert "One: the SIS has 8, Schoology has 6" in page, "the button is about these values"
    unbound = teacher.press("/course/sync/use-ours", score=f"{one.id}:{room.student(0)}")
    assert "Nothing was changed because the score" in unbound

    said = press_fix(teacher, "Use Schoology’s score")

    assert "Schoology’s 2 scores count again" in said
    shown = press_fix(teacher, "Open Sync")
    assert "2 SIS scores would be replaced" in shown, "what a sync replaces is on the Sync tab"
    press_sync(teacher.pages)
    teacher.run()
    assert agree(room, teacher)


def test_an_item_that_was_opted_out_is_opted_in_from_the_page(room: Class, teacher: Teacher) -> None:
    """Also one that the SIS has from before, with another score and other points."""
    quiz = room.item("Quiz")
    room.grade_all(quiz, 6)
    room.sync()
    fresh = room.item("Fresh")
    room.grade_all(fresh, 3)
    room.look()
    for each in (quiz, fresh):
        teacher.press("/course/sync/opt", way="out", item=str(each.id))
    room.grade(quiz, 0, 2)
    room.change(quiz, max_points="20")
    room.look()
    page = teacher.pages.words(PAGE)
    assert "opted out" in page
    assert "Sync it." not in page

    for _ in (quiz, fresh):
        if "Opt back in" in teacher.pages.words(PAGE):
            press_fix(teacher, "Opt back in")
            room.look()
    room.sync()

    assert agree(room, teacher)


def test_an_item_that_is_on_hold_or_stopped_is_no_matter_of_a_sync(room: Class, teacher: Teacher) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz, 6)
    room.sync()
    copied = [room.item(f"Copied {number}") for number in range(11)]
    room.grade(copied[0], 0, 10)
    room.change(quiz, title="", max_points="20")
    room.sync()

    page = teacher.pages.words(PAGE)

    assert "Copied 0" in page
    assert "Sync it." not in page and "Open Sync" in page


def test_what_is_not_matched_leads_to_the_matching(room: Class, teacher: Teacher) -> None:
    room.map()
    room.grade_all(room.item("Quiz"), 6)
    room.look()

    assert "Choose the SIS category for each Schoology category" in press_fix(teacher, "Match categories")
    assert "Sync it." not in teacher.pages.words(PAGE)


def theirs(room: Class) -> dict[tuple[str, str], Decimal]:
    """Each average that the SIS has, by student and marking period."""
    found = room.sis.averages(room.key)
    return {(student, period): value for student, period, value in found if value is not None}


def press_every_fix(teacher: Teacher) -> int:
    """Press each button beside a difference once; how many there were."""
    page = teacher.pages.press(PAGE)
    forms = re.findall(r'<form method="post" action="(/course/sync/[^"]*)" class="press">(.*?)</form>', page)
    for action, inside in forms:
        fields: dict[str, list[str]] = {}
        for name, value in re.findall(
            r'<input type="hidden" name="(?!launch)([^"]*)" value="([^"]*)"', inside
        ):
            fields.setdefault(name, []).append(value)
        teacher.press(action, **fields)
    return len(forms)


def test_the_fixes_make_both_agree_and_lower_no_average(room: Class, teacher: Teacher) -> None:
    """Work for some students, only collected, excused, or opted out, and a score that the SIS kept."""
    seats = [each.id for each in room.seats()]
    quiz, some = room.item("Quiz"), room.item("Some", assignees=tuple(seats[:2]))
    collected, project = room.item("Collected", collected_only=1), room.item("Project")
    ungraded = room.item("Ungraded")
    room.grade_all(quiz, 8)
    for number in (0, 1):
        room.grade(some, number, 9)
    room.grade(collected, 0, 2)
    room.grade(quiz, 2, None, exception=1)
    room.sync()
    room.edit_in_sis(quiz, 3, "9")
    room.look()
    answer_conflict(teacher.pages, room, quiz, 3, "keep")
    room.grade_all(project, 9)
    teacher.press("/course/sync/opt", item=[str(project.id)], way="out")
    room.look()
    before, here = theirs(room), teacher.pages.words(PAGE)
    assert "mark as missing" not in here.lower() and "mark it as missing" not in here.lower()

    for _ in range(3):
        if agree(room, teacher) or not press_every_fix(teacher):
            break
        room.sync()

    assert agree(room, teacher)
    lower = {student for (student, period), value in before.items() if theirs(room)[student, period] < value}
    assert str(ungraded.id) not in room.assignments(), "past due without a score, it waits"
    assert lower <= {room.student(3)}, "only the score that the teacher let go may lower an average"


def test_the_fixes_for_late_past_lowered_and_undated_work_make_both_agree(room: Class) -> None:
    """Someone joined late, a due date is in the past quarter, a maximum was lowered, and work has no date."""
    room = of_several_periods(room.world)
    room.policy(GradePolicy())
    desk, late = teacher_of(room), room.student(0)
    rows, seats = room.world.district.enrollments[room.key], room.seats()
    joined = ((date(2026, 11, 20), None),)
    room.world.district.enrollments[room.key] = [
        each._replace(ranges=joined) if each.student_id == late else each for each in rows
    ]
    quiz, past = room.item("Quiz"), room.item("Past", due="2026-10-08 23:59:00")
    lowered, undated = room.item("Lowered"), room.item("Undated", due="")
    for number in range(1, len(seats)):
        room.grade(quiz, number, 8)
    room.grade_all(past, 7)
    room.grade_all(lowered, 4)
    room.sync()
    room.grade(lowered, 1, 9)
    room.change(lowered, max_points="5")
    room.grade(undated, 1, 10)
    room.look()
    before, ours = theirs(room), averages_in_schoology(room)
    assert "above_maximum" in room.findings(lowered)

    desk.press("/course/sync/excuse", **excuse_button(desk.pages, late))
    found = next(each for each in room.state(past).shown["findings"] if each["code"] == "period_over")
    desk.press("/course/sync/choose", choice=f"period:{past.id}:{found['about']}")
    room.sync()
    room.look()

    words = desk.pages.words(PAGE)
    assert "this resolves on that date" in words
    with time_machine.travel(datetime(2026, 11, 30, 17, tzinfo=UTC), tick=True):
        assert not differences(room), "it did resolve"
    with time_machine.travel(datetime(2026, 12, 1, 17, tzinfo=UTC), tick=True):
        fixes = {fix(found.fix) for each in differences(room) for found in each.findings}
        assert all("excuse it in Schoology and sync" in each for each in fixes) and fixes, "zeros by now"
        for number in (0, *range(2, len(seats))):
            room.grade(undated, number, None, exception=1)
        room.sync()
        assert not differences(room)
    lower = {place for place, value in before.items() if theirs(room)[place] < value}
    assert not lower and averages_in_schoology(room) == ours, "no average dropped, in neither system"


def differences(room: Class) -> tuple[Difference, ...]:
    """What the next refresh finds."""
    room.look()
    found = from_json(room.settings().agreement)
    assert found is not None and found.compared
    return found.differences


def averages_in_schoology(room: Class) -> dict[int, Decimal | None]:
    """What Schoology reports of each student."""
    seats = [each.id for each in room.seats()]
    return far_averages.averages(room.world.store, int(room.section_id), seats)
