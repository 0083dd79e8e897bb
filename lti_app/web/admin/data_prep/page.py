"""The Data Prep tab: read both sides, see where they stand, confirm what was accepted."""

from __future__ import annotations

from typing import Any

from flask import request

from lti_app.extensions import db
from lti_app.models import BuildingRow
from lti_app.runs.words import sentence
from lti_app.school.job_request import JobRequest
from lti_app.school.run_kinds import RunKind
from lti_app.setup.checklist import NotReady, raise_if_not_ready
from lti_app.store import audit
from lti_app.store.district import District
from lti_app.sync.data_prep import counts, job
from lti_app.sync.data_prep import reading as data_prep_reading
from lti_app.sync.data_prep.decide import CannotDecide
from lti_app.sync.data_prep.files.check import raise_if_being_applied
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin import progress
from lti_app.web.admin.data_prep import words
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared import job_view
from lti_app.web.shared.ask_jobs import ask_for
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import Message


def render(**more: Any) -> str:
    """The tab as it stands."""
    district = own_district()
    job = job_view.current_view(district)
    reading = data_prep_reading.reading(district)
    return show(
        "data_prep",
        "admin/data_prep.html",
        reading=reading,
        job=job,
        standing=counts.standings(district, reading.id) if reading else {},
        to_link=counts.to_link(district, reading.id) if reading else 0,
        buildings=_buildings(),
        prep=words,
        **more,
    )


def ask_to(step: str, table: str = "") -> Message:
    """Queue a job of Data Prep; `table` is that of the file to apply."""
    try:
        raise_if_not_ready(own_district(), RunKind.PREP)
    except NotReady as refusal:
        return ("danger", sentence(refusal.reason))
    return ask_for(JobRequest(what=RunKind.PREP, step=step, table=table))


@blueprint.post("/data-prep")
@admin_reader
@place()
def data_prep() -> str:
    """Show the tab."""
    return render()


@blueprint.post("/data-prep/read")
@acting_user_only
def data_prep_read() -> str:
    """Read both sides and propose pairs."""
    return render(messages=[ask_to("read")])


@blueprint.post("/data-prep/confirm")
@acting_user_only
def data_prep_confirm() -> str:
    """Link the accepted pairs, once a person has said yes."""
    if request.form.get("confirm") != "yes":
        return render(confirming=True)
    return render(messages=[ask_to("confirm")])


@blueprint.post("/data-prep/cancel")
@acting_user_only
def data_prep_cancel() -> str:
    """Stop the running job between two batches."""
    return progress.cancel(render)


@blueprint.post("/data-prep/forget")
@acting_user_only
def data_prep_forget() -> str:
    """Forget what was read and every decision that was not linked."""
    if request.form.get("confirm") != "yes":
        return render(forgetting=True)
    district = own_district()
    try:
        for kind in words.KINDS:
            raise_if_being_applied(district, kind)
    except CannotDecide as error:
        return render(messages=[("warning", sentence(error.reason))])
    job.forget(district)
    audit.record(district, who(), "Data Prep", old="data collected", new="data deleted")
    district.session.commit()
    return render(messages=[("success", "Data Prep data deleted. Existing links are kept.")])


@blueprint.post("/data-prep/enrollments")
@acting_user_only
def data_prep_enrollments() -> str:
    """Say in which buildings a sync may end enrollments that were there before it."""
    chosen = set(request.form.getlist("building"))
    for row in _buildings():
        wanted = row.sis_id in chosen
        district, what = (
            District(db.session, row.installation_id),
            "End existing Schoology enrollments at {}",
        )
        audit.record(district, who(), what, old=row.drop_adopted, new=wanted, named=row.name)
        row.drop_adopted = wanted
    db.session.commit()
    return render(
        messages=[("success", "Saved. Syncs may end existing enrollments at the selected schools.")]
    )


def _buildings() -> list[BuildingRow]:
    mine = db.session.query(BuildingRow).filter(BuildingRow.installation_id == who().installation_id)
    return mine.filter(BuildingRow.schoology_id != "").order_by(BuildingRow.name).all()
