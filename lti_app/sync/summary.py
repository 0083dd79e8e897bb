"""The daily summary: yesterday in counts, and what is wrong now. It names no person of the school."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import Installation, Run, SyncOptions
from lti_app.sync import health
from lti_app.sync.letters import GREETING, Post, send

HOUR = 7
"""Local hour after which yesterday's summary is sent."""


def send_daily(session: Session, post: Post, installation_id: int, recipients: Sequence[str]) -> bool:
    """Once a day after seven in the morning of the district, to those who want it. False when the mail server
    refused it."""
    options = session.get_one(SyncOptions, installation_id)
    installation = session.get_one(Installation, installation_id)
    zone = ZoneInfo(installation.time_zone)
    local = clock.now().astimezone(zone)
    today, former = local.date().isoformat(), options.summary_sent
    if not options.daily_summary or local.hour < HOUR or former == today:
        return True
    morning = datetime.combine(local.date(), time(), zone)
    text = summary(session, installation_id, morning - timedelta(days=1), morning)
    subject = f"Yesterday: SIS integration of {installation.name}"
    if not _mark(session, installation_id, former, today):
        return True
    return send(
        post,
        installation_id,
        recipients,
        subject=subject,
        text=text,
        put_back=lambda: _mark(session, installation_id, today, former),
    )


def _mark(session: Session, installation_id: int, former: str, day: str) -> bool:
    """Write which day's summary was sent last, if nobody else did meanwhile. Commits."""
    turned = session.execute(
        update(SyncOptions)
        .where(SyncOptions.installation_id == installation_id, SyncOptions.summary_sent == former)
        .values(summary_sent=day)
        .returning(SyncOptions.installation_id)
    ).first()
    session.commit()
    return turned is not None


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
    return "\n\n".join(parts) + "\n" + GREETING


def _line(run: Run, zone: ZoneInfo) -> str:
    outcome = run.counts.get("outcome", {})
    counts = ", ".join(f"{number} {state}" for state, number in sorted(outcome.items())) or "no changes"
    return f"{run.started_at.astimezone(zone):%H:%M %Z} {run.what}: {run.state.replace('_', ' ')}, {counts}"
