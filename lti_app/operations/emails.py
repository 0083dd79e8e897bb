"""One email to the people responsible for a district, marked as sent before it leaves."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from lti_app import clock, formats
from lti_app.models import Installation, Run, SyncOptions
from lti_app.operations.overview import attention
from lti_app.outbound.errors import ToDo
from lti_app.outbound.mail import MailError, Post
from lti_app.runs import words
from lti_app.store.district import District

GREETING = "\nOpen the app in Schoology for details. Its Configuration tab lists who gets these emails.\n"
log = logging.getLogger(__name__)


def send(  # noqa: PLR0913 - the addresses, what, and what to do when it fails
    post: Post,
    installation_id: int,
    recipients: Sequence[str],
    *,
    subject: str,
    text: str,
    restore: Callable[[], object],
) -> bool:
    """Send what the caller has marked as sent and committed: no transaction is open in the meantime, and no
    other process sends the same. `restore` undoes the mark if no one got it.

    False if this email was refused; raises MailDown if no email can be sent.
    """
    try:
        refused = post.send(recipients, subject, text)
    except MailError as error:
        restore()
        log.warning("installation %s: an email was refused and is tried again: %s", installation_id, error)
        if error.to_do is ToDo.WAIT:
            raise
        return False
    if refused:
        log.warning(
            "installation %s: %d of %d addresses were refused", installation_id, len(refused), len(recipients)
        )
    return True


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
    text = summary(District(session, installation_id), morning - timedelta(days=1), morning)
    subject = f"Daily summary: SIS integration of {installation.name}"
    if not _mark(District(session, installation_id), former, today):
        return True
    return send(
        post,
        installation_id,
        recipients,
        subject=subject,
        text=text,
        restore=lambda: _mark(District(session, installation_id), today, former),
    )


def _mark(district: District, former: str, day: str) -> bool:
    """Record which day's summary was sent last, unless another process did. Commits."""
    turned = district.session.execute(
        district.update(SyncOptions)
        .where(SyncOptions.summary_sent == former)
        .values(summary_sent=day)
        .returning(SyncOptions.installation_id)
    ).first()
    district.session.commit()
    return turned is not None


def summary(district: District, since: datetime, until: datetime) -> str:
    """What happened between two moments: runs with their counts, and what is wrong now."""
    runs = district.session.scalars(
        district.select(Run)
        .where(
            Run.plan_only.is_(False),
            Run.started_at >= since,
            Run.started_at < until,
        )
        .order_by(Run.id)
    ).all()
    zone = district.session.get_one(Installation, district.id).time_zone
    lines = [_line(run, zone) for run in runs] or ["No sync ran."]
    return "\n\n".join(["\n".join(lines), _needs(district)]) + "\n" + GREETING


def _needs(district: District) -> str:
    """What the Overview tab says: what is new or needs a person, line by line; what is known, as a number."""
    found = attention.needs(district)
    lines = [f"- {each.title}{_news(each)}" for each in found if not each.is_known]
    known = sum(1 for each in found if each.is_known)
    said = ["Needs attention:", *lines] if lines else ["Nothing new is wrong."]
    if known:
        said.append(f"{formats.counted(known, 'known problem')}: see the Overview tab.")
    return "\n".join(said)


def _news(need: attention.Need) -> str:
    return f" ({formats.number(need.new)} new since yesterday)" if need.new else ""


def _line(run: Run, zone: str) -> str:
    changes = words.outcomes(run.counts.get("outcome", {})) or "no changes"
    state = words.STATES.get(run.state, run.state).lower()
    return f"{formats.clock(run.started_at, zone)} {words.title(run.what)}: {state}, {changes}"
