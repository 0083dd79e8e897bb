"""Every alert's two emails, when it starts and when it ends, hold words for people only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from lti_app.models import Installation, SyncOptions
from lti_app.operations import alerts
from lti_app.runs.words import sentence
from lti_app.runs.words.reasons.problems import ALERTS
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because
from lti_app.store.district import District
from tests.factories import add_alert
from tests.support.leaks import leaks
from tests.unit.conftest import Engine

MOMENT = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
VALUES = {"at": MOMENT, "count": 2, "share": "12%", "sent": "8.5", "read": "85"}
"""What the sentences of alerts are filled with."""


@dataclass
class Post:
    """Keeps the emails that it gets."""

    emails: list[tuple[str, str]] = field(default_factory=list)
    configured: bool = True

    def send(self, to: Sequence[str], subject: str, text: str) -> list[str]:
        self.emails.append((subject, text))
        return []


def reason(code: str) -> Reason:
    names = re.findall(r"\{(\w+)", ALERTS[code])
    zone = {"zone": "America/New_York"} if "at" in names else {}
    return because(Code(code), **{each: VALUES[each] for each in names}, **zone)


@pytest.mark.parametrize("code", sorted(ALERTS))
def test_an_alert_starts_and_ends_in_words_of_people(engine: Engine, code: str) -> None:
    session, post = engine.session, Post()
    session.get_one(Installation, 1).name = "Sandbox District"
    session.get_one(SyncOptions, 1).mail_to = ["office@district.example"]
    alert = add_alert(session, "too_long", text=reason(code), began_at=MOMENT)
    session.commit()

    alerts.email_news(District(session, 1), post)
    alert.ended_at = MOMENT
    session.commit()
    alerts.email_news(District(session, 1), post)

    assert [subject for subject, _ in post.emails] == [
        "Problem: SIS integration of Sandbox District",
        "Resolved: SIS integration of Sandbox District",
    ]
    said = sentence(reason(code))
    assert said and all(said in text for _, text in post.emails)
    assert [found for subject, text in post.emails if (found := leaks(f"{subject}\n{text}"))] == []
    assert not [text for _, text in post.emails if "{" in text]
