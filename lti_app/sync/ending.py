"""How the job of a provisioning run ends that cannot go on, in its words."""

from __future__ import annotations

from lti_app.jobs.runner import Result, Task
from lti_app.lti import acting
from lti_app.models import JobState, RunState
from lti_app.outbound.errors import OutboundError, OutsideError, ToDo
from lti_app.outbound.pauses import Pauses
from lti_app.runs import ledger
from lti_app.runs.endings import Ending
from lti_app.runs.permit import ActingUserGone, Paused, Permit
from lti_app.school.reasons import other
from lti_app.school.run_kinds import RunKind
from lti_app.sis.errors import SisError
from lti_app.sync.ledger import stop

PAUSES = Pauses(6, first=5, longest=60)
"""In minutes; the job goes on where it stood."""
NOT_AT_ALL = Pauses(0, first=0)
"""Of a job that somebody stands by, and of one that sends nothing: what was read ages."""


class ProvisioningEnding(Ending):
    """Of a job that began with this permit, or that did not begin yet."""

    meanwhile = "Paused:"
    cancelled = "Cancelled by hand between two batches."
    stops = (*Ending.stops, Paused)

    def __init__(self, task: Task, permit: Permit | None = None) -> None:
        super().__init__(task)
        self._permit = permit
        self._alone = task.request.what == RunKind.ONE
        self.pauses = NOT_AT_ALL if self._alone or task.request.plan_only else PAUSES

    @property
    def gave_up(self) -> str:
        if self._alone:
            return "Try again in a few minutes; the next sync does it in any case."
        return "The next sync does the rest."

    def words(self, error: Exception) -> str:
        if isinstance(error, ActingUserGone):
            return f"Stopped before the next change: {error}"
        if isinstance(error, SisError):
            return f"The SIS could not be read, nothing was dropped: {error}"
        if isinstance(error, OutsideError) and error.to_do is ToDo.WAIT:
            return f"Schoology stopped answering. What had been sent was kept. ({error})"
        if isinstance(error, OutboundError):
            return f"Schoology answered what the app does not understand: {error.message}"
        return str(error)

    def close(self, state: RunState, reason: str) -> None:
        self.task.session.rollback()
        run = ledger.unfinished(self.task.district, self.task.job_id)
        if run is not None:
            stop(self.task.session, run.id, state, other(reason))

    def refused_by_schoology(self, error: OutsideError) -> Result:
        return self.fail(self._permit.note(acting.PERMISSION_VOID) if self._permit else self.words(error))

    def stopped(self, error: Exception) -> Result:
        if not isinstance(error, Paused):
            return super().stopped(error)
        reason = f"Stopped before the next change, because syncing was paused: {error}"
        self.close(RunState.CANCELLED, reason)
        done = "What had been sent was kept; the next sync does the rest."
        return Result(JobState.CANCELLED, f"{reason} {done}")
