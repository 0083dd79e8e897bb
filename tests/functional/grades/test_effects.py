"""What a sync would make of a gradebook in the SIS is known before it is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine

from lti_app.extensions import db
from lti_app.grades.course.view import CourseView, course_view
from lti_app.grades.course.waits import waiting_courses
from lti_app.models import ItemState, Link, SectionSettings
from lti_app.operations.teacher_digest import text_of
from lti_app.runs.words import finding, sentence
from lti_app.sandbox.schoology import gradebook as far_book
from lti_app.school.grade_policy import GradePolicy, Joined
from lti_app.store.district import District
from tests.functional.grades.test_grade_memory import of_several_periods
from tests.functional.web.course.test_course_tabs import Teacher, teacher_of
from tests.support.decisions import excuse_button
from tests.support.gradebook import Class, class_in, make_class

NEXT_WEEK = "2026-12-01 23:59:00"
LAST_QUARTER = "2026-10-08 23:59:00"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, public_url="http://localhost") as made:
        made.policy(GradePolicy())
        yield made


def view(room: Class) -> CourseView:
    with room.world.app.app_context():
        return course_view(District(db.session, 1), room.section_id, None)


def status(room: Class, item: Any) -> str:
    return next(each.status for each in view(room).items if each.id == str(item.id))


def counted_from(room: Class, item: Any) -> list[str]:
    """The days from which the page says that an item counts."""
    said = [
        each for each in room.state(item).shown["findings"] if each["code"].startswith(("counts", "date"))
    ]
    return [re.findall(r"\w{3} \d+, \d{4}", finding(each)[0])[0] for each in said]


def due(room: Class, item: Any) -> date:
    found: date = room.assignments()[str(item.id)].due_date
    return found


@pytest.fixture
def quarters(room: Class) -> Class:
    """A class with several marking periods, of which the first is over."""
    found = of_several_periods(room.world)
    found.policy(GradePolicy())
    return found


@pytest.fixture
def desk(room: Class) -> Teacher:
    """Its teacher in front of the page."""
    return teacher_of(room)


def averages(room: Class) -> dict[tuple[str, str], Decimal | None]:
    """(Student, marking period) → the average that the SIS has."""
    return {(student, period): value for student, period, value in room.sis.averages(room.key)}


def test_work_past_due_without_a_score_waits_for_the_first(room: Class, desk: Teacher) -> None:
    item, later = room.item(), room.item("Later", due=NEXT_WEEK)

    job = room.sync()

    assert str(item.id) not in room.assignments() and str(later.id) in room.assignments()
    assert "waits_for_score" in room.findings(item) and status(room, item) == "waits"
    assert job.state == "done", "to wait is no failure"
    page = desk.see()
    assert "It was due Nov 19, 2026, and no student has a score yet." in page
    assert f"it would count as zero for {len(room.seats())} students" in page
    assert "Send now Cell walls" in page and "Opt out selected" in page
    room.grade(item)
    room.sync()
    assert room.score(item) == 8


def test_a_teacher_may_send_work_without_a_score_now(room: Class, desk: Teacher) -> None:
    item = room.item()
    room.sync()

    desk.press("/course/sync/choose", choice=f"now:{item.id}:{'0' * 16}")
    found = next(each for each in room.state(item).shown["findings"] if each["code"] == "waits_for_score")
    room.sync()
    assert str(item.id) not in room.assignments(), "the press was about something else than what is there"
    desk.press("/course/sync/choose", choice=f"now:{item.id}:{found['about']}")
    room.sync()

    assert str(item.id) in room.assignments()
    room.look()
    assert "counts_zero" in room.findings(item)


def test_work_due_soon_without_a_score_is_named_and_stays(room: Class) -> None:
    item = room.item(due="2026-11-25 23:59:00")

    room.sync()
    found = next(each for each in room.state(item).shown["findings"] if each["code"] == "due_soon")

    assert str(item.id) in room.assignments()
    assert "Nov" in finding(found)[0] and found["level"] == "note"
    with time_machine.travel(datetime(2026, 11, 28, 17, tzinfo=UTC), tick=True):
        room.sync()
        assert str(item.id) in room.assignments(), "it is never removed for that"
        assert "counts_zero" in room.findings(item)


def test_undated_work_counts_some_school_days_after_its_first_score(room: Class) -> None:
    item = room.item(due="")
    room.sync()
    last = due(room, item)
    section = room.sis.section(room.key)
    terms = room.world.district.terms_of(section, section.session(room.session))
    running = [each for each in terms if each.start <= date(2026, 11, 23) <= each.end]
    assert any(timedelta(0) <= each.end - last < timedelta(7) for each in running), "the last day with class"
    room.grade(item)

    room.look()
    found = next(each for each in room.state(item).shown["findings"] if each["code"] == "counts_from")
    room.sync()

    assert due(room, item) == date(2026, 11, 30) < last, "five school days from November 23"
    assert room.student(0) in found["students"]
    assert counted_from(room, item) == ["Nov 30, 2026"], "also after it was sent"
    room.grade(item, 1)
    room.sync()
    assert due(room, item) == date(2026, 11, 30), "it is set once"
    with time_machine.travel(datetime(2026, 12, 2, 17, tzinfo=UTC), tick=True):
        room.look()
        said = [finding(each)[0] for each in room.state(item).shown["findings"]]
    assert any("no due date" in each and "Nov 30, 2026" in each for each in said), said


def test_what_lands_in_a_period_that_is_over_waits_for_a_yes(quarters: Class) -> None:
    desk = teacher_of(quarters)
    item, typo = quarters.item(due=LAST_QUARTER), quarters.item("Typing error", due="2025-11-19 23:59:00")
    for each in (item, typo):
        quarters.grade_all(each)

    quarters.sync()
    assert str(typo.id) not in quarters.assignments() and status(quarters, typo) == "waits"
    found = next(each for each in quarters.state(item).shown["findings"] if each["code"] == "period_over")

    assert str(item.id) not in quarters.assignments() and status(quarters, item) == "waits"
    assert found["named"] in finding(found)[0]
    assert desk.see().count(f"{found['named']} ended") == 2, "the year before, too"
    with quarters.world.app.app_context():
        [waits] = waiting_courses(District(db.session, 1))
    assert waits.ended == 2 and "2 items in a term that is over." in text_of([("", waits)])
    desk.press("/course/sync/choose", choice=f"period:{item.id}:another")
    quarters.sync()
    assert str(item.id) not in quarters.assignments(), "a yes is about the period that was shown"
    desk.press("/course/sync/choose", choice=f"period:{item.id}:{found['about']}")
    quarters.sync()
    assert quarters.score(item) == 8
    assert str(typo.id) not in quarters.assignments(), "each item has a yes of its own"


def test_a_score_of_a_period_that_is_over_waits_too(quarters: Class) -> None:
    desk = teacher_of(quarters)
    item = quarters.item(due=LAST_QUARTER)
    quarters.grade(item)
    quarters.sync()
    about = next(e["about"] for e in quarters.state(item).shown["findings"] if e["code"] == "period_over")
    desk.press("/course/sync/choose", choice=f"period:{item.id}:{about}")
    quarters.sync()
    with quarters.world.app.app_context():
        row = db.session.query(ItemState).filter(ItemState.item_id == str(item.id)).one()
        row.choices = {}
        db.session.commit()
    quarters.grade(item, score=3)

    quarters.sync()

    assert quarters.score(item) == 8 and "period_over" in quarters.findings(item)


def test_students_without_the_assignment_get_the_mark_that_leaves_it_out(room: Class) -> None:
    seats = room.seats()
    room.grade_all(room.item("Before"), 7)
    room.sync()
    before = averages(room)
    item = room.item(assignees=(seats[0].id, seats[1].id))
    room.grade(item, 0, 9)
    room.grade(item, 1, 9)

    room.sync()

    scores = room.scores(item)
    assert scores[room.student(0)].score == 9
    assigned = {room.student(0), room.student(1)}
    assert all(each.mark and each.score is None for who, each in scores.items() if who not in assigned)
    assert set(scores) == {room.student(number) for number in range(len(seats))}
    moved = {who for (who, period), value in averages(room).items() if value != before[who, period]}
    assert moved == assigned and not view(room).drops
    room.change(item, assignees=())
    room.sync()
    assert not room.scores(item).get(room.student(2)) or not room.scores(item)[room.student(2)].mark


def test_grading_groups_are_read(room: Class) -> None:
    seats = room.seats()
    group = far_book.add_group(room.world.store, int(room.section_id), "Group 1", (seats[0].id,))
    item = room.item(grading_group_ids=(group.id,))
    room.grade(item, 0, 9)

    room.sync()

    assert room.scores(item)[room.student(1)].mark
    room.change(item, grading_group_ids=(99,))
    room.sync()
    assert "unreadable" in room.findings(item)


def test_what_is_only_collected_gets_no_weight(room: Class) -> None:
    item = room.item(collected_only=1)
    room.grade_all(item)

    room.sync()

    assert room.assignments()[str(item.id)].weight == 0


def test_hidden_comments_and_unpublished_scores_stay_hidden(room: Class) -> None:
    room.policy(GradePolicy(comments=True))
    item, other = room.item(), room.item("Other", auto_publish_grades=0)
    room.grade(item, 0, 8, comment="for me only", comment_status=0)
    room.grade(item, 1, 8, comment="<b>Well</b> done: x <y and y> z", comment_status=1)
    room.grade(item, 2, 8, comment="long " * 60 + "<img src=x>", comment_status=1)
    room.grade(other)

    room.sync()

    assert "for me" not in (room.scores(item)[room.student(0)].comment or "")
    assert room.scores(item)[room.student(1)].comment == "Well done: x <y and y> z"
    told = {each["code"] for each in room.state(item).shown["findings"]}
    assert {"comments_long", "comments_plain"} <= told, "what is left out is said"
    assert not room.assignments()[str(other.id)].publish


def test_each_average_that_would_drop_is_shown_before(room: Class, desk: Teacher) -> None:
    first = room.item("First")
    room.grade_all(first, 9)
    room.sync()
    second = room.item("Second")
    room.grade(second, 0, 9)

    room.look()
    found = view(room).drops

    names = {each.name for each in found}
    assert len(found) == len(room.seats()) - 1, "everyone but the one who has a score"
    assert {(each.before, each.after) for each in found} == {(Decimal("90.00"), Decimal("45.00"))}
    assert all(each.blank and each.items == (("Second", str(second.id)),) for each in found)
    page = desk.see()
    assert "would drop in the SIS" in page and all(name in page for name in names)
    desk.press("/course/sync/opt", which="ticked", item=str(second.id), way="out")
    room.look()
    assert not view(room).drops, "the choice works"


def test_a_drop_by_missing_work_that_schoology_leaves_out_is_shown(room: Class, desk: Teacher) -> None:
    """The API doesn't tell that a course leaves missing work out: the averages that it reports do."""
    room.world.store.sections[int(room.section_id)].missing_counts = 0
    first, second = room.item("First"), room.item("Second")
    room.grade_all(first, 9)
    room.sync()
    room.grade_all(second, 9)
    room.grade(second, 0, None, exception=3)

    room.look()
    found = view(room).drops

    assert [(each.before, each.after) for each in found] == [(Decimal("90.00"), Decimal("45.00"))]
    assert found[0].missing and "leaves out of Schoology’s averages" in desk.see()
    room.sync()
    page = desk.pages.words("/course/averages")
    assert "Missing work left out" in page and "Excuse it in Schoology and sync" in page
    room.grade(second, 0, None, exception=1)
    room.sync()
    room.look()
    assert "All averages match" in desk.pages.words("/course/averages")


def test_who_joined_late_can_be_excused_by_the_teacher_only(room: Class, desk: Teacher) -> None:
    items = [room.item(f"Sheet {number}") for number in range(5)]
    for number in range(1, len(room.seats())):
        for each in items:
            room.grade(each, number)
    rows = room.world.district.enrollments[room.key]
    late = room.student(0)
    room.world.district.enrollments[room.key] = [
        each._replace(ranges=((date(2026, 11, 20), None),)) if each.student_id == late else each
        for each in rows
    ]
    room.sync()
    assert not any(room.scores(each).get(late) for each in items), "never by default"
    assert [(each.student_id, len(each.titles)) for each in view(room).late] == [(late, 5)]
    page = desk.see()
    assert "Joined after work was due" in page and "joined Nov 20, 2026. Due before:" in page
    assert all(f"“{each.title}”" in page for each in items)
    assert Decimal(0) in {value for (who, _), value in averages(room).items() if who == late}

    desk.press("/course/sync/excuse", student=room.student(1))
    assert "doesn’t wait for this anymore" in desk.press("/course/sync/excuse", student=late, shown="0" * 16)
    room.sync()
    scores = [room.scores(each) for each in items]
    assert not any(each.get(late) for each in scores), "the press was about something else than what is there"
    desk.press("/course/sync/excuse", **excuse_button(desk.pages, late))
    room.sync()

    scores = [room.scores(each) for each in items]
    assert all(each[late].mark and each[room.student(1)].score == 8 for each in scores)
    assert {value for (who, _), value in averages(room).items() if who == late} == {None}
    desk.press("/course/sync/excuse", student=late, way="back")
    room.sync()
    assert not any(each.get(late) and each[late].mark for each in map(room.scores, items))


def test_scores_of_a_late_student_in_another_section_are_looked_for(room: Class, desk: Teacher) -> None:
    """The office moved the student here from a section of the same course, where the SIS has scores."""
    other = class_in(room.world, place=1)
    late, sections = room.student(0), room.world.district.sections
    sections[other.key] = replace(sections[other.key], course=sections[room.key].course)
    with room.world.app.app_context():
        links = {each.sis_id: each for each in db.session.query(Link).filter(Link.kind == "section")}
        links[str(other.key)].parent = links[str(room.key)].parent
        db.session.commit()
    rows = room.world.district.enrollments
    seat = next(each for each in rows[room.key] if each.student_id == late)
    rows[other.key] = [
        *(each for each in rows[other.key] if each.student_id != late),
        seat._replace(section_key=other.key),
    ]
    quiz = other.item("Earlier")
    other.grade_all(quiz)
    other.sync()
    other.sis.put_score(other.key, other.session, str(quiz.id), {"STUDENT_ID": late, "ASMT_SCORE": "9"})
    rows[room.key] = [
        each._replace(ranges=((date(2026, 11, 20), None),)) if each.student_id == late else each
        for each in rows[room.key]
    ]
    item = room.item()
    for number in range(1, len(room.seats())):
        room.grade(item, number)

    room.sync()
    room.look()

    assert [(each.student_id, each.elsewhere) for each in view(room).late] == [(late, 1)]
    assert "Move those scores first. Otherwise, excusing the work hides them." in desk.see()


def test_a_district_may_excuse_everyone_who_joined_late(room: Class) -> None:
    room.policy(GradePolicy(joined=Joined.EXCUSE))
    item = room.item()
    for number in range(1, len(room.seats())):
        room.grade(item, number)
    rows, late = room.world.district.enrollments[room.key], room.student(0)
    room.world.district.enrollments[room.key] = [
        each._replace(ranges=((date(2026, 11, 20), None),)) if each.student_id == late else each
        for each in rows
    ]

    room.sync()

    assert room.scores(item)[late].mark


def test_an_unknown_exception_over_a_score_says_that_the_sis_counts_it(room: Class) -> None:
    item = room.item()
    room.grade(item, 0, 8)
    room.sync()
    room.grade(item, 0, None, exception=7)

    room.sync()

    row = room.score_state(item)
    assert room.score(item) == 8 and row is not None
    assert "still counts 8" in sentence(row.reason)


def test_a_maximum_below_a_score_is_a_finding(room: Class) -> None:
    item = room.item()
    room.grade(item, 0, 8)
    room.sync()
    room.change(item, max_points="5")

    room.look()

    assert "above_maximum" in room.findings(item)


def test_who_is_not_in_the_sis_section_has_no_average_there(room: Class) -> None:
    item = room.item()
    room.grade_all(item)
    room.sync()
    room.leave(0)

    room.look()
    with room.world.app.app_context():
        kept = db.session.get_one(SectionSettings, (1, room.section_id)).agreement

    found = [each for each in kept["differences"] if not each["student"]["student_id"]]
    assert found and all(each["sis"] in (None, "") for each in found)
