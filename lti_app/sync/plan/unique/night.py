"""When people's usernames and email addresses may be swapped: no one should be signing in in the meantime."""

from __future__ import annotations

from lti_app import clock
from lti_app.jobs.timing import is_night
from lti_app.models import Installation, Job, Run, SyncOptions
from lti_app.school.run_kinds import RunKind
from lti_app.sync.context import RunContext


def swap_now(context: RunContext, run: Run) -> bool:
    """Whether a run may begin a swap now: in the nightly window, or when a person approved just this."""
    if run.what == RunKind.UNDO or run.notes.approved_at:
        return True
    session = context.session
    options = session.get(SyncOptions, run.installation_id)
    daily = options is not None and options.mode == "daily"
    zone = session.get_one(Installation, run.installation_id).time_zone
    job = session.get_one(Job, run.job_id)
    window = options.window if options is not None and daily and job.trigger != "scheduled" else None
    return is_night(clock.now(), zone, window) or (
        options is not None and daily and is_night(clock.now(), zone, options.window)
    )
