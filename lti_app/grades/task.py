"""The background work of one section's grades: look, push, remove. One job of each lane per section."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from lti_app import clock
from lti_app.grades import put_back
from lti_app.grades.context import SENDING, GradeContext
from lti_app.grades.ending import ADMIN, GRADES_OFF, NO_ACCESS, GradesEnding
from lti_app.grades.outcome_words import pushed_words, put_back_words, removed_words
from lti_app.grades.push import press_of, push
from lti_app.grades.refresh import Overtaken, refresh
from lti_app.grades.rows.section import NoGrades, policy_of
from lti_app.jobs.runner import Result, Task
from lti_app.lti import acting
from lti_app.models import Installation, Job, JobState, RunState, SisConnection
from lti_app.runs.permit import CONFIRM_EVERY, Permit
from lti_app.sis.services import by_service

OVERTAKEN = "A sync of this course was running: the page shows what the sync has read."
PAUSED = f"Syncing is paused for your district. {ADMIN}"


def run_look(task: Task) -> Result:
    """Read both sides of a section and keep what the pages show."""
    return guarded(task, _refreshed)


def _refreshed(context: GradeContext) -> Result:
    try:
        refresh(context)
    except Overtaken:
        return Result(JobState.DONE, OVERTAKEN)
    return Result(JobState.DONE, "Both gradebooks were read.")


def run_grades(task: Task) -> Result:
    """Send what differs, or remove or put back what was asked for."""
    request = task.request
    if request.put_back_scores or request.put_back_assignments:
        return guarded(task, lambda context: _put_back(context, task))
    return guarded(task, lambda context: _pushed(context, task))


def _pushed(context: GradeContext, task: Task) -> Result:
    done = push(context, task.job_id, press_of(task.request))
    state = JobState.DONE_WITH_PROBLEMS if done.troubled else JobState.DONE
    asked = len(task.request.remove)
    return Result(state, removed_words(done, asked) if asked else pushed_words(done))


def _put_back(context: GradeContext, task: Task) -> Result:
    request = task.request
    try:
        run = put_back.put_back(context, task.job_id, request.put_back_scores, request.put_back_assignments)
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
        hold=task.progress.hold,
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
