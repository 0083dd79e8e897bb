"""The background work of one section's grades: look, push, remove. One job of each lane per section."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from math import ceil

from sqlalchemy import select

from lti_app import clock
from lti_app.grades import ledger, put_back
from lti_app.grades.context import SENDING, GradeContext
from lti_app.grades.outcome_words import pushed_words, put_back_words, removed_words
from lti_app.grades.push import Pushed, PushRequest, push
from lti_app.grades.put_back import put_back_assignment, put_back_score
from lti_app.grades.refresh import refresh
from lti_app.grades.remove import remove_gone
from lti_app.grades.rows.section import NoGrades, policy_of, settings_row
from lti_app.jobs.runner import JobCancelled, Result, Task
from lti_app.lti import acting
from lti_app.models import Installation, Job, JobState, Run, RunState, SisConnection
from lti_app.outbound.errors import OutboundError, Refused, ToDo, Transient
from lti_app.runs.permit import CONFIRM_EVERY, HANDED_OVER, ActingUserChanged, ActingUserGone, Permit
from lti_app.sis.errors import SisError
from lti_app.vault import VaultError

LONGEST_PAUSE = 24 * 60
"""Minutes: a server that asks to wait longer is asked again after a day."""
PAUSES = 6
"""So often an outage may pause a job before it gives up: after 1, 2, 4, 8, 16 and 32 minutes."""
ADMIN = "Tell your district’s administrator of this app; nothing was lost, and you need not do anything else."
NO_ACCESS = f"The app cannot reach Schoology or the SIS for your district at present. {ADMIN}"
PAUSED = f"Syncing is paused for your district. {ADMIN}"


def run_look(task: Task) -> Result:
    """Read both sides of a section and keep what the pages show."""
    return guarded(task, _refreshed)


def _refreshed(context: GradeContext) -> Result:
    refresh(context)
    return Result(JobState.DONE, "Both gradebooks were read.")


def run_grades(task: Task) -> Result:
    """Send what differs, or remove or put back what was asked for."""
    if task.params.get("remove"):
        return guarded(task, lambda context: _removed(context, task))
    if task.params.get("put_back"):
        which = (task.params["put_back"]["item"], task.params["put_back"]["student"])
        return guarded(task, lambda context: _put_back(lambda: put_back_score(context, task.job_id, *which)))
    if task.params.get("put_back_assignment"):
        removed_id = int(task.params["put_back_assignment"])
        return guarded(
            task, lambda context: _put_back(lambda: put_back_assignment(context, task.job_id, removed_id))
        )
    return guarded(
        task, lambda context: _pushed(push(context, task.job_id, PushRequest.from_params(task.params)))
    )


def _pushed(done: Pushed) -> Result:
    state = JobState.DONE if done.run.state == RunState.DONE else JobState.DONE_WITH_PROBLEMS
    return Result(state, pushed_words(done.tally, done.on_trial))


def _removed(context: GradeContext, task: Task) -> Result:
    run = remove_gone(context, task.job_id, task.params["remove"])
    state = JobState.DONE if run.state == RunState.DONE else JobState.DONE_WITH_PROBLEMS
    return Result(state, removed_words(run))


def _put_back(work: Callable[[], Run]) -> Result:
    try:
        run = work()
    except put_back.Over:
        return Result(JobState.DONE, put_back.OVER)
    state = JobState.DONE if run.state == RunState.DONE else JobState.DONE_WITH_PROBLEMS
    return Result(state, put_back_words(run))


def guarded(task: Task, work: Callable[[GradeContext], Result], *, patient: bool = False) -> Result:
    """Do the work; every way in which the outside can fail becomes words for the teacher."""
    try:
        return work(context_of(task, patient=patient))
    except JobCancelled:
        _close(task, RunState.CANCELLED, "Cancelled by hand between two items.")
        raise
    except NoGrades as error:
        return _ended(task, str(error))
    except (ActingUserGone, VaultError):
        return _ended(task, NO_ACCESS)
    except ActingUserChanged:
        return HANDED_OVER
    except SisError as error:
        if error.to_do is ToDo.WAIT:
            return _paused(task, "The SIS does not answer at present.", error.retry_after)
        return _refused_by_sis(task, error)
    except Transient as error:
        return _paused(task, "Schoology does not answer at present.", error.retry_after)
    except Refused:
        return _refused_by_schoology(task)
    except OutboundError:
        return _ended(task, f"Schoology answered what the app does not understand. {ADMIN}")


def context_of(task: Task, *, patient: bool = False) -> GradeContext:
    """The tools of the job's section; `patient` for work that nobody waits for.

    Raises NoGrades when the installation may not work at all, and ActingUserGone or ActingUserChanged when
    the Acting User may not.
    """
    district = task.district
    installation = district.session.get_one(Installation, district.id)
    connection = district.session.get(SisConnection, district.id)
    acting_user = acting.acting_user(district)
    if installation.paused_reason:
        raise NoGrades(PAUSED)
    if connection is None or acting_user is None or acting_user.problem or connection.problem:
        raise NoGrades(NO_ACCESS)
    schoology = task.wiring.schoology(installation, acting_user, patient=patient)
    if clock.now() - acting_user.checked_at >= CONFIRM_EVERY:
        Permit.of(task, acting_user).confirm(schoology)
    return GradeContext(
        session=district.session,
        installation_id=district.id,
        section_id=district.session.get_one(Job, task.job_id).section_id,
        sis=task.wiring.sis(connection),
        schoology=schoology,
        today=clock.today(installation.time_zone),
        zone=installation.time_zone,
        account_zone=acting_user.time_zone,
        policy=policy_of(district),
        report=_reporting(task),
    )


def _reporting(task: Task) -> Callable[[str, int, int], None]:
    """Tells how far the job is; raises NoGrades before something is sent while the district is paused."""

    def report(phase: str, done: int, total: int) -> None:
        task.progress.report(phase, done, total)
        if phase != SENDING or done >= total:
            return
        query = select(Installation.paused_reason).where(Installation.id == task.installation_id)
        if task.session.scalar(query):
            raise NoGrades(PAUSED)

    return report


def _refused_by_sis(task: Task, error: SisError) -> Result:
    """Credentials, licence or version: the administrator's page says which, the teacher only who must act."""
    result = _ended(task, NO_ACCESS)
    if error.to_do is ToDo.ASK_ADMINISTRATOR:
        task.session.get_one(SisConnection, task.installation_id).problem = str(error)
        task.session.commit()
    return result


def _refused_by_schoology(task: Task) -> Result:
    """A void permission of the Acting User is noted for the administrators; any other refusal is said."""
    result = _ended(task, NO_ACCESS)
    installation = task.session.get_one(Installation, task.installation_id)
    acting_user = acting.acting_user(task.district)
    with suppress(ActingUserGone, ActingUserChanged, OutboundError):
        if acting_user is not None:
            Permit.of(task, acting_user).confirm(task.wiring.schoology(installation, acting_user))
    return result


def _paused(task: Task, reason: str, retry_after: float | None = None) -> Result:
    """An outage: the job waits and begins anew, a few times, before it gives up."""
    task.session.rollback()
    job = task.session.get_one(Job, task.job_id)
    if job.pauses >= PAUSES:
        return _ended(task, f"{reason} It was tried for an hour: sync again later.")
    minutes = max(2**job.pauses, min(ceil((retry_after or 0.0) / 60), LONGEST_PAUSE))
    later = clock.now() + timedelta(minutes=minutes)
    words = "in a minute" if minutes == 1 else f"in {minutes} minutes"
    return Result(
        JobState.QUEUED, f"{reason} What was sent is kept; it goes on by itself {words}.", resume_at=later
    )


def _ended(task: Task, reason: str) -> Result:
    """It cannot go on: the reason shows on the page, and the run that was begun is closed."""
    task.session.rollback()
    _close(task, RunState.FAILED, reason)
    job = task.session.get_one(Job, task.job_id)
    try:
        settings_row(task.district, job.section_id).problem = reason
    except NoGrades:
        task.session.rollback()
    task.session.commit()
    return Result(JobState.FAILED, reason)


def _close(task: Task, state: RunState, reason: str) -> None:
    task.session.rollback()
    run = task.session.query(Run).filter(Run.job_id == task.job_id, Run.finished_at.is_(None)).first()
    if run is not None:
        ledger.close_run(task.session, run, state, reason)
        task.session.commit()
