"""flask jobs: list the queue and run jobs."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import func, select

from lti_app import formats
from lti_app.cli.typed import ID
from lti_app.extensions import db
from lti_app.formats import counted
from lti_app.jobs.order import queued_ids
from lti_app.jobs.places import WORKERS
from lti_app.models import Installation, Job, Run
from lti_app.operations import service
from lti_app.runs import words
from lti_app.runs.words.jobs import job_title

group = AppGroup("jobs", help="List the queue and run jobs.")


@group.command("list")
@click.option("--limit", type=ID, default=20, show_default=True, help="How many of the newest jobs to list.")
def list_jobs(limit: int) -> None:
    """Print the newest jobs: ID, installation, kind, state, progress, who started them, when (UTC), and the
    run that 'sync show' takes."""
    run = select(func.max(Run.id)).where(Run.job_id == Job.id).correlate(Job).scalar_subquery()
    columns = (Job, Installation.name, run)
    rows = db.session.execute(select(*columns).join(Installation).order_by(Job.id.desc()).limit(limit)).all()
    if not rows:
        click.echo("There are no jobs yet.")
    for job, name, run_id in rows:
        progress = f"{job.done}/{job.total}" if job.total else "-"
        said = words.sentence(job.message)
        click.echo(
            f"{job.id}\t{name}\t{job_title(job)}\t{words.STATES.get(job.state, job.state)}\t"
            f"{progress}\t{words.TRIGGERS.get(job.trigger, job.trigger)}, {job.asked_by}\t{_when(job)}\t"
            f"{f'run {run_id}' if run_id else '-'}\t{said}"
        )


def _when(job: Job) -> str:
    """When it was queued, began, and ended, as far as it did."""
    times = (job.created_at, job.started_at, job.finished_at)
    return " → ".join(formats.moment(each, "UTC") for each in times if each is not None)


@group.command("worker")
@click.option(
    "--concurrency", default=WORKERS, show_default=True, help="Jobs per lane that run at the same time."
)
def worker(concurrency: int) -> None:
    """Run the jobs in the queue, then stop. With LTI_APP_TASKS=procrastinate, run until stopped."""
    _raise_if_unable()
    runner = current_app.extensions["runner"]
    if current_app.extensions["wiring"].settings.distributed:
        click.echo("Waiting for jobs. Press Ctrl-C to stop; running jobs go back to the queue.")
        runner.work(concurrency)
        return
    ran = 0
    while waiting := queued_ids(db.session):
        db.session.rollback()
        now = sum(runner.run_now(job_id) for job_id in waiting)
        if not now:
            raise click.ClickException(
                f"{counted(len(waiting), 'job')} in the queue can't start now: another job of the district "
                "is running, or another process took it. See 'jobs list'."
            )
        ran += now
    click.echo(f"Ran {ran} {'job' if ran == 1 else 'jobs'}. The queue is empty.")


def _raise_if_unable() -> None:
    """Raises ClickException when this process couldn't run a job."""
    try:
        service.raise_if_unfit(db.session, current_app.extensions["service"]())
    except service.NotReady as error:
        raise click.ClickException(str(error)) from error
    finally:
        db.session.rollback()
    distributed = current_app.extensions["wiring"].settings.distributed
    if distributed and not current_app.extensions["runner"].has_tables():
        raise click.ClickException(
            "The task engine has no tables yet: run 'flask --app wsgi jobs prepare' first."
        )


@group.command("prepare")
def prepare() -> None:
    """Create the tables of the task engine in PostgreSQL. Run once, with LTI_APP_TASKS=procrastinate."""
    if not current_app.extensions["wiring"].settings.distributed:
        raise click.ClickException("There is nothing to prepare, because LTI_APP_TASKS is in-process.")
    made = current_app.extensions["runner"].prepare()
    click.echo("The tables of the task engine were created." if made else "The tables already exist.")
