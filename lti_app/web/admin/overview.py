"""The Overview tab: is everything all right, what needs a person, and what is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import request

from lti_app import clock
from lti_app.extensions import db
from lti_app.operations import due_syncs
from lti_app.operations.overview import attention, days, grades, schools, status
from lti_app.store import audit, problems
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin import progress
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared import job_view
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import Message

REMIND = timedelta(days=7)
GONE: Message = ("info", "This isn’t on the list anymore, so nothing was changed.")
FEW_SCHOOLS = 5
"""So many schools are shown before the rest is folded away."""


def render(messages: Sequence[Message] = ()) -> str:
    """The tab as it stands."""
    district = own_district()
    job = job_view.current_view(district)
    needs = attention.needs(district)
    return show(
        "overview",
        "admin/overview.html",
        messages,
        status=status.status(district, needs),
        waiting_now=[each for each in needs if not each.is_known],
        known=[each for each in needs if each.is_known],
        last_syncs=status.last_syncs(district)[1:],
        next_sync=due_syncs.sentence(district),
        schools=schools.schools(district),
        few_schools=FEW_SCHOOLS,
        grades=grades.grades(district),
        days=days.last_days(district),
        job=job,
    )


@blueprint.post("/overview")
@admin_reader
@place()
def overview() -> str:
    """Show the tab."""
    return render()


@blueprint.post("/overview/acknowledge")
@acting_user_only
def overview_acknowledge() -> str:
    """Keep that an administrator knows of a problem, for good or until a reminder."""
    district, key = own_district(), request.form.get("key", "")
    need = next((each for each in attention.needs(district) if each.key == key and each.can_wait), None)
    if need is None:
        return render([GONE])
    later = request.form.get("later") == "yes"
    until = clock.now() + REMIND if later else None
    problems.acknowledge(district, key, need.count, who().name, until=until)
    new = "reminder in a week" if later else "acknowledged"
    audit.record(district, who(), f"Known problem: {need.title}", new=new)
    db.session.commit()
    if later:
        return render(
            [("success", "You’ll be reminded in a week, or sooner if more records have this problem.")]
        )
    return render(
        [("success", "This is a known problem now. You’ll hear of it again if more records have it.")]
    )


@blueprint.post("/overview/bring-back")
@acting_user_only
def overview_bring_back() -> str:
    """Show a known problem among what needs a person again."""
    district, key = own_district(), request.form.get("key", "")
    need = next((each for each in attention.needs(district) if each.key == key and each.acknowledged), None)
    if need is None:
        return render([GONE])
    problems.bring_back(district, key)
    audit.record(district, who(), f"Known problem: {need.title}", old="acknowledged", new="not acknowledged")
    db.session.commit()
    return render([("success", "This isn’t acknowledged anymore.")])


@blueprint.post("/overview/cancel")
@acting_user_only
def overview_cancel() -> str:
    """Stop the job that is queued or running."""
    return progress.cancel(render)
