"""Alert emails to the people responsible for a district: one when a problem starts, one when it is resolved,
and a daily summary for those who want one. No email names a person of the school."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.jobs import lease
from lti_app.jobs.failures import log_and_continue
from lti_app.models import Alert, Installation, SyncOptions
from lti_app.operations import emails, health
from lti_app.operations.emails import GREETING, send
from lti_app.outbound.mail import MailDown, Post
from lti_app.runs.words import sentence
from lti_app.store.district import District

REST, REFUSED = timedelta(minutes=15), "refused"
"""How long no email of a district is sent after the mail server refused one."""


def watch(session: Session, post: Post) -> None:
    """Check every district; record which problems started and ended, then email those who want to know."""
    districts = session.scalars(select(Installation.id).order_by(Installation.id)).all()
    for installation_id in districts:
        with log_and_continue(session, f"looking at the health of installation {installation_id}"):
            _note(District(session, installation_id))
    if not post.configured:
        return
    for installation_id in districts:
        with log_and_continue(session, f"emails of installation {installation_id}"):
            try:
                email_news(District(session, installation_id), post)
            except MailDown:
                return


def _note(district: District) -> None:
    """Record problems that started or ended; two processes that check at the same time record them once."""
    if not _news(district):
        return
    district.session.rollback()
    mine = Installation.id == district.id
    district.session.execute(update(Installation).where(mine).values(name=Installation.name))
    for row in _news(district):
        district.session.add(row)
    district.session.commit()


def _news(district: District) -> list[Alert]:
    """New rows for what began, and rows with their end for what is over; not written yet."""
    open_ones = district.session.scalars(district.select(Alert).where(Alert.ended_at.is_(None))).all()
    lasting = {row.key for row in open_ones}
    present = {each.key: each for each in health.conditions(district)}
    now = clock.now()
    began = [
        Alert(installation_id=district.id, key=key, text=condition.why, began_at=now)
        for key, condition in present.items()
        if key not in lasting
    ]
    over = [row for row in open_ones if row.key not in present]
    for row in over:
        row.ended_at = now
    return [*began, *over]


def email_news(district: District, post: Post) -> None:
    """Email what is recorded and wasn't told yet, and the daily summary. Commits; raises MailDown."""
    session, installation_id = district.session, district.id
    options = session.get(SyncOptions, installation_id)
    recipients = list(options.mail_to) if options else []
    rest = f"emails-{installation_id}"
    if not recipients or lease.runs(session, rest):
        return
    taken = _tell(session, post, installation_id, recipients)
    taken = emails.send_daily(session, post, installation_id, recipients) and taken
    if not taken:
        lease.hold(session, rest, REFUSED, REST)


def _tell(session: Session, post: Post, installation_id: int, recipients: list[str]) -> bool:
    """One email per condition and moment. A start that was never sent needs no end. False when the
    server refused one."""
    name = session.get_one(Installation, installation_id).name
    rows = session.execute(
        select(Alert.id, Alert.text, Alert.told_began, Alert.ended_at)
        .where(
            Alert.installation_id == installation_id,
            Alert.told_ended.is_(False),
            Alert.told_began.is_(False) | Alert.ended_at.is_not(None),
        )
        .order_by(Alert.id)
    ).all()
    session.rollback()
    refused = False
    for alert_id, text, told_began, ended_at in rows:
        over = ended_at is not None
        mark = "told_ended" if over else "told_began"
        if not _mark(session, alert_id, mark, True) or (over and not told_began):
            continue
        said = sentence(text)
        words = f"This problem is resolved:\n\n{said}\n" if over else f"{said}\n"
        taken = send(
            post,
            installation_id,
            recipients,
            subject=f"{'Resolved' if over else 'Problem'}: SIS integration of {name}",
            text=f"{words}{GREETING}",
            restore=partial(_mark, session, alert_id, mark, False),
        )
        refused = refused or not taken
    return not refused


def _mark(session: Session, alert_id: int, mark: str, told: bool) -> bool:
    """Set one of the two marks, if it was the other way round; only one process sees it turn. Commits."""
    column = getattr(Alert, mark)
    turned = session.execute(
        update(Alert)
        .where(Alert.id == alert_id, column.is_(not told))
        .values({mark: told})
        .returning(Alert.id)
    ).first()
    session.commit()
    return turned is not None
