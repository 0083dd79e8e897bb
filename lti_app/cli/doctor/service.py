"""The checks of doctor that concern the running service and every district."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import select

from lti_app.cli.doctor.outside import Finding, connections
from lti_app.extensions import db
from lti_app.models import ActingUser, Alert, Installation, SisConnection
from lti_app.operations import service
from lti_app.runs.words import sentence


def running() -> list[Finding]:
    """The scheduler, the workers, and the queue."""
    distributed = current_app.extensions["wiring"].settings.distributed
    checks = [service.scheduler(db.session)]
    if distributed:
        checks.append(service.worker(db.session))
    checks.append(service.waiting(db.session))
    checks += [each for each in service.stalled(db.session) if each.name != "queue"]
    return [(each.fine, each.found, each.remedy) for each in checks]


def installations() -> list[Finding]:
    """Every district: whether it is set up, paused, and works."""
    findings: list[Finding] = []
    for row in db.session.scalars(select(Installation).order_by(Installation.id)):
        findings += _set_up(row)
        findings += _troubles(row)
        findings += connections(row)
    public = current_app.extensions["wiring"].settings.public_url
    findings.append((bool(findings), f"installations at {public}", "add one with 'installation add'"))
    return findings


def _set_up(row: Installation) -> list[Finding]:
    acting_user = db.session.get(ActingUser, row.id)
    connection = db.session.get(SisConnection, row.id)
    acting_words = (
        sentence(acting_user.problem) if acting_user else "not set; open the app as an administrator"
    )
    sis_words = (
        sentence(connection.problem) if connection else "enter the credentials on the Configuration tab"
    )
    return [
        (bool(row.claimed_by_uid), f"{row.name}: claimed", "enter the setup code in the app"),
        (bool(row.consumer_key), f"{row.name}: consumer key", "run 'flask --app wsgi installation set-key'"),
        (acting_user is not None and not acting_words, f"{row.name}: Acting User", acting_words),
        (connection is not None and not sis_words, f"{row.name}: SIS", sis_words),
        *(_plain_http(row, connection) if connection is not None else ()),
    ]


def _plain_http(row: Installation, connection: SisConnection) -> list[Finding]:
    """SIS addresses from before https was a must."""
    found = []
    for value in connection.settings.values():
        parts = urlsplit(str(value))
        known = (connection.allowed_hosts or {}).get(parts.hostname or "", {})
        if parts.scheme == "http" and known.get("http") != "always":
            until = known.get("http")
            works = f"it works until {until}" if until else "it is refused"
            remedy = f"{works}; enter an https address, or run 'installation allow-host --http'"
            found.append((False, f"{row.name}: the SIS address {parts.hostname} uses plain http", remedy))
    return found


def _troubles(row: Installation) -> list[Finding]:
    """A pause, and what was wrong at the scheduler's last round."""
    lasting = select(Alert).where(Alert.installation_id == row.id, Alert.ended_at.is_(None))
    found = [
        (False, f"{row.name}: {each.key}", sentence(each.text))
        for each in db.session.scalars(lasting.order_by(Alert.id))
    ]
    return [(not row.paused_reason, f"{row.name}: not paused", sentence(row.paused_reason)), *found]
