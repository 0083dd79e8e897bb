"""What a job is called, on pages, in emails and by commands."""

from __future__ import annotations

from lti_app.models import Job
from lti_app.runs import history
from lti_app.runs.record_names import record_name
from lti_app.runs.words.kinds import counted_kind
from lti_app.runs.words.states import title
from lti_app.school.job_request import JobRequest
from lti_app.school.run_kinds import RunKind

PREP_STEPS = {
    "read": "Refresh for Data Prep",
    "match": "Matching for Data Prep",
    "confirm": "Linking the accepted matches",
    "check": "Checking a file of matches",
    "file": "Applying a file of matches",
}


def job_title(job: Job) -> str:
    """What a job does, such as “Preview of users”."""
    request = job.request
    what = request.what
    if what in (RunKind.SWEEP, RunKind.LIVE_PREVIEW, RunKind.LIVE_CONFIRM):
        return title(what)
    if what == RunKind.CATEGORIES:
        return _categories_title(request)
    if job.kind != history.PROVISION:
        course = request.course or "a course"
        return f"Removal of assignments: {course}" if request.remove else f"Grade sync: {course}"
    if what == RunKind.PREP:
        return PREP_STEPS[request.step]
    if what == RunKind.ONE:
        named = request.only.get("name") or record_name(request.only["sis_id"])
        return f"Sync of one {counted_kind(request.only['kind'], 1)}: {named}"
    if request.recover:
        return "Finding links again after a restore"
    return title(what, plan_only=request.plan_only)


def _categories_title(request: JobRequest) -> str:
    """What a job on categories does, and where."""
    where = f": {request.course}" if request.course else ""
    if request.undo_of:
        return f"Removal of categories from Schoology{where}"
    words = title(RunKind.CATEGORIES)
    return f"Preview of {words}" if request.plan_only else f"{words}{where}"
