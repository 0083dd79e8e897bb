"""What was read from the SIS, for a person to confirm before the first sync sends anything."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request

from lti_app.extensions import db
from lti_app.runs import history, names
from lti_app.runs.words import sentence
from lti_app.runs.words.reasons.groups import group_title
from lti_app.school.job_request import JobRequest
from lti_app.setup import checklist, connection
from lti_app.setup.checklist import NotReady
from lti_app.sync.review import first_read
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin import progress
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared import job_view
from lti_app.web.shared.ask_jobs import enqueue_for
from lti_app.web.shared.numbers import whole
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import Message


def render(messages: Sequence[Message] = ()) -> str:
    """The page with the newest full read, if there is one."""
    district = own_district()
    job = job_view.current_view(district)
    return show(
        "configuration",
        "admin/first_read.html",
        messages,
        summary=first_read.newest(district),
        group_title=group_title,
        names=names.names(district),
        stored=connection.read(district),
        caution=connection.caution(district),
        job=job,
    )


@blueprint.post("/configuration/first-read")
@admin_reader
@place()
def configuration_first_read() -> str:
    """Show the page."""
    return render()


@blueprint.post("/configuration/preview")
@acting_user_only
def configuration_preview() -> str:
    """Queue a run that reads the SIS, plans and sends nothing."""
    person = who()
    try:
        checklist.raise_if_not_ready(own_district(), "plan")
    except NotReady as missing:
        return render([("warning", f"Not started. {sentence(missing.reason)}")])
    asked = enqueue_for(person, history.PROVISION, JobRequest(plan_only=True))
    if asked.joined:
        return render(
            [("info", "A job is already queued or running, so no new one was started. You can see it below.")]
        )
    return render([("success", "The refresh is queued. Nothing is sent to Schoology.")])


@blueprint.post("/configuration/confirm-preview")
@acting_user_only
def configuration_confirm_preview() -> str:
    """Note that the person found right what stands on the page."""
    district = own_district()
    summary = first_read.newest(district)
    if summary is not None and not summary.can_be_judged:
        return render([("warning", "Not confirmed because there’s nothing to check yet.")])
    if summary is None or request.form.get("run", type=whole) != summary.run.id:
        return render(
            [
                (
                    "warning",
                    "Not confirmed because the SIS data was refreshed in the meantime. Check this page "
                    "again.",
                )
            ]
        )
    connection.confirm_first_read(district, who())
    db.session.commit()
    return render([("success", "Confirmed. You can now start syncs that send data to Schoology.")])


@blueprint.post("/configuration/first-read/cancel")
@acting_user_only
def configuration_first_read_cancel() -> str:
    """Stop the job that is queued or running."""
    return progress.cancel(render)
