"""Letters to the people who look after a district: once when something begins to be wrong, once when it ends,
and a daily summary for those who want one. No letter names a person of the school."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import Alert, Installation, Run, SyncOptions
from lti_app.outbound.mail import MailError
from lti_app.sync import health

SUMMARY_HOUR = 7
"""Local hour after which yesterday's summary is sent."""
_GREETING = """
Open the app in Schoology to see more. Who gets these messages is set on its Configuration tab.
"""
log = logging.getLogger(__name__)


class Post(Protocol):
    """Who carries letters."""

    configured: bool

    def send(self, to: Sequence[str], subject: str, text: str) -> None:
        """Raises MailError."""


def watch(session: Session, post: Post) -> None:
    """Look at every district; note what began and what ended, then tell those who want to know."""
    for installation_id in session.scalars(select(Installation.id).order_by(Installation.id)).all():
        _note(session, installation_id)
        session.commit()
        recipients = _recipients(session, installation_id)
        if recipients and post.configured:
            _tell(session, post, installation_id, recipients)
            _summarise(session, post, installation_id, recipients)


def _note(session: Session, installation_id: int) -> None:
    lasting = {
        row.key: row
        for row in session.scalars(
            select(Alert).where(Alert.installation_id == installation_id, Alert.ended_at.is_(None))
        )
    }
    present = {each.key: each for each in health.conditions(session, installation_id)}
    now = clock.now()
    for key, condition in present.items():
        if key not in lasting:
            session.add(Alert(installation_id=installation_id, key=key, text=condition.text, began_at=now))
    for key, row in lasting.items():
        if key not in present:
            row.ended_at = now


def _recipients(session: Session, installation_id: int) -> list[str]:
    options = session.get(SyncOptions, installation_id)
    return list(options.mail_to) if options else []


def _tell(session: Session, post: Post, installation_id: int, recipients: list[str]) -> None:
    """One letter a condition and moment. One that nobody heard of does not need an end."""
    name = session.get_one(Installation, installation_id).name
    rows = session.scalars(
        select(Alert)
        .where(
            Alert.installation_id == installation_id,
            Alert.told_ended.is_(False),
            Alert.told_began.is_(False) | Alert.ended_at.is_not(None),
        )
        .order_by(Alert.id)
    ).all()
    for row in rows:
        if row.ended_at is not None and not row.told_began:
            row.told_ended = True
            session.commit()
            continue
        over = row.ended_at is not None
        subject = f"{'Solved' if over else 'Please look'}: SIS integration of {name}"
        text = f"This is over by now:\n\n{row.text}\n" if over else f"{row.text}\n"
        if not _sent(post, installation_id, recipients, subject=subject, text=f"{text}{_GREETING}"):
            return
        row.told_began, row.told_ended = True, over
        session.commit()


_GREETING = (
    "\nOpen the app in Schoology to see more. Who gets these messages is set on its Configuration tab.\n"
)


def _sent(post: Post, installation_id: int, recipients: list[str], *, subject: str, text: str) -> bool:
    try:
        post.send(recipients, subject, text)
    except MailError as error:
        log.warning("installation %s: a letter waits for the next try: %s", installation_id, error)
        return False
    return True


def _summarise(session: Session, post: Post, installation_id: int, recipients: list[str]) -> None:
    """Yesterday in counts, once a day after seven in the morning of the district."""
    options = session.get_one(SyncOptions, installation_id)
    installation = session.get_one(Installation, installation_id)
    zone = ZoneInfo(installation.time_zone)
    local = clock.now().astimezone(zone)
    today = local.date().isoformat()
    if not options.daily_summary or local.hour < SUMMARY_HOUR or options.summary_sent == today:
        return
    taken = session.execute(
        update(SyncOptions)
        .where(SyncOptions.installation_id == installation_id, SyncOptions.summary_sent != today)
        .values(summary_sent=today)
        .returning(SyncOptions.installation_id)
    ).first()
    if taken is None:
        session.rollback()
        return
    morning = datetime.combine(local.date(), time(), zone)
    text = summary(session, installation_id, morning - timedelta(days=1), morning)
    subject = f"Yesterday: SIS integration of {installation.name}"
    if _sent(post, installation_id, recipients, subject=subject, text=text):
        session.commit()
    else:
        session.rollback()


def summary(session: Session, installation_id: int, since: datetime, until: datetime) -> str:
    """What happened between two moments: runs with their counts, and what is wrong now."""
    runs = session.scalars(
        select(Run)
        .where(
            Run.installation_id == installation_id,
            Run.plan_only.is_(False),
            Run.started_at >= since,
            Run.started_at < until,
        )
        .order_by(Run.id)
    ).all()
    zone = ZoneInfo(session.get_one(Installation, installation_id).time_zone)
    lines = [_line(run, zone) for run in runs] or ["No sync ran."]
    wrong = [f"- {each.text}" for each in health.conditions(session, installation_id)]
    parts = [
        "\n".join(lines),
        "Nothing is wrong." if not wrong else "What needs a look:\n" + "\n".join(wrong),
    ]
    return "\n\n".join(parts) + "\n" + _GREETING


def _line(run: Run, zone: ZoneInfo) -> str:
    outcome = run.counts.get("outcome", {})
    counts = ", ".join(f"{number} {state}" for state, number in sorted(outcome.items())) or "no changes"
    return f"{run.started_at.astimezone(zone):%H:%M} {run.what}: {run.state.replace('_', ' ')}, {counts}"
