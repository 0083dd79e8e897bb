"""flask doctor: check everything that has to be right, and say how to fix what isn't."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import click
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select, text, update
from sqlalchemy.exc import SQLAlchemyError

from lti_app import clock
from lti_app.cli.doctor_outside import Finding, connections, schoology_clock
from lti_app.extensions import db
from lti_app.models import (
    ACTIVE_STATES,
    ActingUser,
    Installation,
    Job,
    JobState,
    Lease,
    Platform,
    SisConnection,
)
from lti_app.runs.words import sentence
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.store import audit
from lti_app.store.district import District
from lti_app.sync.apply.after_restore import RESTORED, ask_to_find_again
from lti_app.vault import VaultError

OLDEST_KEY = 400
"""Days after which the keys should be renewed."""


@click.command("doctor")
@click.option(
    "--after-restore", is_flag=True, help="Pause every installation until its links are found again."
)
@with_appcontext
def command(after_restore: bool) -> None:
    """Check settings, database, keys, clocks, scheduler, and every district; one line each, with a fix."""
    if after_restore:
        _recover()
        return
    checks: tuple[Callable[[], list[Finding]], ...] = (
        _settings,
        _database,
        _migrations,
        _task_engine,
        _scheduler,
        _keys,
        schoology_clock,
        _installations,
    )
    well = True
    for check in checks:
        try:
            findings = check()
        except SQLAlchemyError as error:
            db.session.rollback()
            findings = [(False, check.__name__.strip("_"), f"the database reported {type(error).__name__}")]
        except VaultError as error:
            findings = [(False, check.__name__.strip("_"), str(error))]
        for fine, what, remedy in findings:
            click.echo(f"{'ok  ' if fine else 'LOOK'} {what}" + ("" if fine else f": {remedy}"))
            well = well and fine
    if not well:
        raise SystemExit(1)


def _recover() -> None:
    """Pause every claimed installation and queue the job that finds its links again."""
    for row in db.session.scalars(select(Installation).order_by(Installation.id)).all():
        if not row.claimed_by_uid:
            continue
        db.session.execute(
            update(Job)
            .where(Job.installation_id == row.id, Job.state.in_(ACTIVE_STATES))
            .values(
                state=JobState.CANCELLED,
                finished_at=clock.now(),
                message=because(Code.JOB_CANCELLED_RESTORED),
            )
        )
        audit.record(
            District(db.session, row.id), audit.THE_HOST, audit.PAUSE, old=row.paused_reason, new=RESTORED
        )
        ask_to_find_again(db.session, row, asked_by="command line")
        click.echo(f"{row.name}: paused. A job that finds its links again is queued.")
    db.session.commit()


def _settings() -> list[Finding]:
    """The settings. This command couldn't start if they were unreadable."""
    settings = current_app.extensions["wiring"].settings
    public = urlsplit(settings.public_url)
    safe = public.scheme == "https" or public.hostname in ("localhost", "127.0.0.1")
    mail = "email is set up" if settings.smtp_url else "no email (LTI_APP_SMTP_URL)"
    return [
        (
            safe,
            f"settings ({mail})",
            "LTI_APP_PUBLIC_URL must be https: Schoology doesn't frame anything else",
        ),
    ]


def _task_engine() -> list[Finding]:
    if not current_app.extensions["wiring"].settings.distributed:
        return []
    there = current_app.extensions["runner"].has_tables()
    return [(there, "tables of the task engine", "run 'flask --app wsgi jobs prepare'")]


def _keys() -> list[Finding]:
    """How long ago the signing keys were made or resealed."""
    vault = current_app.extensions["wiring"].vault
    findings = []
    for row in db.session.scalars(select(Platform).order_by(Platform.id)):
        days = (clock.now() - vault.sealed_at(row.private_key)).days
        remedy = f"they are {days} days old: run 'flask --app wsgi keys rotate'"
        findings.append((days <= OLDEST_KEY, f"keys of client {row.client_id} ({days} days old)", remedy))
    return findings


def _database() -> list[Finding]:
    db.session.execute(text("SELECT 1"))
    name = db.engine.dialect.name
    return [(True, f"database answers ({name})", "")]


def _migrations() -> list[Finding]:
    with db.engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    wanted = ScriptDirectory(current_app.extensions["migrate"].directory).get_current_head()
    return [(present == wanted, "migrations", "run 'flask --app wsgi db upgrade'")]


def _scheduler() -> list[Finding]:
    lease = db.session.scalars(select(Lease).where(Lease.name == "scheduler")).first()
    ticking = lease is not None and lease.expires_at > clock.now()
    return [(ticking, "scheduler", "no web process is running it: start the app with gunicorn")]


def _installations() -> list[Finding]:
    findings: list[Finding] = []
    for row in db.session.scalars(select(Installation).order_by(Installation.id)):
        findings += _installation(row)
        findings += connections(row)
    public = current_app.extensions["wiring"].settings.public_url
    findings.append((bool(findings), f"installations at {public}", "add one with 'installation add'"))
    return findings


def _installation(row: Installation) -> list[Finding]:
    acting_user = db.session.get(ActingUser, row.id)
    connection = db.session.get(SisConnection, row.id)
    acting_words = (
        sentence(acting_user.problem) if acting_user else "not set; open the app as an administrator"
    )
    sis_words = connection.problem if connection else "enter the credentials on the Configuration tab"
    return [
        (bool(row.claimed_by_uid), f"{row.name}: claimed", "enter the setup code in the app"),
        (bool(row.consumer_key), f"{row.name}: consumer key", "run 'flask --app wsgi installation set-key'"),
        (acting_user is not None and not acting_words, f"{row.name}: Acting User", acting_words),
        (connection is not None and not sis_words, f"{row.name}: SIS", sis_words),
    ]
