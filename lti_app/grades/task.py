"""The background work of one section's grades: look, push, remove. One job of each lane per section."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from lti_app import clock
from lti_app.grades import put_back
from lti_app.grades.context import SENDING, GradeContext
from lti_app.grades.ending import ADMIN, GRADES_OFF, NO_ACCESS, GradesEnding
from lti_app.grades.outcome_words import pushed_words, put_back_words, removed_words
from lti_app.grades.push import Pushed, PushRequest, push
from lti_app.grades.put_back import put_back_assignment, put_back_score
from lti_app.grades.refresh import refresh
from lti_app.grades.remove import remove_gone
from lti_app.grades.rows.section import NoGrades, policy_of
from lti_app.jobs.runner import Result, Task
from lti_app.lti import acting
from lti_app.models import Installation, Job, JobState, Run, RunState, SisConnection
from lti_app.runs.permit import CONFIRM_EVERY, Permit
from lti_app.sis.services import by_service

PAUSED = f"Syncing is paused for your district. {ADMIN}"


def run_look(task: Task) -> Result:
    """Read both sides of a section and keep what the pages show."""
    return guarded(task, _refreshed)


def _refreshed(context: GradeContext) -> Result:
    refresh(context)
    return Result(JobState.DONE, "Both gradebooks were read.")


def run_grades(task: Task) -> Result:
    """Send what differs, or remove or put back what was asked for."""
    if task.request.remove:
        return guarded(task, lambda context: _removed(context, task))
    if task.request.put_back:
        which = (task.request.put_back["item"], task.request.put_back["student"])
        return guarded(task, lambda context: _put_back(lambda: put_back_score(context, task.job_id, *which)))
    if task.request.put_back_assignment:
        removed_id = task.request.put_back_assignment
        return guarded(
            task, lambda context: _put_back(lambda: put_back_assignment(context, task.job_id, removed_id))
        )
    return guarded(task, lambda context: _pushed(push(context, task.job_id, PushRequest.of(task.request))))


def _pushed(done: Pushed) -> Result:
    state = JobState.DONE if done.run.state == RunState.DONE else JobState.DONE_WITH_PROBLEMS
    return Result(state, pushed_words(done.tally, done.on_trial))


def _removed(context: GradeContext, task: Task) -> Result:
    run = remove_gone(context, task.job_id, task.request.remove)
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
    return GradesEnding(task).guard(lambda: work(context_of(task, patient=patient)))


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
    if connection.move:
        raise NoGrades(PAUSED)
    if connection.gradebook_problem:
        raise NoGrades(GRADES_OFF.format(connection.gradebook_problem))
    schoology = task.wiring.schoology(installation, acting_user, patient=patient)
    if clock.now() - acting_user.checked_at >= CONFIRM_EVERY:
        Permit.of(task, acting_user).confirm(schoology)
    return GradeContext(
        session=district.session,
        installation_id=district.id,
        section_id=district.session.get_one(Job, task.job_id).section_id,
        sis=by_service(task.wiring.sis(connection)),
        capabilities=task.wiring.capabilities(connection),
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
