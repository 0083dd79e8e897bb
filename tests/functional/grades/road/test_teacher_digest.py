"""What waits for a teacher reaches them: one email a school day at most, without names or scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import Installation, Link, SyncOptions
from lti_app.operations.teacher_digest import is_due, send_digests
from lti_app.outbound.mail import MailDown
from lti_app.school.grade_policy import Digest, GradePolicy
from lti_app.school.reasons import other
from tests.support.gradebook import Class, make_class

MONDAY = date(2026, 11, 30)


class Box:
    """A mail server that keeps what it gets."""

    def __init__(self, *, configured: bool = True, down: bool = False) -> None:
        self.configured, self.down = configured, down
        self.letters: list[tuple[str, str]] = []

    def send(self, to: Sequence[str], subject: str, text: str) -> list[str]:
        """Keep one letter."""
        if self.down:
            raise MailDown("down")
        self.letters += [(each, text) for each in to]
        return []


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Class]:
    with make_class(tmp_path, public_url="http://localhost") as made:
        yield made


def with_conflict(room: Class) -> None:
    room.policy(GradePolicy())
    quiz = room.item("Quiz")
    room.grade_all(quiz, 6)
    room.sync()
    room.edit_in_sis(quiz, 0, "8")
    room.sync()


def at(room: Class, moment: datetime, box: Box) -> list[tuple[str, str]]:
    """What leaves at a moment."""
    before = len(box.letters)
    with room.world.app.app_context(), time_machine.travel(moment, tick=False):
        send_digests(db.session(), box)
        db.session.remove()
    return box.letters[before:]


def morning(days: int = 0) -> datetime:
    """Nine in the morning of the world's school, so many days after its day."""
    return clock.now().replace(hour=15, minute=0) + timedelta(days=days)


def next_weekday(start: int, weekday: int) -> int:
    """The first number of days from `start` on that leads to a day of the week."""
    return next(each for each in range(start, start + 7) if morning(each).weekday() == weekday)


def test_one_email_a_school_day_names_courses_and_no_student_and_no_score(room: Class) -> None:
    with_conflict(room)
    box, day = Box(), next_weekday(0, 1)

    first = at(room, morning(day), box)

    assert first, "a teacher has an address"
    assert at(room, morning(day) + timedelta(hours=2), box) == []
    with room.world.app.app_context():
        label = db.session.scalars(
            select(Link.label).where(Link.kind == "section", Link.schoology_id == room.section_id)
        ).one()
    address, text = first[0]
    assert "@" in address and f"{label}: 1 score typed in the SIS." in text
    for seat in room.seats():
        user = room.world.store.users[seat.uid]
        assert user.name_last not in text.replace(label, "") and str(user.school_uid) not in text
    assert at(room, morning(day + 1), box), "it still waits on the next school day"


@pytest.mark.parametrize("what", ["weekend", "night", "off", "nothing", "paused", "unconfigured"])
def test_no_email_leaves_on(room: Class, what: str) -> None:
    if what != "nothing":
        with_conflict(room)
    moment = morning(next_weekday(0, 5 if what == "weekend" else 1))
    if what == "night":
        moment = moment.replace(hour=9)
    with room.world.app.app_context():
        options = db.session.get_one(SyncOptions, 1)
        if what == "off":
            options.grades = replace(GradePolicy(), digest=Digest.OFF).to_json()
        if what == "paused":
            db.session.get_one(Installation, 1).paused_reason = other("Holidays")
        db.session.commit()

    assert at(room, moment, Box(configured=what != "unconfigured")) == []


def test_a_mail_server_that_is_down_loses_no_digest(room: Class) -> None:
    with_conflict(room)
    moment = morning(next_weekday(0, 1))

    at(room, moment, Box(down=True))

    assert at(room, moment + timedelta(minutes=5), Box())


def test_a_weekly_one_leaves_once_a_calendar_week() -> None:
    friday = MONDAY + timedelta(days=4)
    assert is_due(Digest.WEEKLY, "", MONDAY)
    assert not is_due(Digest.WEEKLY, MONDAY.isoformat(), friday)
    assert is_due(Digest.WEEKLY, friday.isoformat(), MONDAY + timedelta(days=7))
    assert is_due(Digest.DAILY, MONDAY.isoformat(), friday)
    assert not is_due(Digest.DAILY, friday.isoformat(), friday)
    assert not is_due(Digest.OFF, "", friday)
