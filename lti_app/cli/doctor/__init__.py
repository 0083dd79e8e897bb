"""flask doctor: check everything that has to be right, and say how to fix what isn't."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from lti_app.cli.doctor import backups, machine, service
from lti_app.cli.doctor.outside import Finding, schoology_clock
from lti_app.cli.one_line import of_the_database
from lti_app.extensions import db
from lti_app.operations.restored import pause_everywhere
from lti_app.vault import VaultError

Check = Callable[[], list[Finding]]
BEFORE_START: tuple[Check, ...] = (
    machine.settings,
    machine.user,
    machine.files,
    machine.database,
    machine.task_engine,
    machine.keys,
    schoology_clock,
)
"""What has to be right before the app is started."""
WHILE_RUNNING: tuple[Check, ...] = (service.running, service.installations)


@click.command("doctor")
@click.option(
    "--before-start",
    is_flag=True,
    help="Check only what has to be right before the app starts: settings, database, keys, and clock.",
)
@click.option(
    "--after-restore", is_flag=True, help="Pause every installation until its links are found again."
)
@click.option(
    "--backup",
    "files",
    type=click.Path(dir_okay=False, path_type=Path),
    multiple=True,
    help="Say which keys in LTI_APP_SECRET_KEYS a backup needs; repeat it for more backups.",
)
@with_appcontext
def command(before_start: bool, after_restore: bool, files: tuple[Path, ...]) -> None:
    """Check settings, database, keys, clocks, scheduler, and every district; one line each, with a fix.

    Exits with 0 when nothing has to be fixed, and with 1 otherwise.
    """
    if after_restore:
        _pause_everywhere()
        return
    if files:
        well = all([_report(partial(backups.needs, each), "backup") for each in files])
        raise SystemExit(0 if well else 1)
    well = all([_report(check, _name(check)) for check in BEFORE_START])
    if not before_start:
        well = all([_report(check, _name(check)) for check in WHILE_RUNNING]) and well
    if not well:
        raise SystemExit(1)


def _name(check: Check) -> str:
    return check.__name__.replace("_", " ")


def _report(check: Check, name: str) -> bool:
    """Print what a check found; whether all of it is right."""
    try:
        findings = check()
    except SQLAlchemyError as error:
        db.session.rollback()
        findings = [(False, name, of_the_database(error))]
    except VaultError as error:
        findings = [(False, name, str(error))]
    for fine, what, remedy in findings:
        click.echo(f"{'ok  ' if fine else 'LOOK'} {what}" + ("" if fine else f": {remedy}"))
    return all(fine for fine, _what, _remedy in findings)


def _pause_everywhere() -> None:
    for name in pause_everywhere(db.session):
        click.echo(f"{name}: paused. A job that finds its links again is queued.")
    db.session.commit()
