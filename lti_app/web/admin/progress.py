"""The job that people watch: its panel, its live twin, and Cancel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template, request

from lti_app.extensions import db
from lti_app.jobs import queue
from lti_app.runs import history
from lti_app.web.access import admin_reader, own_district
from lti_app.web.admin.tabs import blueprint
from lti_app.web.shared.job_view import current_view, job_view
from lti_app.web.shared.numbers import whole

WATCHING = (
    "overview",
    "configuration",
    "configuration/first-read",
    "configuration/move",
    "rollover",
    "data-prep",
    "users",
    "courses",
    "sections",
    "logs",
)
"""The tabs that show the panel."""


@blueprint.post("/progress")
@admin_reader
def job_progress() -> dict[str, Any]:
    """The panel of the job that the page watches, for the script that keeps it fresh."""
    district = own_district()
    line = history.one_run(district, request.form.get("job", 0, type=whole))
    view = job_view(db.session, line.job) if line else current_view(district)
    tab = request.form.get("tab", "")
    shown = {"job": view, "tab_key": tab if tab in WATCHING else "logs"}
    fragments = {
        "job": render_template("partials/job.html", **shown),
        "cancel": render_template("partials/job_cancel.html", **shown),
    }
    return {"fragments": fragments, "stop": view is None or not view.active}


def cancel(message_to: Callable[..., str]) -> str:
    """Stop a job between two batches; what was done is kept. Answers with the tab's page."""
    job_id = request.form.get("job", 0, type=whole)
    asked = queue.request_cancel(own_district(), job_id)
    db.session.commit()
    if asked:
        return message_to(messages=[("info", "Canceling. Changes already made are kept.")])
    return message_to(messages=[("info", "There’s nothing to cancel because the job already ended.")])
