"""The Acting User: consent over the real wire, handover, and what happens when it is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import update
from werkzeug.test import TestResponse

from lti_app import clock
from lti_app.extensions import db
from lti_app.lti import sessions
from lti_app.models import (
    ActingUser,
    Audit,
    AuthorizeWindow,
    Change,
    ChangeState,
    Installation,
    JobState,
    LaunchSession,
)
from lti_app.runs import permit
from lti_app.runs.words import sentence
from lti_app.sandbox.schoology.store import TEACHER
from lti_app.school.reasons import NO_REASON
from tests.factories import add_launch
from tests.support.admin_pages import Pages, launch_acting_user
from tests.support.world import World, make_world

HOME = "http://localhost"


@dataclass
class Office:
    world: World
    pages: Pages

    def uid_of(self, username: str) -> str:
        return str(self.world.store.user_by_username[username])

    def open_as(self, uid: str) -> Pages:
        """An administrator's launch by another person."""
        with self.world.app.app_context():
            add_launch(db.session(), f"token-{uid}", uid, 1)
            db.session.commit()
        return Pages(self.world.app, f"token-{uid}", self.pages.wiring)

    def window(self, pages: Pages) -> str:
        """The consent page's address, after the button was pressed."""
        answer = pages.app.test_client().post(
            "/acting-user/start", data={"launch": pages.token}, headers={"Origin": HOME}
        )
        assert answer.status_code == 303, answer.text
        return str(answer.location)

    def consent(self, address: str, uid: str) -> str:
        """Schoology's consent page, approved by a person; the address that it returns to."""
        token = address.partition("oauth_token=")[2].partition("&")[0]
        self.world.store.tokens[token].uid = int(uid)
        self.world.store.tokens[token].kind = "approved"
        return requests.utils.unquote(address.partition("oauth_callback=")[2].partition("&")[0])

    def come_back(self, address: str) -> TestResponse:
        return self.world.app.test_client().get(address.removeprefix(HOME))

    def acting(self) -> ActingUser:
        with self.world.app.app_context():
            row = db.session.query(ActingUser).one()
            db.session.expunge(row)
            return row


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with make_world(tmp_path, public_url=HOME) as world:
        yield Office(world, launch_acting_user(world.app))


def test_a_system_administrator_takes_over_and_the_former_one_reads_only(office: Office) -> None:
    blair = office.uid_of("blair.backup")
    pages = office.open_as(blair)
    assert "Read-only" in pages.words("/admin/configuration")

    answer = office.come_back(office.consent(office.window(pages), blair))

    assert answer.status_code == 200
    assert (office.acting().uid, office.acting().name) == (blair, "Blair Backup")
    assert "Read-only" not in pages.words("/admin/configuration")
    assert "Read-only" in office.pages.words("/admin/configuration")
    with office.world.app.app_context():
        lines = [(each.what, each.old, each.new) for each in db.session.query(Audit).order_by(Audit.id)]
    avery = office.uid_of("avery.admin")
    assert lines == [
        ("Acting User", f"Schoology user {avery}", f"Schoology user {blair}"),
        ("Acting User permission", "", "changed"),
    ]


def test_the_new_token_is_kept_sealed_and_works(office: Office) -> None:
    blair = office.uid_of("blair.backup")
    office.come_back(office.consent(office.window(office.open_as(blair)), blair))

    issued = [each for each in office.world.store.tokens.values() if str(each.uid) == blair]
    assert issued
    assert all(each.token not in office.acting().token for each in issued)
    assert office.world.sync("users").state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS)


def test_someone_who_is_no_system_administrator_is_refused(office: Office) -> None:
    store = office.world.store
    teacher = str(next(each.uid for each in store.users.values() if each.role_id == TEACHER))
    before = office.acting().uid

    answer = office.come_back(office.consent(office.window(office.open_as(teacher)), teacher))

    assert answer.status_code == 403
    assert "Only a Schoology system administrator can be the Acting User" in answer.text
    assert office.acting().uid == before


def test_consent_by_someone_who_did_not_open_the_app_is_refused(office: Office) -> None:
    blair = office.open_as(office.uid_of("blair.backup"))

    answer = office.come_back(office.consent(office.window(blair), office.uid_of("avery.admin")))

    assert answer.status_code == 403
    assert "a different person" in answer.text


def test_consent_that_was_not_given_changes_nothing(office: Office) -> None:
    blair = office.open_as(office.uid_of("blair.backup"))
    address = office.window(blair)
    back = requests.utils.unquote(address.partition("oauth_callback=")[2])

    answer = office.come_back(back)

    assert answer.status_code == 403
    assert "You didn’t give permission" in answer.text
    assert office.acting().name == "Avery Admin"


def test_deny_denies(office: Office) -> None:
    blair = office.uid_of("blair.backup")
    address = office.window(office.open_as(blair))

    denied = requests.post(
        address, data={"person": blair, "answer": "deny"}, allow_redirects=False, timeout=10
    )

    assert denied.status_code == 302
    answer = office.come_back(denied.headers["Location"])
    assert answer.status_code == 403 and "You didn’t give permission" in answer.text
    assert office.acting().name == "Avery Admin"


def test_a_return_address_works_once_and_only_if_it_is_known(office: Office) -> None:
    blair = office.uid_of("blair.backup")
    back = office.consent(office.window(office.open_as(blair)), blair)
    assert office.come_back(back).status_code == 200

    for again in (back, f"{HOME}/acting-user/return/made-up"):
        answer = office.come_back(again)
        assert answer.status_code == 400
        assert "already used" in answer.text
    with office.world.app.app_context():
        assert db.session.query(AuthorizeWindow).count() == 0


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        ("revoke", ("no longer accepts the Acting User’s permission")),
        ("demote", "isn’t a Schoology system admin"),
    ],
)
def test_a_lost_token_or_role_stops_jobs_before_they_write_and_says_so(
    office: Office, loss: str, words: str
) -> None:
    store = office.world.store
    if loss == "revoke":
        del store.tokens["acting"]
    else:
        store.update_user(int(office.uid_of("avery.admin")), role_id=TEACHER)
    store.traffic.reset()

    job = office.world.sync()

    assert job.state == JobState.FAILED
    assert words in sentence(job.message)
    assert store.traffic.writes == {}
    assert words in sentence(office.acting().problem)
    assert "needs an Acting User" in office.pages.words("/admin/users", expect=403)
    with office.world.app.app_context():
        assert db.session.query(Change).count() == 0


@pytest.mark.parametrize("loss", ["revoke", "demote", "disable"])
def test_a_loss_in_the_middle_of_a_run_stops_it_before_the_next_write(
    office: Office, loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permit, "CONFIRM_EVERY", timedelta(0))
    store = office.world.store
    avery = int(office.uid_of("avery.admin"))
    add = store.add_user

    def lose(*args: Any, **fields: Any) -> Any:
        made = add(*args, **fields)
        store.add_user = add
        if loss == "revoke":
            store.tokens.pop("acting", None)
        elif loss == "demote":
            store.update_user(avery, role_id=TEACHER)
        else:
            store.update_user(avery, inactive=True)
        return made

    store.add_user = lose

    job = office.world.sync()

    assert job.state == JobState.FAILED
    assert "Previously Avery Admin; detected Nov 23, 2026, 12:" in sentence(job.message)
    assert "Make me the Acting User" in sentence(job.message)
    assert "course" not in store.traffic.writes
    assert "Previously Avery Admin" in sentence(office.acting().problem)
    with office.world.app.app_context():
        assert db.session.query(Change).filter(Change.state == ChangeState.PLANNED).count() == 0


def test_becoming_the_acting_user_again_clears_the_problem(office: Office) -> None:
    del office.world.store.tokens["acting"]
    office.world.sync()
    avery = office.uid_of("avery.admin")

    office.come_back(office.consent(office.window(office.pages), avery))

    assert office.acting().problem == NO_REASON
    assert office.world.sync("users").state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS)


def test_the_same_person_again_and_a_namesake_each_leave_a_line(office: Office) -> None:
    store, blair = office.world.store, office.uid_of("blair.backup")
    store.update_user(int(blair), name_first="Avery", name_last="Admin")
    avery = office.uid_of("avery.admin")
    for uid, pages in ((avery, office.pages), (blair, office.open_as(blair))):
        assert office.come_back(office.consent(office.window(pages), uid)).status_code == 200

    with office.world.app.app_context():
        lines = [(each.uid, each.what) for each in db.session.query(Audit).order_by(Audit.id)]
    assert lines == [
        (avery, "Acting User permission"),
        (blair, "Acting User"),
        (blair, "Acting User permission"),
    ]


def test_the_zone_of_the_account_is_the_districts_until_someone_chose_one(office: Office) -> None:
    blair = office.uid_of("blair.backup")
    office.world.store.update_user(int(blair), tz_name="America/Chicago")
    with office.world.app.app_context():
        db.session.get_one(ActingUser, 1).time_zone = ""
        db.session.commit()
    pages = office.open_as(blair)
    for chosen, zone in (("", "America/Chicago"), ("America/Denver", "America/Denver")):
        if chosen:
            pages.press("/admin/configuration/time-zone", time_zone=chosen)
        office.come_back(office.consent(office.window(pages), blair))
        with office.world.app.app_context():
            assert db.session.get_one(Installation, 1).time_zone == zone

    assert "Schoology account uses America/Chicago" in pages.words("/admin/configuration")


def test_a_launch_without_a_person_cannot_be_bound_to_whoever_consents(office: Office) -> None:
    nameless = office.open_as("")
    answer = nameless.app.test_client().post(
        "/acting-user/start", data={"launch": nameless.token}, headers={"Origin": HOME}
    )

    assert answer.status_code == 403
    assert "didn’t say who you are" in answer.text
    with office.world.app.app_context():
        assert db.session.query(AuthorizeWindow).count() == 0


def test_a_launch_that_was_idle_for_too_long_makes_no_one_the_acting_user(office: Office) -> None:
    blair = office.uid_of("blair.backup")
    back = office.consent(office.window(office.open_as(blair)), blair)
    with office.world.app.app_context():
        long_ago = clock.now() - sessions.IDLE - timedelta(minutes=1)
        db.session.execute(update(LaunchSession).where(LaunchSession.uid == blair).values(seen_at=long_ago))
        db.session.commit()

    assert office.come_back(back).status_code == 400
    assert office.acting().name == "Avery Admin"


@pytest.mark.parametrize("loss", ["nothing", "revoke"])
def test_a_run_stops_at_a_hand_over_and_goes_on_with_the_new_permission(
    office: Office, loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is blamed on the new one, whatever became of the former one's token."""
    monkeypatch.setattr(permit, "CONFIRM_EVERY", timedelta(0))
    store, blair = office.world.store, office.uid_of("blair.backup")
    pages, add = office.open_as(blair), store.add_user

    def hand_over(*args: Any, **fields: Any) -> Any:
        store.add_user = add
        made = add(*args, **fields)
        assert office.come_back(office.consent(office.window(pages), blair)).status_code == 200
        if loss == "revoke":
            del store.tokens["acting"]
        return made

    store.add_user = hand_over
    job = office.world.sync()

    assert job.state == JobState.QUEUED
    assert "continues automatically with the new Acting User’s permission" in sentence(job.message)
    assert "course" not in store.traffic.writes
    assert (office.acting().uid, office.acting().problem) == (blair, NO_REASON)

    assert office.world.sync().id == job.id
    assert "course" in store.traffic.writes
    assert office.acting().problem == NO_REASON
