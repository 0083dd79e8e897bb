"""How a job on grades ends that cannot go on, in words for the teacher."""

from __future__ import annotations

from contextlib import suppress

from lti_app.grades import ledger
from lti_app.grades.rows.section import NoGrades, settings_row
from lti_app.jobs.runner import Result
from lti_app.lti import acting
from lti_app.models import Installation, Job, RunState
from lti_app.outbound.errors import OutboundError, OutsideError, ToDo
from lti_app.outbound.pauses import Pauses
from lti_app.runs import ledger as runs_ledger
from lti_app.runs.endings import Ending
from lti_app.runs.permit import ActingUserChanged, ActingUserGone, Permit
from lti_app.sis.errors import SisError
from lti_app.sis.services import refused_gradebook

ADMIN = "Tell your district’s administrator of this app; nothing was lost, and you need not do anything else."
OFF = "Grades are off for your district: the SIS refuses access to its gradebook."
GRADES_OFF = (
    f"{OFF} {{}} Nothing was lost. Your district’s administrator of this app can turn grades on again."
)
NO_ACCESS = f"The app cannot reach Schoology or the SIS for your district at present. {ADMIN}"


class GradesEnding(Ending):
    """Of a job on one section, or on all of them. The teacher's page shows why; the administrators' what to
    do."""

    pauses = Pauses(6, first=1)
    """In minutes; the job begins anew."""
    meanwhile = "What was sent is kept;"
    cancelled = "Cancelled by hand between two items."
    gave_up = "It was tried for an hour: sync again later."
    stops = (*Ending.stops, NoGrades)

    def words(self, error: Exception) -> str:
        """Credentials, license or version: the teacher hears only who must act."""
        if isinstance(error, NoGrades):
            return str(error)
        if isinstance(error, OutsideError) and error.to_do is ToDo.WAIT:
            who = "The SIS" if isinstance(error, SisError) else "Schoology"
            return f"{who} does not answer at present."
        if isinstance(error, OutboundError) and error.to_do is ToDo.GIVE_UP:
            return f"Schoology answered what the app does not understand. {ADMIN}"
        if isinstance(error, SisError) and refused_gradebook(error):
            return GRADES_OFF.format(error)
        return NO_ACCESS

    def close(self, state: RunState, reason: str) -> None:
        self.task.session.rollback()
        run = runs_ledger.unfinished(self.task.district, self.task.job_id)
        if run is not None:
            ledger.close_run(self.task.session, run, state, reason)
            self.task.session.commit()

    def fail(self, reason: str) -> Result:
        """The reason shows on the page of the section too; that grades are off, every course page shows."""
        failed = super().fail(reason)
        if reason.startswith(OFF):
            return failed
        section_id = self.task.session.get_one(Job, self.task.job_id).section_id
        try:
            settings_row(self.task.district, section_id).problem = reason
        except NoGrades:
            self.task.session.rollback()
        self.task.session.commit()
        return failed

    def refused_by_schoology(self, error: OutsideError) -> Result:
        """A void permission of the Acting User is noted for the administrators; any other refusal is said."""
        failed = self.fail(self.words(error))
        installation = self.task.session.get_one(Installation, self.task.installation_id)
        acting_user = acting.acting_user(self.task.district)
        with suppress(ActingUserGone, ActingUserChanged, OutboundError):
            if acting_user is not None:
                Permit.of(self.task, acting_user).confirm(
                    self.task.wiring.schoology(installation, acting_user)
                )
        return failed
