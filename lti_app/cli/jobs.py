"""flask jobs: the queue, and a worker for it."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from lti_app.extensions import db
from lti_app.jobs.in_process import WORKERS
from lti_app.jobs.queue import queued_ids
from lti_app.models import Installation, Job
from lti_app.runs import words
from lti_app.runs.words.jobs import job_title

group = AppGroup("jobs", help="Look at the queue and work on it.")


@group.command("list")
@click.option("--limit", default=20, show_default=True, help="How many of the newest jobs.")
def list_jobs(limit: int) -> None:
    """Print the newest jobs: id, installation, kind, state, progress, who asked."""
    rows = db.session.execute(
        select(Job, Installation.name).join(Installation).order_by(Job.id.desc()).limit(limit)
    ).all()
    if not rows:
        click.echo("No job has been asked for yet.")
    for job, name in rows:
        progress = f"{job.done}/{job.total}" if job.total else "-"
        click.echo(
            f"{job.id}\t{name}\t{job_title(job)}\t{words.STATES.get(job.state, job.state)}\t"
            f"{progress}\t{words.TRIGGERS.get(job.trigger, job.trigger)}, {job.asked_by}\t{job.message}"
        )


@group.command("worker")
@click.option("--concurrency", default=WORKERS, show_default=True, help="Jobs of a lane at the same time.")
def worker(concurrency: int) -> None:
    """Run what waits. With LTI_APP_TASKS=procrastinate until it is stopped; otherwise once, then stop."""
    runner = current_app.extensions["runner"]
    if current_app.extensions["wiring"].settings.distributed:
        click.echo("Waiting for jobs. Ctrl-C stops; what is under way goes back to the queue.")
        runner.work(concurrency)
        return
    ran = 0
    while waiting := queued_ids(db.session):
        db.session.rollback()
        ran += sum(runner.run_now(job_id) for job_id in waiting)
    click.echo(f"{ran} jobs run; the queue is empty.")


@group.command("prepare")
def prepare() -> None:
    """Make the tables of the task engine in PostgreSQL; needed once, with LTI_APP_TASKS=procrastinate."""
    if not current_app.extensions["wiring"].settings.distributed:
        raise click.ClickException("Nothing to prepare: LTI_APP_TASKS is in-process.")
    made = current_app.extensions["runner"].prepare()
    click.echo("The tables of the task engine were made." if made else "The tables were there already.")
