"""A plan that waits for a person: approve what was shown, discard it, or link regenerated IDs again."""

from __future__ import annotations

from flask import request

from lti_app import formats
from lti_app.extensions import db
from lti_app.models import Run
from lti_app.runs.words import sentence
from lti_app.setup.checklist import NotReady, raise_if_not_ready
from lti_app.store import audit
from lti_app.sync.plan import approval, new_ids
from lti_app.web.access import acting_user_only, own_district, who
from lti_app.web.admin.logs import page
from lti_app.web.admin.tabs import blueprint
from lti_app.web.shared.ask_jobs import submit
from lti_app.web.shared.numbers import whole
from lti_app.web.shared.tab import Message


@blueprint.post("/held/approve")
@acting_user_only
def held_approve() -> str:
    """Send what waits, or the part of one kind or school. While a sync could not run, the plan goes on
    waiting."""
    run_id, digest = _asked()
    part = approval.Part(request.form.get("part_kind", ""), request.form.get("part_building", ""))
    try:
        _raise_if_not_ready(run_id, digest)
        job = approval.approve(own_district(), run_id, digest, who=who(), part=part)
    except approval.NotHeld as error:
        db.session.rollback()
        return page.render(messages=[("danger", f"Nothing was approved. {error}")])
    job_id = job.id
    db.session.commit()
    submit(job_id)
    return page.render(messages=[("success", "Approved. The changes are queued.")])


def _raise_if_not_ready(run_id: int, digest: str) -> None:
    """Raise NotHeld while syncs are paused or a step of the set-up is missing: the job would end at once, and
    the plan with it."""
    district = own_district()
    run = db.session.get_one(Run, approval.check(district, run_id, digest))
    try:
        raise_if_not_ready(district, run.what)
    except NotReady as error:
        raise approval.NotHeld(
            f"{sentence(error.reason)} The changes are still on hold. Approve them afterward."
        ) from error


@blueprint.post("/held/discard")
@acting_user_only
def held_discard() -> str:
    """Send nothing of what waits."""
    run_id, digest = _asked()
    try:
        number = approval.discard(own_district(), run_id, digest, who=who())
    except approval.NotHeld as error:
        db.session.rollback()
        return page.render(messages=[("danger", f"Nothing was discarded. {error}")])
    db.session.commit()
    text = (
        f"{formats.counted(number, 'change')} discarded. If the SIS data stays the same, the next sync plans "
        "them again."
    )
    return page.render(messages=[("success", text)])


@blueprint.post("/held/relink")
@acting_user_only
def held_relink() -> str:
    """Link records that came back under new ids, and discard the plan that was made before."""
    return page.render(messages=[_relinked()])


def _relinked() -> Message:
    run_id, digest = _asked()
    district = own_district()
    try:
        run = district.session.get_one(Run, approval.check(district, run_id, digest))
        number = new_ids.relink(district.session, run)
        audit.record(
            district,
            who(),
            f"Changes on hold in sync {run_id}",
            new=f"{formats.counted(number, 'record')} linked to new IDs",
        )
        approval.discard(district, run_id, digest, who=who())
    except approval.NotHeld as error:
        district.session.rollback()
        return ("danger", f"Nothing was linked. {error}")
    district.session.commit()
    return (
        "success",
        f"{formats.counted(number, 'record')} linked to new IDs. Select Sync now to send the rest.",
    )


def _asked() -> tuple[int, str]:
    return request.form.get("run", 0, type=whole), request.form.get("digest", "")
