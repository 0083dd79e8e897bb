"""The checks of doctor that concern this machine and its database, before any district."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import select

from lti_app import clock
from lti_app.cli.doctor.outside import Finding
from lti_app.extensions import db
from lti_app.models import Platform
from lti_app.operations import service
from lti_app.operations.backup import RESTORING
from lti_app.store import private, sealed, sqlite

OLDEST_KEY = 400
"""Days after which the keys should be renewed."""


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
    """What holds people's data on this machine is for the app's user only: a SQLite file with everything that
    is called after it (its log, former databases, backups), and their folder."""
    file = sqlite.file_of(db.engine)
    if file is None or not file.exists():
        return []
    beside = sorted(each for each in file.parent.glob(f"{file.name}*") if each.is_file())
    folder = file.resolve().parent
    left = sorted(folder.glob(f"{RESTORING}*"))
    remedy = f"they hold people's data; unless one runs now: rm -r {' '.join(str(each) for each in left)}"
    return [
        rights("rights of the database file", *beside),
        _folder(folder),
        (not left, "no restore was cut off", remedy),
    ]


def rights(what: str, *paths: Path) -> Finding:
    """Whether no one else may read files; names each that someone may, and the command."""
    found = " ".join(str(each) for each in paths if private.is_open(each))
    return (not found, what, f"other users of this machine can read it: chmod 600 {found}")


def _folder(folder: Path) -> Finding:
    remedy = f"other users of this machine can look into it: chmod 700 {folder}"
    if folder.stat().st_uid != os.geteuid():
        remedy = f"{folder} belongs to another user: move the database to a folder of its own"
    return (not private.is_open(folder), "rights of the database folder", remedy)


def database() -> list[Finding]:
    """Whether it answers, and has every migration of this release."""
    found = service.migrations(db.session, current_app.extensions["service"]().migrations)
    name = db.engine.dialect.name
    store = service.store(db.session) if found.fine else []
    checks = [found, *store]
    return [
        (True, f"database answers ({name})", ""),
        *((each.fine, each.found, each.remedy) for each in checks),
    ]


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
