"""The index of background work: job kind → short function; and what happens by itself."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.grades import parked, wishes
from lti_app.grades.categories.ask import looks_after
from lti_app.grades.categories.job import run_categories
from lti_app.grades.live.dispatch import dispatch
from lti_app.grades.live.task import (
    after_sweep,
    queue_confirmations,
    queue_sweeps,
    run_confirm,
    run_live,
    run_preview,
    run_sweep,
)
from lti_app.grades.task import run_grades, run_look
from lti_app.jobs import lease, queue
from lti_app.jobs.failures import log_and_continue
from lti_app.jobs.runner import Connections, TaskIndex
from lti_app.models import Installation, Job
from lti_app.operations import alerts, teacher_digest
from lti_app.operations.due_syncs import queue_due
from lti_app.operations.prune import prune
from lti_app.operations.restored import note_epoch
from lti_app.school.job_request import JobRequest
from lti_app.school.run_kinds import RunKind
from lti_app.setup.checklist import NotReady, raise_if_not_ready
from lti_app.store import links
from lti_app.store.district import District
from lti_app.sync.apply.after_restore import RESTORED, ask_to_find_again
from lti_app.sync.task import run_provision


def queue_scheduled(session: Session, _wiring: Connections) -> None:
    """Queue the scheduled syncs that are due."""
    queue_due(session)


def send_alerts(session: Session, wiring: Connections) -> None:
    """Write to those who look after a district what began and what ended."""
    alerts.watch(session, wiring.mailer)


def send_teacher_digests(session: Session, wiring: Connections) -> None:
    """Email teachers what waits for them, once a school day."""
    teacher_digest.send_digests(session, wiring.mailer)


def prune_daily(session: Session, _wiring: Connections) -> None:
    """Forget what is old, once a day."""
    if lease.is_due(session, "prune", timedelta(days=1)):
        prune(session)


def check_drift_weekly(session: Session, _wiring: Connections) -> None:
    """Queue a look at what was changed in Schoology, once a week for each district that syncs."""
    for installation_id in session.scalars(select(Installation.id).order_by(Installation.id)).all():
        with log_and_continue(session, f"the weekly check of installation {installation_id}"):
            _check_drift(District(session, installation_id))


def _check_drift(district: District) -> None:
    """A district that is busy or not ready just now has its turn later, not next week."""
    name = f"drift-{district.id}"
    if not lease.is_due(district.session, name, timedelta(days=7)):
        return
    if not _may_look(district):
        lease.is_due_again(district.session, name)
        return
    params = JobRequest(what=RunKind.DRIFT)
    queue.enqueue(district, "provision", params=params, trigger="scheduled", asked_by="the app")
    district.session.commit()


def _may_look(district: District) -> bool:
    if queue.active_job(district) or links.read.last_change(district) is None:
        return False
    try:
        raise_if_not_ready(district, "drift")
    except NotReady:
        return False
    return True


def keep_epoch(session: Session, _wiring: Connections) -> None:
    """Let the database come one step further, so that one that went back is recognized."""
    note_epoch(session)


def find_links_again(session: Session, _wiring: Connections) -> None:
    """Ask again, once an hour, where the look after a restored backup came to nothing."""
    restored = select(Installation).where(Installation.paused_reason == RESTORED)
    for each in session.scalars(restored.order_by(Installation.id)).all():
        if lease.is_due(session, f"restored-{each.id}", timedelta(hours=1)):
            ask_to_find_again(session, each, asked_by="the app")
            session.commit()


def hand_out_wishes(session: Session, _wiring: Connections) -> None:
    """Queue what was asked for while a job of its section ran that died."""
    wishes.hand_out(session)


def resume_parked(session: Session, _wiring: Connections) -> None:
    """Let teachers' syncs go on that waited for an administrator, where nothing refuses them anymore."""
    parked.resume_all(session)


def after_job(session: Session, job: Job) -> list[int]:
    """The jobs whose turn comes when one is over: what a sweep found, what was asked for in between."""
    following = wishes.hand_out(session, District(session, job.installation_id), job.section_id)
    looks = looks_after(District(session, job.installation_id), job)
    return [*following, *looks, *after_sweep(session, job)]


def hand_out_events(session: Session, _wiring: Connections) -> None:
    """Queue jobs for events that no one was told of, because the process died that had stored them."""
    dispatch(session)


PERIODIC = (
    keep_epoch,
    queue_scheduled,
    prune_daily,
    check_drift_weekly,
    find_links_again,
    send_alerts,
    send_teacher_digests,
    hand_out_wishes,
    resume_parked,
    hand_out_events,
    queue_sweeps,
    queue_confirmations,
)
TASKS: TaskIndex = {
    "provision": run_provision,
    "grades": run_grades,
    "grades-look": run_look,
    "live": run_live,
    "live-preview": run_preview,
    "live-sweep": run_sweep,
    "live-confirm": run_confirm,
    "categories": run_categories,
}
__all__ = ["PERIODIC", "TASKS", "after_job"]
