"""How the job of a provisioning run ends that cannot go on, in its words."""

from __future__ import annotations

from lti_app.jobs.runner import Result, Task
from lti_app.models import JobState, RunState
from lti_app.outbound.errors import OutboundError, OutsideError, ToDo
from lti_app.outbound.pauses import Pauses
from lti_app.runs import ledger
from lti_app.runs.endings import Ending
from lti_app.runs.permit import ActingUserGone, Paused, Permit
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because, other, several
from lti_app.school.run_kinds import RunKind
from lti_app.sis.errors import SisError
from lti_app.sync.ledger import stop

PAUSES = Pauses(6, first=5, longest=60)
"""In minutes; the job goes on where it stood."""
NOT_AT_ALL = Pauses(0, first=0)
"""Of a job that someone stands by, and of one that sends nothing: what was read ages."""


class ProvisioningEnding(Ending):
    """Of a job that began with this permit, or that did not begin yet."""

    while_paused = EndingCode.CONTINUES
    canceled = EndingCode.CANCELED_BETWEEN_BATCHES
    stops = (*Ending.stops, Paused)

    def __init__(self, task: Task, permit: Permit | None = None) -> None:
        super().__init__(task)
        self._permit = permit
        self._alone = task.request.what == RunKind.ONE
        self.pauses = NOT_AT_ALL if self._alone or task.request.plan_only else PAUSES

    @property
    def gave_up(self) -> Reason:
        if self._alone:
            return because(EndingCode.TRY_AGAIN_SOON)
        return because(EndingCode.NEXT_SYNC_CONTINUES)

    def words(self, error: Exception) -> Reason:
        if isinstance(error, ActingUserGone):
            return because(EndingCode.STOPPED_BEFORE_CHANGE, why=error.reason)
        if isinstance(error, SisError):
            return because(EndingCode.SIS_UNREADABLE, why=error.reason)
        if isinstance(error, OutsideError) and error.to_do is ToDo.WAIT:
            return because(EndingCode.SCHOOLOGY_STOPPED, why=error.reason)
        if isinstance(error, OutboundError):
            return because(EndingCode.SCHOOLOGY_NOT_UNDERSTOOD, why=error.reason)
        return other(str(error))

    def close(self, state: RunState, reason: Reason) -> None:
        self.task.session.rollback()
        run = ledger.unfinished(self.task.district, self.task.job_id)
        if run is not None:
            stop(self.task.session, run.id, state, reason)

    def refused_by_schoology(self, error: OutsideError) -> Result:
        if self._permit is None:
            return self.fail(self.words(error))
        return self.fail(self._permit.note(Code.PERMISSION_VOID))

    def stopped(self, error: Exception) -> Result:
        if not isinstance(error, Paused):
            return super().stopped(error)
        reason = because(EndingCode.STOPPED_PAUSED, why=error.reason)
        self.close(RunState.CANCELED, reason)
        return Result(JobState.CANCELED, several(reason, because(EndingCode.NEXT_SYNC_CONTINUES)))
