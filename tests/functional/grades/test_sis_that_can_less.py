"""A section of an SIS that can do less than eSchoolPLUS: the engine and the pages ask before they act."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lti_app.extensions import db
from lti_app.models import SisConnection
from lti_app.runs.words import sentence
from lti_app.school.grade_policy import GradePolicy, Uncounted
from tests.functional.web.course.test_course_tabs import teacher_of
from tests.support.gradebook import Class, make_class


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, public_url="http://localhost") as made:
        yield made


def cannot(room: Class, **measured: Any) -> None:
    """What a test of the connection has measured."""
    with room.world.app.app_context():
        db.session.get_one(SisConnection, 1).capabilities = measured
        db.session.commit()


def test_averages_that_the_sis_does_not_tell_are_not_compared(room: Class) -> None:
    room.grade(room.item("Quiz"))
    room.sync()
    assert room.settings().agreement
    cannot(room, averages=False)

    room.look()

    assert room.settings().agreement == {}
    shown = teacher_of(room).pages.words("/course/averages")
    assert "eSchoolPLUS doesn’t tell this app the averages that it calculates" in shown
    assert "Averages differ" not in teacher_of(room, "58").see()


def test_weights_that_the_sis_does_not_tell_are_never_written(room: Class) -> None:
    cannot(room, settings=False, category_weights=False)
    room.look()
    teacher, before = teacher_of(room), replace(room.category)

    shown = teacher.pages.words("/course/configuration")
    teacher.press("/course/configuration/match", confirm="0")

    assert "eSchoolPLUS doesn’t tell this app about: how categories become an average, weights" in shown
    assert room.category == before


@pytest.mark.parametrize("fields", [{"factor": "2"}, {"factor": "0"}], ids=["twice", "not-at-all"])
def test_what_would_count_otherwise_is_stopped_before_it_is_sent(room: Class, fields: dict[str, Any]) -> None:
    cannot(room, item_weight=False)
    item = room.item("Quiz", **fields)
    room.grade(item)

    room.sync()

    assert room.assignments() == {}
    assert room.findings(item) & {"factor_unsupported", "not_counted"}


def test_an_uncounted_item_is_sent_with_no_points_and_no_scores_by_choice(room: Class) -> None:
    cannot(room, item_weight=False)
    room.policy(GradePolicy(uncounted=Uncounted.NOTHING))
    item, plain = room.item("Practice", factor="0"), room.item("Quiz")
    room.grade(item, 0, 9)
    room.grade(plain, 0, 9)

    room.sync()

    assert room.assignments()[str(item.id)].points == 0
    assert room.scores(item) == {}
    assert room.score(plain, 0) == Decimal(9)


def test_a_score_stays_where_the_sis_cannot_clear_it(room: Class) -> None:
    item = room.item("Quiz")
    room.grade(item, 0, 9)
    room.sync()
    cannot(room, clear=False)
    room.grade(item, 0, None)

    room.sync()

    assert room.score(item, 0) == Decimal(9)
    assert "can’t clear scores" in teacher_of(room).see()


def test_scores_go_in_batches_of_the_size_that_the_sis_takes(room: Class) -> None:
    cannot(room, limits={"batch": 2})
    item = room.item("Quiz")
    room.grade_all(item)
    writes = room.watch("PUT ^.*/scores$")

    room.sync()

    assert len(room.scores(item)) == len(room.seats())
    assert writes() == -(-len(room.seats()) // 2)


def test_without_a_gradebook_no_grade_is_sent_and_the_reason_is_told(room: Class) -> None:
    cannot(room, grades=False)
    room.grade(room.item("Quiz"))

    job = room.sync()

    assert "has no gradebook that this app can write to" in sentence(job.message)
    assert room.assignments() == {}


def test_what_is_gone_stays_in_an_sis_that_cannot_delete(room: Class) -> None:
    item = room.item("Quiz")
    room.grade(item)
    room.sync()
    cannot(room, delete=False)
    room.delete(item)
    room.look()

    shown = teacher_of(room).see()
    room.job("grades", remove=[str(item.id)])

    assert "doesn’t let this app delete assignments" in shown
    assert set(room.assignments()) == {str(item.id)}
