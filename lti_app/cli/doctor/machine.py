"""The checks of doctor that concern this machine and its database, before any district."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import select

from lti_app import clock
from lti_app.cli.doctor.outside import Finding
from lti_app.extensions import db
from lti_app.models import Platform
from lti_app.operations import service
from lti_app.store import sealed

OLDEST_KEY = 400
"""Days after which the keys should be renewed."""
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def settings() -> list[Finding]:
    """The settings. This command couldn't start if they were unreadable."""
    chosen = current_app.extensions["wiring"].settings
    public = urlsplit(chosen.public_url)
    safe = public.scheme == "https" or public.hostname in ("localhost", "127.0.0.1")
    mail = "email is set up" if chosen.smtp_url else "no email (LTI_APP_SMTP_URL)"
    remedy = "LTI_APP_PUBLIC_URL must be https: Schoology doesn't frame anything else"
    return [(safe, f"settings ({mail})", remedy)]


def user() -> list[Finding]:
    """Who runs the app."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [(not root, "user", "this is root: run the app and its commands as a user of its own")]


def files() -> list[Finding]:
    """A SQLite file holds everything, so that nobody else on this machine may read it."""
    name = db.engine.url.database
    if db.engine.dialect.name != "sqlite" or not name:
        return []
    paths = [path for end in ("", "-wal", "-shm") if (path := Path(f"{name}{end}")).exists()]
    open_to_others = [str(each) for each in paths if each.stat().st_mode & OTHERS]
    remedy = f"other users of this machine can read it: chmod 600 {' '.join(open_to_others)}"
    return [(not open_to_others, "rights of the database file", remedy)]


def database() -> list[Finding]:
    """Whether it answers, and has every migration of this release."""
    found = service.migrations(db.session, current_app.extensions["service"]().migrations)
    name = db.engine.dialect.name
    return [(True, f"database answers ({name})", ""), (found.fine, found.found, found.remedy)]


def task_engine() -> list[Finding]:
    """Whether the tables of Procrastinate are there, where it is used."""
    if not current_app.extensions["wiring"].settings.distributed:
        return []
    there = current_app.extensions["runner"].has_tables()
    return [(there, "tables of the task engine", "run 'flask --app wsgi jobs prepare'")]


def keys() -> list[Finding]:
    """Whether the keys open what is sealed, where they don't, and how long ago the signing keys were made."""
    vault = current_app.extensions["wiring"].vault
    found = service.keys(db.session, vault)
    findings: list[Finding] = [(found.fine, found.found, found.remedy)]
    for place, count in sorted(sealed.unreadable(db.session.connection(), vault).items()):
        words = f"{count} sealed with a key that isn't in LTI_APP_SECRET_KEYS: add it at the end of the list"
        findings.append((False, f"stored secrets in {place}", words))
    for row in db.session.scalars(select(Platform).order_by(Platform.id)):
        if vault.opens(row.private_key):
            days = (clock.now() - vault.sealed_at(row.private_key)).days
            remedy = f"they are {days} days old: run 'flask --app wsgi keys rotate'"
            findings.append((days <= OLDEST_KEY, f"keys of client {row.client_id} ({days} days old)", remedy))
    return findings
