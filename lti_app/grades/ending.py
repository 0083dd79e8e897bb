"""How a job on grades ends that cannot go on, in words for the teacher."""

from __future__ import annotations

from contextlib import suppress

from lti_app.grades import ledger, parked
from lti_app.grades.rows.section import NoGrades, settings_row
from lti_app.jobs.runner import Result
from lti_app.lti import acting
from lti_app.models import Installation, Job, JobState, RunState
from lti_app.outbound.errors import OutboundError, OutsideError, ToDo
from lti_app.outbound.pauses import Pauses
from lti_app.runs import ledger as runs_ledger
from lti_app.runs.endings import Ending
from lti_app.runs.permit import ActingUserChanged, ActingUserGone, Permit
from lti_app.school.course_codes import CourseCode
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reasons import Reason, because
from lti_app.setup import connection, sis_move
from lti_app.sis.errors import SisError
from lti_app.sis.services import refused_gradebook

REFUSED = (CourseCode.GRADES_NO_ACCESS, CourseCode.GRADES_OFF)
"""What only an administrator can fix: a teacher's job waits for that."""


class GradesEnding(Ending):
    """Of a job on one section, or on all of them. The teacher's page shows why; the administrators' what to
    do."""

    pauses = Pauses(6, first=1)
    """In minutes; the job begins again."""
    while_paused = EndingCode.CONTINUES_KEPT
    canceled = EndingCode.CANCELED_BETWEEN_ITEMS
    gave_up = because(EndingCode.TRIED_FOR_AN_HOUR)
    stops = (*Ending.stops, NoGrades)

    def words(self, error: Exception) -> Reason:
        """Credentials, license or version: the teacher hears only who must act."""
        if isinstance(error, NoGrades):
            return error.reason
        if isinstance(error, OutsideError) and error.to_do is ToDo.WAIT:
            of_sis = isinstance(error, SisError)
            return because(CourseCode.GRADES_SIS_SILENT if of_sis else CourseCode.GRADES_SCHOOLOGY_SILENT)
        if isinstance(error, OutboundError) and error.to_do is ToDo.GIVE_UP:
            return because(CourseCode.GRADES_SCHOOLOGY_ODD)
        if isinstance(error, SisError) and refused_gradebook(error):
            return because(CourseCode.GRADES_OFF, why=error.reason)
        return because(CourseCode.GRADES_NO_ACCESS)

    def close(self, state: RunState, reason: Reason) -> None:
        self.task.session.rollback()
        run = runs_ledger.unfinished(self.task.district, self.task.job_id)
        if run is not None:
            ledger.close_run(self.task.session, run, state, reason)
            self.task.session.commit()

    def fail(self, reason: Reason) -> Result:
        """The reason shows on the page of the section too; that grades are off, every course page shows."""
        failed = super().fail(reason)
        job = self.task.session.get_one(Job, self.task.job_id)
        if reason.code in REFUSED and parked.may_park(job) and parked.is_refused(self.task.district):
            failed = parked.park(job, reason)
            self.task.session.commit()
            if failed.state == JobState.QUEUED:
                return failed
        if reason.code in (CourseCode.GRADES_OFF, CourseCode.GRADES_DOUBTED):
            return failed
        section_id = self.task.session.get_one(Job, self.task.job_id).section_id
        try:
            settings_row(self.task.district, section_id).problem = reason
        except NoGrades:
            self.task.session.rollback()
        self.task.session.commit()
        return failed

    def _ask_administrator(self, error: OutsideError) -> Result:
        """A refusal of this section alone turns grades off nowhere else."""
        if isinstance(error, SisError) and refused_gradebook(error) and self._others_answer():
            return self.fail(because(CourseCode.GRADES_SECTION_REFUSED, why=error.reason))
        return super()._ask_administrator(error)

    def _others_answer(self) -> bool:
        """Whether the gradebook lets the app in for other sections than that of the job."""
        self.task.session.rollback()
        district = self.task.district
        job = self.task.session.get_one(Job, self.task.job_id)
        others = sis_move.some_sections(district, without=job.section_id)
        sis = self.task.wiring.sis(connection.read(district))
        self.task.session.commit()
        return bool(others) and not connection.ask_gradebook(sis, others)

    def refused_by_schoology(self, error: OutsideError) -> Result:
        """A void permission of the Acting User is noted for the administrators; any other refusal is said."""
        self.task.session.rollback()
        installation = self.task.session.get_one(Installation, self.task.installation_id)
        acting_user = acting.acting_user(self.task.district)
        with suppress(ActingUserGone, ActingUserChanged, OutboundError):
            if acting_user is not None:
                Permit.of(self.task, acting_user).confirm(
                    self.task.wiring.schoology(installation, acting_user)
                )
        return self.fail(self.words(error))
