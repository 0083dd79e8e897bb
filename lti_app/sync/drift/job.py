"""The job of a check of Schoology: list what differs, and say how much it is."""

from __future__ import annotations

from lti_app.models import JobState, Run, RunState
from lti_app.school.ending_codes import EndingCode
from lti_app.school.reasons import Reason, because
from lti_app.sync import drift
from lti_app.sync.apply import synced_meanwhile
from lti_app.sync.context import RunContext
from lti_app.sync.ledger import finish


def check(context: RunContext, run: Run) -> Run:
    """Carry out the check. Safe to repeat after a crash: it begins again."""
    drift.check(context)
    synced_meanwhile.forget_differences(context.session, run)
    return finish(context.session, run, RunState.DONE)


def result_words(run: Run) -> tuple[JobState, Reason]:
    """The end of its job, and the words for it."""
    lines = sum(run.counts.get("outcome", {}).values())
    if not lines:
        return JobState.DONE, because(EndingCode.CHECK_CLEAN)
    return JobState.DONE, because(EndingCode.CHECK_DIFFERENCES, count=lines)
