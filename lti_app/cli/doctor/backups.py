"""The check of doctor that says which keys a backup needs."""

from __future__ import annotations

from pathlib import Path

from flask import current_app

from lti_app.cli.doctor.machine import rights
from lti_app.cli.doctor.outside import Finding
from lti_app.operations import backup, service
from lti_app.vault import Vault


def needs(file: Path) -> list[Finding]:
    """Which of the present keys, by their place in LTI_APP_SECRET_KEYS, open what a backup stores."""
    keys = current_app.extensions["wiring"].settings.secret_keys
    try:
        stored, opened = backup.opened_by(file, [Vault([each]) for each in keys])
    except backup.Refused as error:
        return [(False, str(file), str(error))]
    shares = ", ".join(f"key {place} opens {number}" for place, number in enumerate(opened, start=1))
    readable = rights(f"{file}: rights", file)
    revision = backup.revision_of(file)
    what = f"{file} (migration {revision}): {stored} stored secrets, {shares}"
    remedy = "the others need a key that isn't in LTI_APP_SECRET_KEYS anymore"
    known = service.knows(current_app.extensions["service"]().migrations, revision)
    newer = "it is of a newer release than this one, which can't restore it: install that one first"
    return [(sum(opened) >= stored, what, remedy), (known, f"{file}: release", newer), readable]
