"""The background work of one section's grades: look, push, remove. One job of each lane per section."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import select

from lti_app import clock
from lti_app.grades import doubt, ledger, put_back
from lti_app.grades.context import MAKING, SENDING, GradeContext
from lti_app.grades.ending import GradesEnding
from lti_app.grades.outcome_words import pushed_words, put_back_words, removed_words
from lti_app.grades.push import press_of, push
from lti_app.grades.refresh import Overtaken, refresh
from lti_app.grades.rows.section import NoGrades, policy_of
from lti_app.jobs.runner import Result, Task
from lti_app.lti import acting
from lti_app.models import Installation, Job, JobState, RunState, SisConnection
from lti_app.runs.permit import CONFIRM_EVERY, Permit
from lti_app.school.course_codes import CourseCode
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reasons import because
from lti_app.sis.services import by_service


def run_look(task: Task) -> Result:
    """Read both sides of a section and keep what the pages show."""
    return guarded(task, _refreshed)


def _refreshed(context: GradeContext) -> Result:
    try:
        refresh(context)
    except Overtaken:
        return Result(JobState.DONE, because(EndingCode.BOOKS_READ_BY_SYNC))
    return Result(JobState.DONE, because(EndingCode.BOOKS_READ))


def run_grades(task: Task) -> Result:
    """Send what differs, or remove or put back what was asked for."""
    request = task.request
    if request.put_back_scores or request.put_back_assignments:
        return guarded(task, lambda context: _put_back(context, task))
    return guarded(task, lambda context: _pushed(context, task))


def _pushed(context: GradeContext, task: Task) -> Result:
    doubt.raise_if_doubted(task.district)
    done = push(context, task.job_id, press_of(task.request))
    state = JobState.DONE_WITH_PROBLEMS if done.troubled else JobState.DONE
    asked = len(task.request.remove)
    return Result(state, removed_words(done, asked) if asked else pushed_words(done))


def _put_back(context: GradeContext, task: Task) -> Result:
    doubt.raise_if_doubted(task.district)
    request = task.request
    try:
        run = put_back.put_back(context, task.job_id, request.put_back_scores, request.put_back_assignments)
    except put_back.Over:
        return Result(JobState.DONE, because(EndingCode.PUT_BACK_OVER))
    state = JobState.DONE if run.state == RunState.DONE else JobState.DONE_WITH_PROBLEMS
    return Result(state, put_back_words(run, ledger.why_failed(context.session, run)))


def guarded(task: Task, work: Callable[[GradeContext], Result], *, patient: bool = False) -> Result:
    """Do the work; every way in which the outside can fail becomes words for the teacher."""
    return GradesEnding(task).guard(lambda: work(context_of(task, patient=patient)))


def context_of(task: Task, *, patient: bool = False) -> GradeContext:
    """The tools of the job's section; `patient` for work that no one waits for.

    Raises NoGrades when the installation may not work at all, and ActingUserGone or ActingUserChanged when
    the Acting User may not.
    """
    district = task.district
    installation = district.session.get_one(Installation, district.id)
    connection = district.session.get(SisConnection, district.id)
    acting_user = acting.acting_user(district)
    if installation.paused_reason:
        raise NoGrades(because(CourseCode.GRADES_PAUSED))
    if connection is None or acting_user is None or acting_user.problem or connection.problem:
        raise NoGrades(because(CourseCode.GRADES_NO_ACCESS))
    if connection.move:
        raise NoGrades(because(CourseCode.GRADES_PAUSED))
    if connection.gradebook_problem:
        raise NoGrades(because(CourseCode.GRADES_OFF, why=connection.gradebook_problem))
    capabilities, policy = task.wiring.capabilities(connection), policy_of(district)
    if not capabilities.grades:
        raise NoGrades(because(CourseCode.SIS_HAS_NO_GRADEBOOK, product=capabilities.product))
    schoology = task.wiring.schoology(installation, acting_user, patient=patient)
    if clock.now() - acting_user.checked_at >= CONFIRM_EVERY:
        Permit.of(task, acting_user).confirm(schoology)
    return GradeContext(
        session=district.session,
        installation_id=district.id,
        section_id=district.session.get_one(Job, task.job_id).section_id,
        sis=by_service(task.wiring.sis(connection)),
        capabilities=capabilities,
        schoology=schoology,
        today=clock.today(installation.time_zone),
        zone=installation.time_zone,
        account_zone=acting_user.time_zone,
        policy=replace(policy, comments=policy.comments and capabilities.comments),
        report=_reporting(task),
        hold=task.progress.hold,
    )


def _reporting(task: Task) -> Callable[[str, int, int], None]:
    """Tells how far the job is; raises NoGrades before something is sent while the district is paused, or
    while its first score is in doubt."""

    def report(phase: str, done: int, total: int) -> None:
        task.progress.report(phase, done, total)
        if phase not in (SENDING, MAKING) or done >= total:
            return
        query = select(Installation.paused_reason).where(Installation.id == task.installation_id)
        if task.session.scalar(query):
            raise NoGrades(because(CourseCode.GRADES_PAUSED))
        mine = SisConnection.installation_id == task.installation_id
        if phase == SENDING and task.session.scalar(select(SisConnection.grades_doubt).where(mine)):
            raise NoGrades(doubt.STOPPED)

    return report
