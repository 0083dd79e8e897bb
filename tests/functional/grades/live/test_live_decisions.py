"""What a person decides under live sync is carried out, whatever runs at that moment."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from lti_app.extensions import db
from lti_app.grades.live import decisions, dispatch
from lti_app.grades.live.task import WHOLE, WHOLE_SWEEP, ask_for_sweep
from lti_app.jobs import lease
from lti_app.store.district import District
from tests.support.decisions import decide
from tests.support.live import Live, make_live


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with make_live(tmp_path) as made:
        made.clean()
        yield made


def test_a_mass_delete_of_many_items_can_be_let_go_and_waits_until_then(live: Live) -> None:
    room, teacher = live.room, live.teacher()
    items = [room.item(f"Item {number}") for number in range(10)]
    live.settle()
    for each in items[:8]:
        room.delete(each)
    live.settle()
    live.type(items[9], 0, 5)
    live.settle()
    assert len(live.section().held["delete"]) == 8
    assert "8 of this course’s 10 items" in teacher.words("/course/sync")

    decide(teacher, "go")
    live.work()

    assert set(room.assignments()) == {str(each.id) for each in items[8:]}
    assert live.section().held["delete"] == {}


def test_a_release_that_meets_a_running_job_is_followed_by_another(live: Live) -> None:
    room = live.room
    live.off()
    old = room.item("Old")
    room.grade(old, 0, 3)
    live.drop()
    live.on_after_a_look()
    with live.app.app_context():
        assert dispatch.ask(District(db.session(), 1), room.section_id)
        assert decisions.release(db.session(), live.here()) == 0
        db.session.remove()

    assert live.events("new") == 1
    live.work()
    assert room.score(old, 0) == Decimal(3)


def test_a_sweep_of_every_course_that_meets_a_smaller_one_is_asked_for_again(live: Live) -> None:
    with live.app.app_context():
        session = db.session()
        assert not lease.is_due(session, WHOLE_SWEEP.format(1), WHOLE)
        ask_for_sweep(District(session, 1), whole=False)

        ask_for_sweep(District(session, 1), whole=True)

        assert lease.is_due(session, WHOLE_SWEEP.format(1), WHOLE)
        db.session.remove()


def test_the_daily_sweep_tries_what_the_sis_refused_and_counts_no_lost_event(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    live.type(quiz, 0, -1)
    live.settle()
    tried = room.watch("PUT ^.*/scores")

    live.sweep()
    assert tried() == 0
    live.sweep(whole=True)

    assert tried() == 1
    assert (live.sweeps()[0].differed, live.sweeps()[0].repaired) == (0, 0)
