"""Live sync's registration in Schoology: a new secret, healing, turning off while no one answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lti_app.extensions import db
from lti_app.grades.live.task import queue_confirmations
from lti_app.models import ActingUser, LiveSync
from lti_app.school.reasons import other
from tests.support.live import Live, make_live


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with make_live(tmp_path_factory.mktemp("registration")) as made:
        yield made


@pytest.fixture
def live(shared: Live) -> Live:
    """The class as each test finds it: live sync is on, whatever another test did."""
    shared.clean()
    return shared


def confirm(live: Live) -> None:
    with live.app.app_context():
        queue_confirmations(db.session, None)
        db.session.execute(db.text("UPDATE lease SET expires_at = '2000-01-01 00:00:00'"))
        db.session.commit()
        queue_confirmations(db.session, None)
    live.work()


def row(live: Live) -> LiveSync:
    with live.app.app_context():
        found = db.session.get_one(LiveSync, 1)
        db.session.expunge(found)
        return found


def test_a_new_secret_makes_the_former_one_worthless(live: Live) -> None:
    before = live.secret()

    said = live.admin().words("/admin/live/rotate")
    live.work()

    assert "Schoology now uses a new secret address" in said
    assert (live.post(b"{}", secret=before), live.post(b"{}")) == (404, 200)
    targets = live.room.world.store.targets
    assert [each.target.endswith(live.secret()) for each in targets.values()] == [True]
    assert "changed" in live.admin().words("/admin/logs/settings")


def test_while_schoology_does_not_answer_both_addresses_do(live: Live) -> None:
    before = live.secret()
    live.room.world.schoology_faults.add([{"route": "* /v1/triggers", "fault": "500", "times": 20}])

    live.admin().press("/admin/live/rotate")
    live.room.world.schoology_faults.clear()

    assert (live.post(b"{}", secret=before), live.post(b"{}")) == (200, 200)
    live.admin().press("/admin/live/rotate")
    live.work()
    assert (live.post(b"{}", secret=before), live.post(b"{}")) == (404, 200)


def test_what_someone_removed_in_schoology_is_registered_again(live: Live) -> None:
    live.room.world.store.targets.clear()

    said = live.admin().words("/admin/live/check")

    assert "Schoology confirmed live sync" in said
    targets = list(live.room.world.store.targets.values())
    assert [set(each.subscriptions) for each in targets] == [{"grade_item", "grades"}]


def test_a_job_that_may_not_begin_says_why_and_does_not_come_back_at_once(live: Live) -> None:
    room = live.room
    quiz = room.item("Quiz")
    live.type(quiz, 0, 4)
    set_problem(live, "The permission is void.")

    jobs = live.settle()

    assert [each.state for each in jobs] == ["failed"]
    assert live.events("new") == 0 and live.section().owed
    set_problem(live, "")
    live.sweep()
    assert room.score(quiz, 0) == 4


def test_turned_off_while_schoology_is_down_it_is_told_later(live: Live) -> None:
    live.room.world.schoology_faults.add([{"route": "* /v1/triggers", "fault": "500", "times": 20}])
    secret = live.secret()

    said = live.admin().words("/admin/live/off")
    live.room.world.schoology_faults.clear()

    assert "The app is still removing it from Schoology" in said
    assert live.post(b"{}", secret=secret) == 404
    assert row(live).leftovers and live.room.world.store.targets
    confirm(live)
    assert row(live).leftovers == [] and not live.room.world.store.targets


def set_problem(live: Live, problem: str) -> None:
    with live.app.app_context():
        db.session.get_one(ActingUser, 1).problem = other(problem)
        db.session.commit()
