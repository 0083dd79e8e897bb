"""The change of the school year: the steps in order, a rehearsal, and which sections are frozen."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request

from lti_app import clock
from lti_app.models import Installation
from lti_app.runs import names
from lti_app.runs.words import sentence
from lti_app.school.job_request import JobRequest
from lti_app.setup.checklist import NotReady, raise_if_not_ready
from lti_app.sync.review import rollover
from lti_app.web.access import acting_user_only, admin_reader, own_district
from lti_app.web.admin import progress
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared import job_view
from lti_app.web.shared.ask_jobs import ask_for
from lti_app.web.shared.numbers import whole
from lti_app.web.shared.places import place


def render(**more: Any) -> str:
    """The page with the last rehearsal."""
    district = own_district()
    job = job_view.current_view(district)
    found = rollover.last_rehearsal(district)
    page = (
        rollover.frozen_page(district.session, found.run, request.form.get("page", 1, type=whole))
        if found
        else None
    )
    years = rollover.years(district)
    today = clock.today(district.session.get_one(Installation, district.id).time_zone)
    return show(
        "terms",
        "admin/rollover.html",
        years=years,
        rehearse_on=years.next_change(today) if years else "",
        rehearsal=found,
        page=page,
        names=names.names(district),
        job=job,
        **more,
    )


@blueprint.post("/rollover")
@admin_reader
@place("page")
def year_rollover() -> str:
    """Show the steps."""
    return render()


@blueprint.post("/rollover/rehearse")
@acting_user_only
def rollover_rehearse() -> str:
    """Plan for another day; sends nothing."""
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        return render(messages=[("danger", "Select a date to rehearse.")])
    try:
        raise_if_not_ready(own_district(), "plan")
    except NotReady as refusal:
        return render(messages=[("danger", sentence(refusal.reason))])
    return render(messages=[ask_for(JobRequest(plan_only=True, on=day.isoformat()))])


@blueprint.post("/rollover/cancel")
@acting_user_only
def rollover_cancel() -> str:
    """Stop the job that is queued or running."""
    return progress.cancel(render)
