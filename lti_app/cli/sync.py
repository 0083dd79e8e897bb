"""flask sync: plan, run, and show roster syncs."""

from __future__ import annotations

import csv
import sys
import time

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from lti_app import formats
from lti_app.cli.installation import find
from lti_app.cli.typed import ID, of_installation
from lti_app.extensions import db
from lti_app.jobs.queue import enqueue
from lti_app.models import FINAL_STATES, Job, JobState, Run
from lti_app.operations import schedule, service
from lti_app.runs import changes_csv, history, words
from lti_app.runs import names as runs_names
from lti_app.runs.history import ChangeFilter
from lti_app.school.csv_cells import safe_cell
from lti_app.school.job_request import JobRequest
from lti_app.setup.checklist import NotReady, raise_if_not_ready
from lti_app.store.district import District

group = AppGroup("sync", help="Plan, run, and show roster syncs.")
SCOPES = click.Choice(["all", "users", "courses", "sections"])
POLL_SECONDS = 2.0


@group.command("plan")
@of_installation
@click.option("--what", type=SCOPES, default="all", show_default=True, help="What to plan.")
def plan(installation_id: int, what: str) -> None:
    """Read the SIS and show what a sync would do. Sends nothing."""
    job = _ask(installation_id, what, plan_only=True)
    _wait(job)
    _print_run(job)


@group.command("run")
@of_installation
@click.option("--what", type=SCOPES, default="all", show_default=True, help="What to sync.")
@click.option("--wait", is_flag=True, help="Wait until it ends; run it here if no worker takes it.")
def run(installation_id: int, what: str, wait: bool) -> None:
    """Queue a sync, as the Sync now button does."""
    job = _ask(installation_id, what, plan_only=False)
    if not wait:
        click.echo(f"Job {job.id} is queued. Follow it with 'flask --app wsgi jobs list'.")
        return
    _wait(job)
    _print_run(job)


@group.command("show")
@click.argument("run_id", type=ID)
def show(run_id: int) -> None:
    """Print every change of a sync as CSV."""
    found = db.session.get(Run, run_id)
    if found is None:
        raise click.ClickException(
            f"There is no run {run_id}. Run numbers are in the output of 'jobs list', 'sync plan', and "
            "'sync run --wait'."
        )
    district = District(db.session, found.installation_id)
    names = runs_names.names(district)
    writer = csv.writer(sys.stdout, quoting=csv.QUOTE_ALL)
    writer.writerow(changes_csv.HEADINGS)
    for each in history.each_change(district, found.id, ChangeFilter()):
        # Scores are shown to the people who teach the course, not in a terminal.
        writer.writerow([safe_cell(cell) for cell in changes_csv.cells(each, names, scores=False)])


def _ask(installation_id: int, what: str, plan_only: bool) -> Job:
    find(installation_id)
    try:
        service.raise_if_unfit(db.session, current_app.extensions["service"]())
        raise_if_not_ready(District(db.session, installation_id), "plan" if plan_only else what)
    except NotReady as error:
        raise click.ClickException(words.sentence(error.reason)) from error
    except service.NotReady as error:
        raise click.ClickException(str(error)) from error
    asked = enqueue(
        District(db.session, installation_id),
        "provision",
        params=JobRequest(what=what, plan_only=plan_only),
        trigger="cli",
        asked_by="command line",
    )
    if not asked.joined and schedule.resets(what, plan_only=plan_only):
        schedule.reset(District(db.session, installation_id), schedule.Event.MANUAL_SYNC)
    db.session.commit()
    if asked.joined:
        click.echo(f"Job {asked.job.id} is already queued or running; following that one.")
    return asked.job


def _wait(job: Job) -> None:
    """Run the job here if no one else does; with separate workers, only follow it."""
    job_id = job.id
    runner = current_app.extensions["runner"]
    distributed = current_app.extensions["wiring"].settings.distributed
    if distributed:
        runner.submit(job_id)
    while not _over(job_id):
        if distributed or not runner.run_now(job_id):
            time.sleep(POLL_SECONDS)


def _over(job_id: int) -> bool:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Job, job_id).state in (*FINAL_STATES, JobState.HELD)


def _print_run(job: Job) -> None:
    db.session.refresh(job)
    click.echo(
        f"Job {job.id}: {words.STATES.get(job.state, job.state).lower()}. {words.sentence(job.message)}"
    )
    found = db.session.scalars(select(Run).where(Run.job_id == job.id)).first()
    if found is not None:
        click.echo(f"Run {found.id}, digest {found.digest or 'none'}")
        for kind, actions in found.counts.get("plan", {}).items():
            for action, number in actions.items():
                some = f"{formats.number(number)} {words.counted_kind(kind, number)}"
                click.echo(f"  {some} {words.TO_DO.get(action, action)}")
    if job.state == JobState.FAILED:
        raise SystemExit(1)
