"""flask doctor: check everything that has to be right, and say how to fix what isn't."""

from __future__ import annotations

from collections.abc import Callable

import click
from flask.cli import with_appcontext
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from lti_app import clock
from lti_app.cli import doctor_machine, doctor_service
from lti_app.cli.doctor_outside import Finding, schoology_clock
from lti_app.extensions import db
from lti_app.models import ACTIVE_STATES, Installation, Job, JobState
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.store import audit
from lti_app.store.district import District
from lti_app.sync.apply.after_restore import RESTORED, ask_to_find_again
from lti_app.vault import VaultError

Check = Callable[[], list[Finding]]
BEFORE_START: tuple[Check, ...] = (
    doctor_machine.settings,
    doctor_machine.user,
    doctor_machine.files,
    doctor_machine.database,
    doctor_machine.task_engine,
    doctor_machine.keys,
    schoology_clock,
)
"""What has to be right before the app is started."""
WHILE_RUNNING: tuple[Check, ...] = (doctor_service.running, doctor_service.installations)


@click.command("doctor")
@click.option(
    "--before-start",
    is_flag=True,
    help="Check only what has to be right before the app starts: settings, database, keys, and clock.",
)
@click.option(
    "--after-restore", is_flag=True, help="Pause every installation until its links are found again."
)
@with_appcontext
def command(before_start: bool, after_restore: bool) -> None:
    """Check settings, database, keys, clocks, scheduler, and every district; one line each, with a fix.

    Exits with 0 when nothing has to be fixed, and with 1 otherwise.
    """
    if after_restore:
        _recover()
        return
    well = all([_report(check) for check in BEFORE_START])
    if not before_start:
        well = all([_report(check) for check in WHILE_RUNNING]) and well
    if not well:
        raise SystemExit(1)


def _report(check: Check) -> bool:
    """Print what a check found; whether all of it is right."""
    name = check.__name__.replace("_", " ")
    try:
        findings = check()
    except SQLAlchemyError as error:
        db.session.rollback()
        findings = [(False, name, f"the database reported {type(error).__name__}")]
    except VaultError as error:
        findings = [(False, name, str(error))]
    for fine, what, remedy in findings:
        click.echo(f"{'ok  ' if fine else 'LOOK'} {what}" + ("" if fine else f": {remedy}"))
    return all(fine for fine, _what, _remedy in findings)


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
