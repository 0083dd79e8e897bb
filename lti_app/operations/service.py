"""Whether the service as a whole works: the database's release, the keys, the scheduler, workers, the queue.

What is wrong with one district is in lti_app.operations.health.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from lti_app import clock, formats
from lti_app.jobs import lease, moment, order
from lti_app.jobs.distributed import WORKER
from lti_app.jobs.in_process import LEASE
from lti_app.models import Job, JobState, Lease
from lti_app.operations.restored import recognized
from lti_app.store import sealed, sqlite
from lti_app.vault import Vault

LONGEST_WAIT = timedelta(minutes=30)
"""A job that could run and hasn't been taken for so long needs someone to look at the workers."""
READ_ONLY = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'"
LEAST_FREE = 64 * 2**20
"""Bytes; with less room on the disk, the write-ahead log of SQLite can't grow as far as it may."""
LARGEST_SKEW = timedelta(seconds=60)
"""About as much as launches (iat and exp) and OAuth 1.0a timestamps tolerate."""
QUIET = timedelta(seconds=75)
"""A running job is heard of every 30 seconds."""
UNANSWERED = timedelta(seconds=60)
"""A request is answered within seconds. The heartbeats tell of one that isn't, so with these it is named
within two minutes."""


@dataclass(frozen=True)
class Check:
    """One thing that the service needs. `found` and `remedy` are for the host, in words."""

    name: str
    fine: bool
    found: str
    remedy: str = ""


class NotReady(Exception):
    """This process may not take jobs; the message is one line with the remedy."""


@dataclass(frozen=True)
class Service:
    """What the checks need to know about this process."""

    vault: Vault
    migrations: str
    """The folder with the migrations of this release."""
    distributed: bool


def checks(session: Session, service: Service) -> list[Check]:
    """What has to be right for the service to be ready, in the order in which to fix it."""
    first = fits(session, service)
    if not all(each.fine for each in first):
        return first
    return [*first, *store(session), scheduler(session), *([worker(session)] if service.distributed else [])]


def fits(session: Session, service: Service) -> list[Check]:
    """Whether this process fits its database: it has every migration, and the keys open what is sealed."""
    migrated = migrations(session, service.migrations)
    return [migrated, keys(session, service.vault)] if migrated.fine else [migrated]


def may_work(service: Callable[[], Service]) -> Callable[[Session], bool]:
    """The question that a runner asks before it takes a job; it looks whether the database went back."""
    look = recognized()

    def fitting(session: Session) -> bool:
        fine = all(each.fine for each in fits(session, service()))
        session.rollback()
        if fine:
            look(session)
        return fine

    return fitting


def newest_migration(folder: str) -> str:
    """The newest migration of this release."""
    return _revisions(folder)[0]


def knows(folder: str, revision: str) -> bool:
    """Whether a migration is one of this release."""
    return revision in _revisions(folder)


def raise_if_unfit(session: Session, service: Service) -> None:
    """Raises NotReady when this process may not take jobs."""
    for each in fits(session, service):
        if not each.fine:
            raise NotReady(f"{each.found}: {each.remedy}")


@cache
def _revisions(folder: str) -> tuple[str, ...]:
    """The migrations of this release, newest first. They don't change while a process runs."""
    return tuple(each.revision for each in ScriptDirectory(folder).walk_revisions())


def migrations(session: Session, folder: str) -> Check:
    """Whether the database is of this release: with all of its migrations and no others."""
    ours = _revisions(folder)
    present = MigrationContext.configure(session.connection()).get_current_revision()
    if present is None:
        return Check(
            "migrations", False, "the database has no tables yet", "run 'flask --app wsgi db upgrade'"
        )
    if present not in ours:
        words = f"the database is newer ({present}) than this release ({ours[0]})"
        return Check("migrations", False, words, "start the release that migrated it, or restore a backup")
    pending = ours.index(present)
    words = f"{pending} of {len(ours)} migrations are pending" if pending else f"migrations ({present})"
    return Check("migrations", not pending, words, "run 'flask --app wsgi db upgrade'")


def store(session: Session) -> list[Check]:
    """Whether the database takes changes. Of the disk of PostgreSQL, only PostgreSQL knows."""
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    file = sqlite.file_of(engine)
    if file is not None:
        return [_disk(file), _rights(file)]
    if not moment.is_by_server(session):
        return []
    closed = session.scalar(text(READ_ONLY))
    words = "PostgreSQL takes no changes" if closed else "PostgreSQL takes changes"
    return [Check("store", not closed, words, "it's a standby server or set to read only: see its address")]


def _disk(file: Path) -> Check:
    free = shutil.disk_usage(file.parent).free
    words = f"disk of the database ({formats.number(free // 10**6)} MB free)"
    return Check("disk", free >= LEAST_FREE, words, "make room: without it, nothing can be stored")


def _rights(file: Path) -> Check:
    fine = all(os.access(each, os.W_OK) for each in (file, file.parent))
    words = f"{file} and its folder must be writable for the app's user, and their disk not read only"
    return Check("store", fine, "the database file can be written" if fine else "read-only database", words)


def keys(session: Session, vault: Vault) -> Check:
    """Whether LTI_APP_SECRET_KEYS fit the database."""
    fine = sealed.opens_one(session, vault)
    words = "keys open the stored secrets" if fine else "LTI_APP_SECRET_KEYS doesn't open the stored secrets"
    remedy = "set the keys that were in use when they were stored; the former ones go at the end of the list"
    return Check("keys", fine, words, remedy)


def scheduler(session: Session) -> Check:
    """Whether a process runs the scheduler."""
    fine, words = _heard_of(session, "scheduler", "scheduler")
    return Check("scheduler", fine, words, "no web process is running it: start the app with gunicorn")


def worker(session: Session) -> Check:
    """Whether a worker runs jobs. Only where workers are processes of their own."""
    fine, words = _heard_of(session, WORKER, "worker")
    return Check("worker", fine, words, "start one with 'flask --app wsgi jobs worker'")


def _heard_of(session: Session, name: str, what: str) -> tuple[bool, str]:
    found = session.get(Lease, name, populate_existing=True)
    if found is None:
        return False, f"{what}, never heard of"
    fine = lease.runs(session, name)
    return fine, what if fine else f"{what}, last heard of {ago(found.expires_at - LEASE)} ago"


def waiting(session: Session) -> Check:
    """The job that could run and has waited longest."""
    ids = order.queued_ids(session)
    oldest = session.scalars(select(Job).where(Job.id.in_(ids)).order_by(Job.id).limit(1)).first()
    if oldest is None:
        return Check("queue", True, "queue (no job waits)")
    since = max(each for each in (oldest.created_at, oldest.resume_at) if each is not None)
    words = f"queue ({len(ids)} waiting, the oldest, job {oldest.id}, for {ago(since)})"
    fine = since > clock.now() - LONGEST_WAIT
    return Check("queue", fine, words, "see whether web processes and workers run, and what 'jobs list' says")


def stalled(session: Session) -> list[Check]:
    """What doesn't move though the service works: jobs whose request gets no answer, jobs without a
    heartbeat, and a queue that no one serves. Each says since when, and what happens next."""
    silent = Job.heartbeat_at < moment.now(session, -QUIET)
    unanswered = Job.unanswered_since < moment.now(session, -UNANSWERED)
    found = select(Job).where(Job.state == JobState.RUNNING, silent | unanswered).order_by(Job.id)
    return [each for each in (waiting(session), *clocks(session)) if not each.fine] + [
        _silent(job) if job.unanswered_since is None else _unanswered(job) for job in session.scalars(found)
    ]


def clocks(session: Session) -> list[Check]:
    """Whether this machine's clock is that of PostgreSQL, which the other machines share."""
    if not moment.is_by_server(session):
        return []
    theirs = session.scalar(select(moment.by_server()))
    assert theirs is not None
    off = abs((clock.now() - theirs).total_seconds())
    words = f"this machine's clock differs by {formats.duration(off)} from PostgreSQL's"
    fine = off <= LARGEST_SKEW.total_seconds()
    return [
        Check("clocks", fine, words, "set both clocks (NTP); launches and signatures need the right time")
    ]


def _unanswered(job: Job) -> Check:
    assert job.unanswered_since is not None
    words = f"{_named(job)} has waited for an answer from {job.unanswered_by} for {ago(job.unanswered_since)}"
    remedy = "see whether that system works; the call ends after 5 minutes, and the job tries again"
    return Check("answers", False, words, remedy)


def _silent(job: Job) -> Check:
    since = f" for {ago(job.heartbeat_at)}" if job.heartbeat_at else ""
    words = f"{_named(job)} has had no heartbeat{since}"
    remedy = "see whether its process runs; after 90 seconds, another one continues the job"
    return Check("heartbeats", False, words, remedy)


def _named(job: Job) -> str:
    return f"job {job.id} of installation {job.installation_id}"


def ago(since: datetime) -> str:
    """How long ago a moment was, such as 5 min."""
    return formats.duration(max((clock.now() - since).total_seconds(), 0))
