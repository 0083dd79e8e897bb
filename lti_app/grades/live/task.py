"""The background work of live sync: a section's changes, the look before it is turned on, and sweeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app.grades import doubt, ledger
from lti_app.grades.context import GradeContext
from lti_app.grades.live import dispatch, preview, registration
from lti_app.grades.live.job import done_words, live_push
from lti_app.grades.live.registration import Registrar
from lti_app.grades.live.sweep import OFTEN, WHOLE, begin, count_repairs, sweep, told_after_all
from lti_app.grades.live.trip import OFF
from lti_app.grades.rows import live
from lti_app.grades.rows.section import settings_row
from lti_app.grades.task import guarded
from lti_app.jobs import lease, queue
from lti_app.jobs.runner import Connections, Result, Task
from lti_app.models import Installation, Job, JobState, LiveSync, SisConnection, SyncOptions
from lti_app.school.ending_codes import EndingCode
from lti_app.school.job_request import JobRequest
from lti_app.school.reasons import NO_REASON, because, several
from lti_app.school.run_kinds import RunKind
from lti_app.store.district import District

SWEEP, PREVIEW, CONFIRM = "live-sweep", "live-preview", "live-confirm"
"""The kinds of three jobs, and their lanes."""


def run_live(task: Task) -> Result:
    """Send what changed in a section. Its events are taken first: a job that must not begin owes the rest."""
    section_id = task.session.get_one(Job, task.job_id).section_id
    section = live.live_section(task.district, section_id)
    if live.take_events(task.session, section):
        job = task.session.get_one(Job, task.job_id)
        job.request = replace(job.request, told=True)  # also for the attempt after a pause
        task.session.commit()
    result = guarded(task, lambda context: _lived(context, task))
    if result.message == OFF:  # no trouble of the course
        settings_row(task.district, section_id).problem = NO_REASON
        task.session.commit()
    return result


def _lived(context: GradeContext, task: Task) -> Result:
    session, sweep_id = task.session, task.request.sweep
    done = live_push(context, task.job_id, whole=task.request.whole)
    if sweep_id and session.get_one(Job, task.job_id).request.told:
        told_after_all(District(session, task.installation_id), sweep_id)
    elif sweep_id:
        count_repairs(District(session, task.installation_id), sweep_id, ledger.sent_by(session, task.job_id))
    return Result(JobState.DONE_WITH_PROBLEMS if done.troubled else JobState.DONE, done_words(done))


def run_sweep(task: Task) -> Result:
    """Compare sections with what events told, and queue a job for each that differs."""
    return guarded(task, lambda context: _swept(context, task), patient=True)


def _swept(context: GradeContext, task: Task) -> Result:
    if not live.is_on(task.district):
        return Result(JobState.DONE, because(EndingCode.SWEEP_OFF))
    row = begin(task.district, task.request.whole)
    sweep(context, row)
    unread = because(EndingCode.SWEEP_UNREAD, count=row.unread) if row.unread else NO_REASON
    words = several(because(EndingCode.SWEEP_DONE, compared=row.compared, differed=row.differed), unread)
    return Result(JobState.DONE_WITH_PROBLEMS if row.unread else JobState.DONE, words)


def run_preview(task: Task) -> Result:
    """Look at every section that is set up, and note what would be sent."""
    return guarded(task, lambda context: _previewed(context, task), patient=True)


def _previewed(context: GradeContext, task: Task) -> Result:
    job = task.session.get_one(Job, task.job_id)
    try:
        looked, failed = preview.look_at_all(context, job.created_at)
    except preview.IsOn:
        return Result(JobState.DONE, because(EndingCode.LIVE_ON_ALREADY))
    missed = because(EndingCode.LIVE_NOT_LOOKED, count=failed) if failed else NO_REASON
    words = several(because(EndingCode.LIVE_LOOKED, count=looked), missed)
    return Result(JobState.DONE_WITH_PROBLEMS if failed else JobState.DONE, words)


def run_confirm(task: Task) -> Result:
    """Have Schoology confirm what live sync needs, and remove there what was left behind."""
    return guarded(task, lambda context: _confirmed(context, task), patient=True)


def _confirmed(context: GradeContext, task: Task) -> Result:
    if not live.is_on(task.district):
        done = registration.leave(task.district, context.schoology)
        return Result(JobState.DONE, because(EndingCode.LIVE_LEFT if done else EndingCode.LIVE_NOT_LEFT))
    vault, url = task.wiring.vault, task.wiring.public_url
    registrar = Registrar(task.session, task.installation_id, context.schoology, vault.seal, vault.open, url)
    registrar.confirm()
    problem = live.live_sync(task.district).problem
    return Result(
        JobState.DONE_WITH_PROBLEMS if problem else JobState.DONE,
        problem or because(EndingCode.LIVE_CONFIRMED),
    )


def after_sweep(session: Session, job: Job) -> list[int]:
    """The jobs that have their turn when a sweep is over: what it found."""
    return dispatch.queued(District(session, job.installation_id)) if job.kind == SWEEP else []


DAILY = timedelta(hours=24)
WHOLE_SWEEP = "live-sweep-whole-{}"
"""The lease of an installation's daily sweep of every course."""


def queue_confirmations(session: Session, _wiring: Connections) -> None:
    """Once a day for each district with live sync; hourly while Schoology still has what is to go."""
    mine = select(LiveSync).join(Installation, Installation.id == LiveSync.installation_id)
    for row in session.scalars(mine.where(Installation.paused_reason == NO_REASON)).all():
        every = DAILY if row.secret_hash else timedelta(hours=1)
        wanted = bool(row.secret_hash or row.leftovers)
        if wanted and lease.is_due(session, f"live-confirm-{row.installation_id}", every):
            queue.enqueue(
                District(session, row.installation_id),
                CONFIRM,
                params=JobRequest(what=RunKind.LIVE_CONFIRM),
                trigger="scheduled",
                asked_by="the app",
                lane=CONFIRM,
            )
            session.commit()


def queue_sweeps(session: Session, _wiring: Connections) -> None:
    """Queue the sweeps that are due: everything once a day, what was active every quarter of an hour."""
    installations = session.scalars(
        select(SyncOptions.installation_id)
        .join(Installation, Installation.id == SyncOptions.installation_id)
        .outerjoin(SisConnection, SisConnection.installation_id == SyncOptions.installation_id)
        .where(
            SyncOptions.live_grades.is_(True),
            Installation.paused_reason == NO_REASON,
            func.coalesce(SisConnection.gradebook_problem, "") == "",
        )
    ).all()
    for each in installations:
        if doubt.find(District(session, each)) is not None:
            continue
        often = lease.is_due(session, f"live-sweep-{each}", OFTEN)
        if lease.is_due(session, WHOLE_SWEEP.format(each), WHOLE):
            ask_for_sweep(District(session, each), whole=True)
        elif often:
            ask_for_sweep(District(session, each), whole=False)


def ask_for_sweep(district: District, *, whole: bool, asked_by: str = "the app") -> int:
    """Queue a sweep, or join the one that is there; its job. Commits.

    One of every course that finds a smaller one is asked for again at the next tick.
    """
    asked = queue.enqueue(
        district,
        SWEEP,
        params=JobRequest(what=RunKind.SWEEP, whole=whole),
        trigger="scheduled",
        asked_by=asked_by,
        lane=SWEEP,
    )
    job_id = asked.job.id
    district.session.commit()
    if whole and asked.joined and not asked.job.request.whole:
        lease.is_due_again(district.session, WHOLE_SWEEP.format(district.id))
    return job_id
