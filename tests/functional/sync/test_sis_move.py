"""A district that has synced moves to another SIS: nothing happens until a person has confirmed it."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_app.extensions import db
from lti_app.models import Audit, Installation, Job, JobState, Link, SisConnection
from lti_app.runs.words import sentence
from lti_app.sandbox.serving import Served, serve
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reasons import NO_REASON, Reason, other
from lti_app.setup.sis_move import MOVING
from tests.support.admin_pages import Pages, launch_acting_user
from tests.support.apps import sis_over
from tests.support.world import World, make_synced

pytestmark = pytest.mark.long


@dataclass
class Move:
    """A district and the SIS that it moves to: there one student has another name, and one is not there."""

    world: World
    pages: Pages
    other: Served
    renamed: str
    gone: str

    def save(self, url: str, password: str = "sandbox-password") -> str:  # noqa: S107 - the sandbox's
        """Store another address of the SIS."""
        typed = {"domain": url, "site_code": "demo", "login_name": "schoology", "password": password}
        return self.pages.words("/admin/configuration/save", **typed)

    def test(self) -> str:
        kept = {"domain": self.other.url, "site_code": "demo", "login_name": "schoology", "password": ""}
        return self.pages.words("/admin/configuration/test", **kept)

    def read(self) -> str:
        """Have the other SIS read; the page afterwards."""
        self.pages.press("/admin/configuration/move/read")
        with self.pages.database() as session:
            waiting = session.scalars(select(Job.id).where(Job.state == "queued")).all()
        for job_id in waiting:
            self.pages.run_job(job_id)
        return self.pages.words("/admin/configuration/move")

    def press(self, verb: str) -> str:
        """Press a button of the page as it is shown."""
        shown = self.pages.press("/admin/configuration/move")
        found = re.search(r'name="run" value="(\d+)"', shown)
        return self.pages.words(f"/admin/configuration/move/{verb}", run=found[1] if found else "0")

    def connection(self) -> SisConnection:
        with self.pages.database() as session:
            return session.get_one(SisConnection, 1)

    def paused(self) -> Reason:
        with self.pages.database() as session:
            return session.get_one(Installation, 1).paused_reason

    def linked(self, student: str) -> bool:
        with self.pages.database() as session:
            return session.get(Link, (1, "user", f"student:{student}")) is not None


@pytest.fixture
def move(tmp_path: Path) -> Iterator[Move]:
    with make_synced(tmp_path, public_url="http://localhost") as world:
        pages = launch_acting_user(world.app)
        with pages.database() as session:
            rows = session.scalars(
                select(Link.sis_id).where(
                    Link.kind == "user", Link.sis_id.startswith("student:"), Link.state == "owned"
                )
            )
            students = [each.removeprefix("student:") for each in rows]
        there = copy.deepcopy(world.district)
        renamed, gone = students[0], students[1]
        there.students[renamed] = replace(there.students[renamed], last_name="Somebody-Else")
        del there.students[gone]
        there.enrollments = {
            key: [each for each in seats if each.student_id != gone]
            for key, seats in there.enrollments.items()
        }
        served = serve(sis_over(there))
        world.store.traffic.reset()
        yield Move(world, pages, served, renamed, gone)
        served.close()


def test_another_address_stops_every_sync_until_it_is_confirmed(move: Move) -> None:
    said = move.save(move.other.url)
    move.test()

    sync = move.world.sync()

    assert "syncs are paused until you confirm" in said
    assert (sync.state, sync.message.code) == (JobState.FAILED, EndingCode.NOT_STARTED)
    assert "Change of SIS" in sentence(sync.message)
    assert move.paused() == MOVING
    assert move.world.store.traffic.writes == {}


def test_the_page_says_what_is_known_again_and_nothing_is_sent_before(move: Move) -> None:
    move.save(move.other.url)
    move.test()

    shown = move.read()

    with move.pages.database() as session:
        users = session.query(Link).filter(Link.kind == "user", Link.state.in_(("owned", "adopted"))).count()
    assert f"people {users - 2:,} 0 0 1 1" in shown or f"users {users - 2:,} 0 0 1 1" in shown
    assert "Somebody" not in shown and f"student {move.renamed}" in shown
    assert "2 linked records aren’t recognized for certain" in shown
    assert "0 schools and 0 current terms aren’t matched yet" in shown
    assert move.world.store.traffic.writes == {}


def test_what_is_not_certain_is_left_to_data_prep_and_nothing_ends(move: Move) -> None:
    move.save(move.other.url)
    move.test()
    move.read()

    said = move.press("keep")

    assert "2 left to Data Prep" in said
    assert not move.linked(move.renamed) and not move.linked(move.gone)
    assert "Every linked record is recognized" in move.pages.words("/admin/configuration/move")
    assert move.world.store.traffic.writes == {}
    assert move.paused() == MOVING


def test_data_prep_works_during_a_change(move: Move) -> None:
    move.save(move.other.url)
    move.test()

    said = move.world.sync("prep", prep="read")

    assert said.state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS), said.message
    assert move.world.store.traffic.writes == {}


def test_a_confirmed_change_lets_syncs_run_again_and_is_audited(move: Move) -> None:
    move.save(move.other.url)
    move.test()
    move.read()

    said = move.press("confirm")

    assert "Syncs can run again" in said
    assert (move.paused(), move.connection().move) == (NO_REASON, {})
    with move.pages.database() as session:
        lines = {each.what: each.new for each in session.scalars(select(Audit))}
    assert lines["Change of SIS"] == "confirmed"
    assert "SIS data check" in sentence(move.world.sync().message)
    assert "No change to confirm" in move.pages.words("/admin/configuration/move")


def test_a_page_that_is_out_of_date_confirms_nothing(move: Move) -> None:
    move.save(move.other.url)
    move.test()
    early = move.pages.words("/admin/configuration/move/confirm", run="1")
    move.read()
    other = move.pages.words("/admin/configuration/move/confirm", run="1")

    assert "Nothing was changed" in early and "Nothing was changed" in other
    assert move.paused() == MOVING


def test_a_read_that_is_not_complete_confirms_nothing(move: Move) -> None:
    move.save(move.other.url)
    move.test()
    there = move.other.app.extensions["sandbox_faults"]
    there.add([{"route": "GET ^.*/pages/", "nth": 1, "times": 40, "fault": "drop-rows"}])
    move.read()
    there.clear()

    assert "Nothing was changed" in move.press("keep")
    assert "Nothing was changed" in move.press("confirm")
    assert move.paused() == MOVING


def test_going_back_to_the_address_before_ends_the_change(move: Move) -> None:
    move.save(move.other.url)

    move.save(move.world.sis.url)

    assert (move.paused(), move.connection().move) == (NO_REASON, {})


def test_a_pause_from_before_stays_after_the_change(move: Move) -> None:
    with move.pages.database() as session:
        session.get_one(Installation, 1).paused_reason = other("The SIS is being upgraded.")
    move.save(move.other.url)
    assert move.paused() == MOVING

    move.save(move.world.sis.url)

    assert move.paused() == other("The SIS is being upgraded.")


def test_the_host_cannot_end_a_change_by_ending_the_pause(move: Move) -> None:
    move.save(move.other.url)

    said = move.world.app.test_cli_runner().invoke(
        args=["installation", "pause", "--installation", "1", "--off"]
    )

    assert sentence(MOVING) in said.output
    assert move.paused() == MOVING


def test_another_login_on_the_same_server_is_no_change_of_sis(move: Move) -> None:
    typed = {"domain": move.world.sis.url, "site_code": "demo", "login_name": "second", "password": "new"}
    move.pages.press("/admin/configuration/save", **typed)

    assert (move.paused(), move.connection().move) == (NO_REASON, {})


def test_only_the_acting_user_may_confirm(move: Move) -> None:
    move.save(move.other.url)
    second = move.pages.as_person("901")
    for verb in ("read", "keep", "confirm", "cancel"):
        second.press(f"/admin/configuration/move/{verb}", expect=403)


def test_a_change_before_the_first_sync_needs_no_confirmation(move: Move) -> None:
    with move.world.app.app_context():
        db.session.query(Link).delete()
        db.session.commit()

    move.save(move.other.url)

    assert (move.paused(), move.connection().move) == (NO_REASON, {})
