"""The Overview tab over nights that go well, go wrong, and are repaired."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import ActingUser, Audit, Installation, KnownProblem, SisConnection
from lti_app.operations.emails import summary
from lti_app.sandbox.schoology.store import STUDENT
from lti_app.school.reasons import other
from lti_app.store import access_review
from lti_app.store.access_review import ReviewTopic, Seen
from lti_app.store.district import District
from tests.functional.web.admin.test_held_pages import Office
from tests.support.admin_pages import Pages, launch_acting_user
from tests.support.two_schools import add_student, two_schools
from tests.support.world import World, make_synced


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with make_synced(tmp_path, of=two_schools, public_url="http://localhost") as world:
        yield Office(world, launch_acting_user(world.app))


def test_a_student_without_an_account_is_an_alarm_until_the_account_is_there(office: Office) -> None:
    world, pages = office.world, office.pages
    world.sync()
    well = pages.words("/admin/overview")
    assert "Everything is in sync as of Nov 23, 2026" in well and "Needs attention" not in well
    assert "School 1 10 4 None" in well and "Courses set up 0 of 8" in well

    holder = world.store.add_user(name_first="Early", name_last="Bird", username="bird", role_id=STUDENT)
    add_student(world.district, "10031", 1, login_id="bird")
    job = world.sync()
    bad = pages.press("/admin/overview")
    assert "1 thing needs attention" in bad and "overview-danger" in bad
    assert "1 current student or staff member has no account in Schoology" in bad
    assert "1 new since yesterday" in bad and "Acknowledge" not in bad
    assert "Needs attention:" in email(world) and "(1 new since yesterday)" in email(world)
    lines = pages.words("/admin/logs/run", job=job.id, kind="user", reason="value_taken_by_account")
    assert "10031" in lines and "1 change" in lines
    assert "No changes match the filter" in pages.words("/admin/logs/run", job=job.id, reason="name_empty")

    with time_machine.travel(clock.now() + timedelta(days=2), tick=True):
        token = later(office)
        world.sync()
        old = token.press("/admin/overview")
        assert "overview-warning" in old and "new since yesterday" not in old  # nothing new, yet never green
        world.store.update_user(holder.uid, username="flown")
        token.press("/admin/logs/try-again")
        office.run_queue()
        assert "overview-success" in token.press("/admin/overview")


def email(world: World) -> str:
    """The daily summary of the last day."""
    with world.app.app_context():
        return summary(District(db.session, 1), clock.now() - timedelta(days=1), clock.now())


def test_what_waits_can_be_acknowledged_until_there_is_more_of_it(office: Office) -> None:
    pages = office.pages
    add_entry(office, "5")
    assert "1 thing needs attention" in pages.words("/admin/overview")

    assert "This is a known problem now" in pages.words("/admin/overview/acknowledge", key="access")
    shown = pages.words("/admin/overview")
    assert "Nothing new is wrong as of" in shown and "acknowledged by" in shown
    assert "Needs attention" in pages.words("/admin/overview/bring-back", key="access")

    pages.press("/admin/overview/acknowledge", key="access", later="yes")
    assert "Needs attention" not in pages.words("/admin/overview")
    assert "Nothing new is wrong.\n1 known problem: see the Overview tab." in email(office.world)
    add_entry(office, "6")
    assert "2 entries under Access to review" in pages.words("/admin/overview")
    assert "1 thing needs attention" in pages.words("/admin/overview")
    pages.press("/admin/overview/acknowledge", key="access", later="yes")
    with time_machine.travel(clock.now() + timedelta(days=8), tick=True):
        assert "Needs attention" in later(office).words("/admin/overview")

    with office.world.app.app_context():
        told = [each.what for each in db.session.query(Audit)]
        assert "Known problem: 1 entry under Access to review" in told
        assert db.session.query(KnownProblem).count() == 1


def test_an_unknown_problem_is_not_acknowledged(office: Office) -> None:
    assert "isn’t on the list anymore" in office.pages.words("/admin/overview/acknowledge", key="made-up")
    assert "isn’t on the list anymore" in office.pages.words("/admin/overview/bring-back", key="made-up")


def test_the_tab_comes_first_once_there_is_something_to_say(office: Office) -> None:
    bar = office.pages.words("/admin/logs")
    assert bar.index("Overview") < bar.index("Configuration")


def later(office: Office) -> Pages:
    """The Acting User launches the app again."""
    with office.world.app.app_context():
        uid = db.session.get_one(ActingUser, 1).uid
    return office.pages.as_person(uid)


def add_entry(office: Office, sis_id: str) -> None:
    """Something under Access to review that can be decided."""
    with office.world.app.app_context():
        district = District(db.session, 1)
        seen = Seen("section", sis_id, "1", "", "", "A section")
        access_review.note(district, ReviewTopic.COURSE, seen, clock.today("America/New_York"))
        db.session.commit()


def test_a_pause_and_a_missing_step_are_said_in_words(office: Office) -> None:
    with office.world.app.app_context():
        db.session.get_one(Installation, 1).paused_reason = other("The host works on the SIS.")
        db.session.get_one(SisConnection, 1).preview_confirmed_at = None
        db.session.commit()

    shown = office.pages.words("/admin/overview")

    assert "2 things need attention" in shown
    assert "Syncs are paused. The host works on the SIS." in shown
    assert "Setup isn’t complete: “SIS data check”. Check the data from your SIS" in shown
