"""Emails over a real SMTP server: once at the beginning, once at the end, never with a child's name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
import time_machine
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Taking

from lti_app import clock
from lti_app.extensions import db
from lti_app.lti import acting
from lti_app.models import Alert, SyncOptions
from lti_app.sandbox.schoology.store import ADMIN, TEACHER
from lti_app.store.district import District
from tests.support.admin_pages import Pages, launch_acting_user
from tests.support.processes import free_port
from tests.support.world import World, make_world

TO = "office@district.example"
LATER = timedelta(minutes=10)


class Inbox(Taking):
    """A server that keeps what it gets."""

    def __init__(self) -> None:
        super().__init__()
        self.emails: list[Message] = []
        self.open = True
        self.refused: set[str] = set()
        self.bye = "221 Bye"

    def handle_message(self, message: Message) -> None:
        self.emails.append(message)

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if not self.open:
            return "450 come again later"
        if address in self.refused:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(self, _server: Any, _session: Any, _envelope: Any) -> str:
        return self.bye

    def subjects(self) -> list[str]:
        return [str(each["Subject"]).partition(":")[0] for each in self.emails]

    def text(self) -> str:
        return "\n".join(f"{each['Subject']}\n{_body(each)}" for each in self.emails)


def _body(email: Message) -> str:
    """The text as a mail program shows it."""
    return bytes(email.get_payload(decode=True)).decode()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def world(tmp_path: Path, inbox: Inbox) -> Iterator[World]:
    port = free_port()
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        url = f"smtp://127.0.0.1:{port}"
        with make_world(tmp_path, students=12, public_url="http://localhost", smtp_url=url) as made:
            yield made
    finally:
        server.stop()


@pytest.fixture
def pages(world: World) -> Pages:
    return launch_acting_user(world.app)


def want_emails(world: World, **options: Any) -> None:
    with world.app.app_context():
        row = db.session.get_one(SyncOptions, 1)
        row.mail_to = [TO]
        for name, value in options.items():
            setattr(row, name, value)
        db.session.commit()


def role(world: World, role_id: int) -> None:
    world.store.update_user(world.store.user_by_username["avery.admin"], role_id=role_id)
    world.sync("users")


def ticks(world: World, times: int = 3) -> None:
    for _ in range(times):
        world.app.extensions["runner"].tick()


def test_a_problem_is_emailed_once_when_it_starts_and_once_when_it_ends(world: World, inbox: Inbox) -> None:
    want_emails(world)
    role(world, TEACHER)
    ticks(world)
    assert inbox.subjects() == ["Problem"]
    assert inbox.emails[0]["To"] == TO
    assert "t a Schoology system admi" in inbox.text()

    with world.app.app_context():
        world.store.update_user(world.store.user_by_username["avery.admin"], role_id=ADMIN)
        acting.note_problem(District(db.session, 1), "")
        db.session.commit()
    ticks(world)

    assert inbox.subjects() == ["Problem", "Resolved"]


def test_a_server_that_refuses_is_tried_again_and_nothing_is_told_twice(world: World, inbox: Inbox) -> None:
    want_emails(world)
    inbox.open = False
    role(world, TEACHER)
    ticks(world)
    assert inbox.emails == []

    inbox.open = True
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=True):
        ticks(world)

    assert inbox.subjects() == ["Problem"]


def test_a_refused_email_is_retried_after_fifteen_minutes(
    world: World, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    want_emails(world)
    inbox.refused = {TO}
    role(world, TEACHER)
    with caplog.at_level("WARNING", "lti_app"):
        for _ in range(3):
            ticks(world)
    assert caplog.text.count("an email was refused and is tried again") == 1

    inbox.refused = set()
    with time_machine.travel(clock.now() + timedelta(minutes=16), tick=True):
        ticks(world)

    assert inbox.subjects() == ["Problem"]


def test_a_server_that_accepts_an_email_and_hangs_up_gets_it_once(world: World, inbox: Inbox) -> None:
    want_emails(world)
    inbox.bye = "421 too busy to say goodbye"
    role(world, TEACHER)

    ticks(world)

    assert inbox.subjects() == ["Problem"]


def test_one_refused_address_sends_the_others_no_second_email(
    world: World, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    want_emails(world, mail_to=["gone@district.example", "a@[b.c", TO])
    inbox.refused = {"gone@district.example"}
    role(world, TEACHER)
    with caplog.at_level("WARNING", "lti_app"):
        ticks(world)

    assert inbox.subjects() == ["Problem"]
    assert "2 of 3 addresses were refused" in caplog.text
    assert "gone@" not in caplog.text


def test_without_recipients_no_email_is_sent_and_the_alert_is_kept(world: World, inbox: Inbox) -> None:
    role(world, TEACHER)
    ticks(world)

    assert inbox.emails == []
    with world.app.app_context():
        assert [each.key for each in db.session.query(Alert)] == ["acting_user"]


def test_the_summary_comes_once_each_morning_and_only_to_those_who_want_it(
    world: World, inbox: Inbox
) -> None:
    want_emails(world, daily_summary=True)
    world.sync()
    morning = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
    for moment in (morning - timedelta(hours=1), morning, morning + timedelta(hours=5)):
        with time_machine.travel(moment, tick=True):
            ticks(world)

    assert inbox.subjects() == ["Daily summary"]
    assert "12:00 PM EST Sync of everything: done" in inbox.text()
    assert " done" in inbox.text()
    with time_machine.travel(morning + timedelta(days=1), tick=True):
        ticks(world)
    assert "No sync ran." in inbox.text()
    assert len(inbox.emails) == 2


def test_no_email_names_a_person_of_the_school(world: World, inbox: Inbox) -> None:
    want_emails(world, daily_summary=True)
    world.sync()
    role(world, TEACHER)
    with time_machine.travel(datetime(2026, 11, 24, 13, tzinfo=UTC), tick=True):
        ticks(world)

    assert len(inbox.emails) == 2
    people = [*world.district.students.values(), *world.district.staff.values()]
    assert not [each.last_name for each in people if f" {each.last_name} " in inbox.text()]


def test_the_form_keeps_addresses_and_sends_a_test(world: World, pages: Pages, inbox: Inbox) -> None:
    said = pages.words(
        "/admin/configuration/mail", mail_to=f"{TO}, other@district.example", daily_summary="y"
    )
    assert "Email settings saved." in said

    assert "The test email was sent" in pages.words("/admin/configuration/mail/test")

    assert inbox.emails[0]["To"] == f"{TO}, other@district.example"
    assert "Email recipients" in pages.words("/admin/logs/settings")


def test_a_test_that_fails_says_so_and_so_does_a_bad_address(
    world: World, pages: Pages, inbox: Inbox
) -> None:
    assert "Enter an address" in pages.words("/admin/configuration/mail/test")
    assert "This isn’t an email address: office" in pages.words("/admin/configuration/mail", mail_to="office")
    pages.press("/admin/configuration/mail", mail_to=TO)
    inbox.open = False

    assert "The mail server refused every address." in pages.words("/admin/configuration/mail/test")


def test_a_test_that_some_did_not_get_names_them(pages: Pages, inbox: Inbox) -> None:
    inbox.refused = {"gone@district.example"}
    pages.press("/admin/configuration/mail", mail_to=f"{TO} gone@district.example")

    said = pages.words("/admin/configuration/mail/test")

    assert "was sent, but the mail server refused gone@district.example" in said
    assert len(inbox.emails) == 1


@pytest.mark.parametrize("address", ["a@[b.c", "schüler@district.example", "a..b@district.example"])
def test_an_unusable_address_is_refused_when_it_is_saved(pages: Pages, address: str) -> None:
    said = pages.words("/admin/configuration/mail", mail_to=address)

    assert "Nothing was saved" in said
    assert f"This isn’t an email address: {address}" in said


def test_without_a_mail_server_the_page_says_who_can_set_it_up(tmp_path: Path) -> None:
    with make_world(tmp_path, students=12, public_url="http://localhost") as made:
        pages = launch_acting_user(made.app)
        assert "Email isn’t set up yet" in pages.words("/admin/configuration")
        pages.press("/admin/configuration/mail", mail_to=TO)
        assert "Email isn’t set up" in pages.words("/admin/configuration/mail/test")
