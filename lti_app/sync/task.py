"""The background work of a provisioning run: carry it out, and say in words how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from lti_app import clock
from lti_app.jobs.runner import Result, Task
from lti_app.lti import acting
from lti_app.models import Installation, JobState, Run, RunState, SisConnection
from lti_app.outbound.errors import OutboundError
from lti_app.runs.permit import (
    HANDED_OVER,
    NOBODY,
    ActingUserChanged,
    ActingUserGone,
    Confirming,
    Permit,
)
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reasons import NO_REASON, Reason, Told, because, other, several
from lti_app.school.run_kinds import WHOLE, RunKind
from lti_app.school.run_notes import RunNotes
from lti_app.schoology.port import Schoology
from lti_app.setup.checklist import NotReady, raise_if_not_ready
from lti_app.store import audit
from lti_app.sync.context import RunContext
from lti_app.sync.data_prep.counts import result_words as prep_words
from lti_app.sync.data_prep.job import prepare
from lti_app.sync.drift import job as drift_job
from lti_app.sync.ending import ProvisioningEnding
from lti_app.sync.ledger import start_or_resume
from lti_app.sync.result_words import result_words
from lti_app.sync.run import provision
from lti_app.vault import VaultError


@dataclass(frozen=True)
class Work:
    """What the runs of some kinds do, and how they say that they ended."""

    carry_out: Callable[[RunContext, Run], Run]
    words: Callable[[Run], tuple[JobState, Reason]]


_SYNC = Work(provision, result_words)
WORKS = {
    **dict.fromkeys((*WHOLE, RunKind.ONE, RunKind.UNDO), _SYNC),
    RunKind.DRIFT: Work(drift_job.check, drift_job.result_words),
    RunKind.PREP: Work(prepare, prep_words),
}
"""What a provisioning job does, by what its run covers."""


def run_provision(task: Task) -> Result:
    """Carry out one provisioning run from the job's row."""
    try:
        return _begun(task, ProvisioningEnding(task))
    except ActingUserChanged:
        return HANDED_OVER


def _begun(task: Task, before: ProvisioningEnding) -> Result:
    """Ask for what the run needs, and begin it; `before` is how the job ends that may not even begin."""
    request = task.request
    sends_nothing = request.plan_only or request.recover
    try:
        raise_if_not_ready(task.district, "plan" if sends_nothing else request.what)
        permit, schoology = _schoology_of_acting_user(task)
    except (NotReady, ActingUserGone, VaultError) as error:
        why = error.reason if isinstance(error, Told) else other(str(error))
        return before.fail(because(EndingCode.NOT_STARTED, why=why))
    except OutboundError as error:
        return before.pause(because(EndingCode.SCHOOLOGY_UNREACHABLE, why=error.reason), error.retry_after)
    run = start_or_resume(
        task.district,
        task.job_id,
        request.what,
        plan_only=request.plan_only,
        notes=RunNotes.of(request),
    )
    ending = ProvisioningEnding(task, permit)
    return ending.guard(lambda: _carried_out(task, run, Confirming(permit, schoology), ending))


def _schoology_of_acting_user(task: Task) -> tuple[Permit, Schoology]:
    """Schoology through the Acting User, confirmed through the API before anything is written."""
    acting_user = acting.acting_user(task.district)
    if acting_user is None:
        raise ActingUserGone(NOBODY)
    installation = task.session.get_one(Installation, task.installation_id)
    alone = task.request.what == RunKind.ONE
    schoology = task.wiring.schoology(installation, acting_user, patient=not alone)
    permit = Permit.of(task, acting_user)
    permit.confirm(schoology)
    return permit, schoology


def _carried_out(task: Task, run: Run, confirming: Confirming, ending: ProvisioningEnding) -> Result:
    installation = task.session.get_one(Installation, task.installation_id)
    connection = task.session.get_one(SisConnection, task.installation_id)
    context = RunContext(
        session=task.session,
        installation_id=task.installation_id,
        run_id=run.id,
        what=run.what,
        sis=task.wiring.sis(connection),
        schoology=confirming.schoology,
        progress=task.progress,
        today=_day(run, installation),
        wait=task.wiring.sleep,
        confirm=confirming,
        in_flight=task.wiring.in_flight,
        slowness=task.wiring.slowness(installation),
        keyed_hash=task.wiring.vault.keyed_hash,
    )
    if run.what == RunKind.ONE and not task.wiring.capabilities(connection).narrow:
        return ending.fail(because(EndingCode.CANNOT_NARROW))
    return _ended(task, work_on(context), installation)


def _ended(task: Task, run: Run, installation: Installation) -> Result:
    """How a run ended that came to its end."""
    if run.state in (RunState.FAILED, RunState.CANCELED):
        return Result(JobState(run.state), run.reason)
    if run.notes.recover and run.state == RunState.DONE:
        before, after = installation.paused_reason, Reason.from_json(run.notes.paused)
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
    rehearsed = run.notes.on if run.plan_only else ""
    return date.fromisoformat(rehearsed) if rehearsed else clock.today(installation.time_zone)


def _recovered(run: Run, paused: Reason) -> Reason:
    outcome = run.counts.get("outcome", {})
    found, strange = outcome.get("done", 0), outcome.get("failed", 0)
    return several(
        because(EndingCode.RECOVERED, count=found),
        because(EndingCode.RECOVERED_STRANGE, count=strange) if strange else NO_REASON,
        because(EndingCode.STAYS_PAUSED, why=paused) if paused else because(EndingCode.SYNCS_CONTINUE),
    )
