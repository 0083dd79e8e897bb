"""The background work of a provisioning run: carry it out, and say in words how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from lti_app import clock
from lti_app.jobs.runner import JobCancelled, Result, Task
from lti_app.lti import acting
from lti_app.models import Installation, Job, JobState, Run, RunState, SisConnection
from lti_app.outbound.errors import OutboundError, Refused, ToDo, Transient
from lti_app.runs.ledger import unfinished
from lti_app.runs.permit import (
    HANDED_OVER,
    NOBODY,
    ActingUserChanged,
    ActingUserGone,
    Confirming,
    Paused,
    Permit,
)
from lti_app.school.run_kinds import WHOLE, RunKind
from lti_app.schoology.port import Schoology
from lti_app.setup.checklist import NotReady, raise_if_not_ready
from lti_app.sis.errors import SisError
from lti_app.store import audit
from lti_app.sync.apply.send import SchoologyDown
from lti_app.sync.context import RunContext
from lti_app.sync.data_prep.counts import result_words as prep_words
from lti_app.sync.data_prep.job import prepare
from lti_app.sync.drift import job as drift_job
from lti_app.sync.ledger import start_or_resume, stop
from lti_app.sync.result_words import result_words
from lti_app.sync.run import provision
from lti_app.vault import VaultError

CHECKPOINTS = ("undo_of", "only", "recover", "paused", "on", "step")
"""What a job's parameters tell its run."""
PAUSES = 6
"""So often an outage may pause a job before it gives up: after 5, 10, 20, 40, 60 and 60 minutes."""
CANNOT_NARROW = "This SIS can’t look up one record at a time. Run a full sync instead."
LONGEST_PAUSE = 24 * 60
"""Minutes: a server that asks to wait longer is asked again after a day."""


@dataclass(frozen=True)
class Work:
    """What the runs of some kinds do, and how they say that they ended."""

    carry_out: Callable[[RunContext, Run], Run]
    words: Callable[[Run], tuple[JobState, str]]


_SYNC = Work(provision, result_words)
WORKS = {
    **dict.fromkeys((*WHOLE, RunKind.ONE, RunKind.UNDO), _SYNC),
    RunKind.DRIFT: Work(drift_job.check, drift_job.result_words),
    RunKind.PREP: Work(prepare, prep_words),
}
"""What a provisioning job does, by what its run covers."""


def run_provision(task: Task) -> Result:
    """Carry out one provisioning run from the job's row."""
    what = str(task.params.get("what", "all"))
    plan_only = bool(task.params.get("plan_only"))
    sends_nothing = plan_only or bool(task.params.get("recover"))
    try:
        raise_if_not_ready(task.district, "plan" if sends_nothing else what)
        permit, schoology = _schoology_of_acting_user(task)
    except ActingUserChanged:
        return HANDED_OVER
    except (NotReady, ActingUserGone, VaultError) as error:
        return _refused(task, f"Not started: {error}")
    except OutboundError as error:
        return _paused(task, f"Schoology could not be reached: {error.message}", error.retry_after)
    run = start_or_resume(
        task.district,
        task.job_id,
        what,
        plan_only=plan_only,
        checkpoint={name: task.params[name] for name in CHECKPOINTS if name in task.params},
    )
    try:
        return _carry_out(task, run, permit, schoology)
    except ActingUserChanged:
        return HANDED_OVER
    except VaultError as error:
        return _failed(task, run, str(error))


def _schoology_of_acting_user(task: Task) -> tuple[Permit, Schoology]:
    """Schoology through the Acting User, confirmed through the API before anything is written."""
    acting_user = acting.acting_user(task.district)
    if acting_user is None:
        raise ActingUserGone(NOBODY)
    installation = task.session.get_one(Installation, task.installation_id)
    alone = task.params.get("what") == RunKind.ONE
    schoology = task.wiring.schoology(installation, acting_user, patient=not alone)
    permit = Permit.of(task, acting_user)
    permit.confirm(schoology)
    return permit, schoology


def _carry_out(task: Task, run: Run, permit: Permit, schoology: Schoology) -> Result:
    installation = task.session.get_one(Installation, task.installation_id)
    connection = task.session.get_one(SisConnection, task.installation_id)
    context = RunContext(
        session=task.session,
        installation_id=task.installation_id,
        run_id=run.id,
        what=run.what,
        sis=task.wiring.sis(connection),
        schoology=schoology,
        progress=task.progress,
        today=_day(run, installation),
        wait=task.wiring.sleep,
        confirm=Confirming(permit, schoology),
        in_flight=task.wiring.in_flight,
        slowness=task.wiring.slowness(installation),
    )
    if run.what == RunKind.ONE and not context.sis.reads_one_record:
        return _failed(task, run, CANNOT_NARROW)
    try:
        run = work_on(context)
    except JobCancelled:
        stop(task.session, run.id, RunState.CANCELLED, "Cancelled by hand between two batches.")
        raise
    except SisError as error:
        said = f"The SIS could not be read, nothing was dropped: {error}"
        if error.to_do is ToDo.WAIT:
            return _paused(task, said, error.retry_after)
        failed = _failed(task, run, said)
        if error.to_do is ToDo.ASK_ADMINISTRATOR:
            task.session.get_one(SisConnection, task.installation_id).problem = str(error)
            task.session.commit()
        return failed
    except Refused:
        return _failed(task, run, permit.note(acting.PERMISSION_VOID))
    except (ActingUserGone, Paused) as error:
        return _stopped_between(task, run, error)
    except (Transient, SchoologyDown) as error:
        said = f"Schoology stopped answering. What had been sent was kept. ({error})"
        return _paused(task, said, error.retry_after)
    except OutboundError as error:
        return _failed(task, run, f"Schoology answered what the app does not understand: {error.message}")
    return _ending(task, run, installation)


def _ending(task: Task, run: Run, installation: Installation) -> Result:
    """How a run ended that came to its end."""
    if run.state in (RunState.FAILED, RunState.CANCELLED):
        return Result(JobState(run.state), run.reason)
    if run.checkpoint.get("recover") and run.state == RunState.DONE:
        before, after = installation.paused_reason, str(run.checkpoint.get("paused", ""))
        audit.record(task.district, audit.THE_APP, audit.PAUSE, old=before, new=after)
        installation.paused_reason = after
        task.session.commit()
        return Result(JobState.DONE, _recovered(run, after))
    return Result(*WORKS[RunKind(run.what)].words(run))


def work_on(context: RunContext) -> Run:
    """Carry a run from where it stands to its end; one that is over stays as it is."""
    run = context.session.get_one(Run, context.run_id)
    return run if run.finished_at is not None else WORKS[RunKind(run.what)].carry_out(context, run)


def _day(run: Run, installation: Installation) -> date:
    """Today where the district is; a rehearsal plans for a day of its own."""
    rehearsed = str(run.checkpoint.get("on", "")) if run.plan_only else ""
    return date.fromisoformat(rehearsed) if rehearsed else clock.today(installation.time_zone)


def _recovered(run: Run, paused: str) -> str:
    outcome = run.counts.get("outcome", {})
    found, strange = outcome.get("done", 0), outcome.get("failed", 0)
    words = f"{found} objects that the restored database did not know were found in Schoology again."
    if strange:
        words += f" {strange} read otherwise than the SIS says: pair them in Data Prep."
    if paused:
        return f"{words} Syncing stays paused as it was before: {paused}"
    return f"{words} Syncs go on as usual."


def _paused(task: Task, reason: str, retry_after: float | None = None) -> Result:
    """An outage: the job waits and goes on where it stood, a few times, before it gives up.

    A server that asks for a longer wait gets it, up to a day. The sync of one record does not wait.
    """
    task.session.rollback()
    if task.params.get("what") == RunKind.ONE:  # somebody stands by, and what was read ages
        return _refused(task, f"{reason} Try again in a few minutes; the next sync does it in any case.")
    job = task.session.get_one(Job, task.job_id)
    if job.pauses >= PAUSES or task.params.get("plan_only"):
        return _refused(task, f"{reason} The next sync does the rest.")
    asked = min(ceil((retry_after or 0.0) / 60), LONGEST_PAUSE)
    minutes = max(min(5 * 2**job.pauses, 60), asked)
    later = clock.now() + timedelta(minutes=minutes)
    return Result(
        JobState.QUEUED, f"{reason} Paused: it goes on by itself in {minutes} minutes.", resume_at=later
    )


def _refused(task: Task, reason: str) -> Result:
    """The job cannot go on; a run that an earlier attempt left open is closed with it."""
    run = unfinished(task.session, task.job_id)
    if run is not None:
        stop(task.session, run.id, RunState.FAILED, reason)
    return Result(JobState.FAILED, reason)


def _failed(task: Task, run: Run, reason: str) -> Result:
    stop(task.session, run.id, RunState.FAILED, reason)
    return Result(JobState.FAILED, reason)


def _stopped_between(task: Task, run: Run, why: ActingUserGone | Paused) -> Result:
    if isinstance(why, ActingUserGone):
        return _failed(task, run, f"Stopped before the next change: {why}")
    reason = f"Stopped before the next change, because syncing was paused: {why}"
    stop(task.session, run.id, RunState.CANCELLED, reason)
    return Result(JobState.CANCELLED, f"{reason} What had been sent was kept; the next sync does the rest.")
