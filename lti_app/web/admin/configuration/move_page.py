"""The change of SIS: what is known again, what Data Prep has to pair, and the confirmation that ends it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request

from lti_app import clock, formats
from lti_app.extensions import db
from lti_app.models import Installation, SisConnection
from lti_app.runs import history
from lti_app.runs.words import sentence
from lti_app.school.job_request import JobRequest
from lti_app.setup import buildings, checklist, connection, successors, terms
from lti_app.setup import sis_move as setup_move
from lti_app.setup.checklist import NotReady
from lti_app.store import audit
from lti_app.sync.review import sis_move
from lti_app.sync.review.sis_move import Findings
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin import progress
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared import job_view
from lti_app.web.shared.ask_jobs import enqueue_for
from lti_app.web.shared.numbers import whole
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import Message

JOINED: Message = (
    "info",
    ("A job is already queued or running, so no new one was started. You can see it below."),
)
QUEUED: Message = ("success", "The refresh is queued. Nothing is sent to Schoology.")
CHANGED: Message = (
    "warning",
    "Nothing was changed because the SIS data was refreshed or is incomplete. Review this page again.",
)


def render(messages: Sequence[Message] = ()) -> str:
    """The page with what the newest read since the change found."""
    district = own_district()
    job = job_view.current_view(district)
    return show(
        "configuration",
        "admin/sis_move.html",
        messages,
        move=setup_move.moving(district),
        product=connection.product(district),
        unmatched=_unmatched(),
        found=sis_move.findings(district),
        job=job,
    )


@blueprint.post("/configuration/move")
@admin_reader
@place()
def configuration_move() -> str:
    """Show the page."""
    return render()


@blueprint.post("/configuration/move/read")
@acting_user_only
def configuration_move_read() -> str:
    """Queue a run that reads the SIS and sends nothing."""
    try:
        checklist.raise_if_not_ready(own_district(), checklist.PLAN)
    except NotReady as missing:
        return render([("warning", f"Not started. {sentence(missing.reason)}")])
    asked = enqueue_for(who(), history.PROVISION, JobRequest(plan_only=True))
    return render([JOINED if asked.joined else QUEUED])


@blueprint.post("/configuration/move/keep")
@acting_user_only
def configuration_move_keep() -> str:
    """Link what is known by number or code to its new key, and leave the rest to Data Prep."""
    district = own_district()
    found = _shown()
    if found is None:
        return render([CHANGED])
    kept, freed = sis_move.keep_known(district, found), sis_move.set_free(district, found)
    audit.record(district, who(), "Change of SIS: links kept under new keys", new=kept)
    audit.record(district, who(), "Change of SIS: links left to Data Prep", new=freed)
    db.session.commit()
    return render(
        [
            (
                "success",
                (
                    f"{formats.number(kept)} linked again, {formats.number(freed)} left to Data "
                    "Prep. Open Data Prep next."
                ),
            )
        ]
    )


@blueprint.post("/configuration/move/confirm")
@acting_user_only
def configuration_move_confirm() -> str:
    """End the change: syncs may go on."""
    district = own_district()
    found = _shown()
    if found is None:
        return render([CHANGED])
    sis_move.keep_known(district, found)
    setup_move.end(district, db.session.get_one(SisConnection, district.id), who(), words="confirmed")
    db.session.commit()
    return render([("success", "Confirmed. Syncs can run again.")])


@blueprint.post("/configuration/move/cancel")
@acting_user_only
def configuration_move_cancel() -> str:
    """Stop the job that is queued or running."""
    return progress.cancel(render)


def _unmatched() -> dict[str, int]:
    """How many schools, and terms that are not over, of the newest lists are not matched yet."""
    district = own_district()
    schools = buildings.building_rows(district)
    listed = [row for row in schools if row not in successors.unlisted(schools)]
    today = clock.today(db.session.get_one(Installation, district.id).time_zone)
    groups = terms.group_terms(terms.term_rows(district))
    return {
        "schools": sum(1 for row in listed if not row.schoology_id),
        "terms": sum(1 for group in groups if group.end >= today and not group.period_id),
    }


def _shown() -> Findings | None:
    """The findings that the person has seen; None when they are others by now, or not complete."""
    found = sis_move.findings(own_district())
    if found is None or not found.complete or request.form.get("run", type=whole) != found.run.id:
        return None
    return found
