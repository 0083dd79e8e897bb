"""The Averages tab: both gradebooks compared after every reading, against what both servers say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from lti_app.extensions import db
from lti_app.sandbox.schoology.averages import average
from tests.functional.web.course.test_course_tabs import Teacher, teacher_of
from tests.support.gradebook import Class, make_class


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, public_url="http://localhost") as made:
        yield made


@pytest.fixture
def teacher(room: Class) -> Teacher:
    return teacher_of(room)


def far_averages(room: Class) -> list[tuple[Decimal | None, Decimal | None]]:
    """What both servers say of each student, by their own arithmetic."""
    there = {student: value for student, _period, value in room.sis.averages(room.key) if value is not None}
    return [
        (average(room.world.store, int(room.section_id), seat.id), there.get(room.student(number)))
        for number, seat in enumerate(room.seats())
    ]


def test_after_a_sync_the_page_proves_that_both_gradebooks_agree(room: Class, teacher: Teacher) -> None:
    for points in (7, 9.5):
        quiz = room.item(f"Quiz {points}")
        for number in range(len(room.seats())):
            room.grade(quiz, number, points - number / 4)
    assert "appears here when the refresh is done" in teacher.press("/course/averages")
    teacher.match()

    teacher.press("/course/sync/start", which="all")

    shown = teacher.pages.words("/course/averages")
    seen = far_averages(room)
    assert len(seen) > 3 and all(here == there is not None for here, there in seen), seen
    assert f"{len(seen)} averages match in both gradebooks" in shown
    assert f"{len(seen)} of {len(seen)} match" in teacher.see()


def test_what_is_not_synced_yet_is_named_with_its_fix_and_goes_away(room: Class, teacher: Teacher) -> None:
    quiz = room.item("Quiz")
    room.grade_all(quiz)
    room.sync()
    room.grade_all(room.item("New test"), 4)

    room.look()

    shown = teacher.pages.words("/course/averages")
    assert "Item not synced" in shown and "“New test” counts in Schoology but isn’t in the SIS" in shown
    assert "Fix: Sync it." in shown
    assert "averages differ. Causes: item not synced" in teacher.see()
    room.sync()
    assert "Item not synced" not in teacher.pages.words("/course/averages")


def test_the_page_keeps_itself_fresh_while_both_sides_are_read(room: Class, teacher: Teacher) -> None:
    room.grade_all(room.item("Quiz"))
    opened = teacher.pages.press("/course/averages")
    assert 'data-live="/course/progress"' in opened and "page=averages" in opened

    teacher.run()
    done = teacher.pages.ask("/course/progress", page="averages")

    assert set(done["fragments"]) == {"job", "averages"} and done["stop"]
    assert "Item not synced" in done["fragments"]["averages"]


def test_the_configuration_appears_by_itself_after_the_first_reading(tmp_path: Path) -> None:
    with make_class(tmp_path, mapped=False, public_url="http://localhost") as room:
        teacher = teacher_of(room)
        assert 'data-live="/course/configuration/progress"' in teacher.pages.press("/course/configuration")
        assert teacher.pages.ask("/course/configuration/progress") == {"fragments": {}, "stop": False}

        teacher.run()

        done = teacher.pages.ask("/course/configuration/progress")
        assert done["stop"] and "The SIS gradebook" in done["fragments"]["setup"]
        assert "data-live" not in teacher.pages.press("/course/configuration")


@pytest.mark.parametrize("path", ["/course/configuration", "/course/configuration/progress"])
def test_a_reading_that_ends_while_the_page_is_made_is_not_missed(tmp_path: Path, path: str) -> None:
    """Between the look at the job and the look at what it wrote, the job may end."""
    with make_class(tmp_path, mapped=False, public_url="http://localhost") as room:
        teacher = teacher_of(room)
        teacher.pages.press("/course/configuration")
        with at_select_of(room, "section_settings", teacher.run):
            said = teacher.pages.ask(path) if path.endswith("progress") else teacher.pages.press(path)

        shown = said if isinstance(said, str) else str(said["fragments"])
        follows = 'data-live="' in shown if isinstance(said, str) else not said["stop"]
        assert follows or "The SIS gradebook" in shown


@contextmanager
def at_select_of(room: Class, table: str, work: Callable[[], object]) -> Iterator[None]:
    """Do this once, right after the app has read the first row of a table."""
    left = [work]
    with room.world.app.app_context():
        engine = db.engine

    def read(*args: Any) -> None:
        if left and f"FROM {table}" in args[2].replace("\n", " ") and args[2].startswith("SELECT"):
            left.pop()()

    event.listen(engine, "after_cursor_execute", read)
    try:
        yield
    finally:
        event.remove(engine, "after_cursor_execute", read)
    assert not left, "the table was not read"
