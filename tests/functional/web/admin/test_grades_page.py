"""The administrators' Grades page, and grades in the Logs tab."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from lti_app.extensions import db
from lti_app.models import LaunchSession, SyncOptions
from lti_app.school.grade_policy import MOST_SCHOOL_DAYS, GradePolicy, Joined, Ungraded
from tests.support.admin_pages import Pages, launch_acting_user
from tests.support.gradebook import Class, make_class

POLICY = {
    "handling-excused": "exempt",
    "handling-incomplete": "exempt",
    "handling-missing": "zero",
    "handling-unknown": "skip",
    "conflicts": "schoology",
}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, mapped=False, public_url="http://localhost") as made:
        yield made


@pytest.fixture
def admin(room: Class) -> Pages:
    return launch_acting_user(room.world.app)


def reader_of(admin: Pages) -> Pages:
    return admin.as_person("901", 1)


def test_the_exception_table_is_kept_and_used(room: Class, admin: Pages) -> None:
    room.map(**{f"c{room.category.id}": room.code})
    quiz = room.item("Quiz")
    room.grade(quiz, 0, None, exception=3)

    shown = admin.words(
        "/admin/grades/policy",
        **{**POLICY, "handling-missing": "mark", "mark-missing": "M", "comments": "yes"},
    )
    room.sync()

    assert "Saved. This applies from the next grade sync." in shown
    assert room.scores(quiz)[room.student(0)].mark == "M"
    assert "This mark of the school M" in admin.words("/admin/logs/settings")


def test_an_alpha_mark_needs_its_code_and_unknown_can_never_be_zero(admin: Pages) -> None:
    shown = admin.words("/admin/grades/policy", **{**POLICY, "handling-excused": "mark"})

    assert "Enter the mark’s code for Excused" in shown
    admin.press("/admin/grades/policy", expect=400, **{**POLICY, "handling-unknown": "zero"})
    admin.press("/admin/grades/policy", expect=400, **{**POLICY, "handling-unknown": "made up"})


def test_a_code_of_any_length_is_kept_whole_or_refused(admin: Pages) -> None:
    """“exempt” is a code that many systems have."""
    for code in ("exempt", "x" * 255):
        admin.press("/admin/grades/policy", **{**POLICY, "handling-excused": "mark", "mark-excused": code})
        assert f'value="{code}"' in admin.press("/admin/grades")
    too_long = {**POLICY, "handling-excused": "mark", "mark-excused": "y" * 256}

    assert "Nothing was saved" in admin.words("/admin/grades/policy", **too_long)
    assert f'value="{"x" * 255}"' in admin.press("/admin/grades")


def test_comments_are_sent_where_the_district_wants_it(room: Class, admin: Pages) -> None:
    room.map(**{f"c{room.category.id}": room.code})
    quiz = room.item("Quiz")
    room.grade(quiz, 0, 9, comment="Well done")
    room.sync()
    assert room.scores(quiz)[room.student(0)].comment == ""

    admin.press("/admin/grades/policy", **{**POLICY, "comments": "yes"})
    room.sync()

    assert room.scores(quiz)[room.student(0)].comment == "Well done"


def test_an_administrator_opens_a_course_for_its_teacher(room: Class, admin: Pages) -> None:
    shown = admin.press("/admin/grades/open", section=room.section_id)

    assert "You’re making changes for this course’s teachers" in shown
    assert "Back to the administrator pages" in shown
    course = re.search(r'name="launch" value="([^"]+)"', shown)
    assert course is not None
    back = Pages(admin.app, course[1], admin.wiring).words("/course/leave")
    assert "Courses that aren’t set up" in back and "Overview" in back
    with room.world.app.app_context():
        made = db.session.query(LaunchSession).filter(LaunchSession.section_id == room.section_id).one()
        assert made.role == "administrator"
    assert "opened for the teacher" in admin.words("/admin/logs/settings")
    admin.press("/admin/grades/open", expect=404, section="1")
    reader_of(admin).press("/admin/grades/open", expect=403, section=room.section_id)


def test_every_sync_of_grades_is_in_the_logs_with_scores_for_those_who_may(room: Class, admin: Pages) -> None:
    room.map(**{f"c{room.category.id}": room.code})
    quiz = room.item("Quiz")
    room.grade(quiz, 0, 7.125)
    job = room.sync(course="Biology")

    assert "Grade sync: Biology" in admin.words("/admin/logs")
    mine = admin.words("/admin/logs/run", job=job.id)
    reader = reader_of(admin)
    theirs = reader.words("/admin/logs/run", job=job.id)
    assert "7.125" in mine and "Tess Teacher" in mine and "Quiz" in mine
    assert "7.125" not in theirs and "Only the Acting User can see scores" in theirs
    file = admin.press("/admin/logs/run/csv", job=job.id)
    hidden = reader.press("/admin/logs/run/csv", job=job.id)
    assert "7.125" in file and "7.125" not in hidden and "Quiz" in hidden
    assert room.score(quiz) == Decimal("7.125")


def test_a_sync_of_grades_cannot_be_undone_like_a_roster(room: Class, admin: Pages) -> None:
    room.map(**{f"c{room.category.id}": room.code})
    room.item("Quiz")
    job = room.sync()

    assert "Undo this sync" not in admin.words("/admin/logs/run", job=job.id)
    assert "can’t be undone" in admin.words("/admin/logs/undo", job=job.id)


def test_a_district_from_before_is_offered_to_be_asked(room: Class, admin: Pages) -> None:
    with room.world.app.app_context():
        db.session.get_one(SyncOptions, 1).grades = {"ask": False}
        db.session.commit()
    assert "New districts ask the teacher first" in admin.words("/admin/grades")
    reader_of(admin).press("/admin/grades/ask", expect=403)

    shown = admin.words("/admin/grades/ask")

    assert "wait for the teacher from now on" in shown and "New districts ask the teacher first" not in shown
    with room.world.app.app_context():
        assert db.session.get_one(SyncOptions, 1).grades["ask"] is True
    assert "Grades: score changed in the SIS" in admin.words("/admin/logs/settings")


def test_emails_and_timing_that_a_district_decides_are_kept(room: Class, admin: Pages) -> None:
    for chosen in ("weekly", "off", "never heard of"):
        admin.press("/admin/grades/policy", **{**POLICY, "digest": chosen})
    with room.world.app.app_context():
        assert db.session.get_one(SyncOptions, 1).grades["digest"] == "off"
    changed = {"ungraded": "wait", "joined": "excuse", "school_days": "2"}
    for chosen in (changed, {**changed, "ungraded": "never heard of", "school_days": "99"}):
        admin.press("/admin/grades/policy", **{**POLICY, **chosen})
    with room.world.app.app_context():
        kept = GradePolicy.from_json(db.session.get_one(SyncOptions, 1).grades)
    assert (kept.ungraded, kept.joined, kept.school_days) == (Ungraded.WAIT, Joined.EXCUSE, MOST_SCHOOL_DAYS)
    audited = admin.words("/admin/logs/settings")
    days = "school days until work without a due date counts"
    for each in ("email to teachers", "past-due work without scores", "students who join late", days):
        assert f"Grades: {each}" in audited
