"""Access to review: what keeps people in their classes, and what an administrator decides on it."""

from __future__ import annotations

from flask import request

from lti_app.models import ReviewState
from lti_app.runs import names as runs_names
from lti_app.store import access_review
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import Message

IGNORED = "The next sync ignores this row. People it kept are dropped from classes the SIS no longer lists."
GONE = "This row isn’t on the list anymore. It was corrected in the SIS."


def render(*messages: Message) -> str:
    """The list."""
    district = own_district()
    return show(
        "logs",
        "admin/access_review.html",
        entries=access_review.entries(district),
        names=runs_names.names(district),
        nights=access_review.NIGHTS,
        messages=list(messages),
    )


@blueprint.post("/access-review")
@admin_reader
@place()
def access_review_list() -> str:
    """Show the list."""
    return render()


@blueprint.post("/access-review/ignore")
@acting_user_only
def access_review_ignore() -> str:
    """Ignore a row that has been on the list for three nights."""
    topic, kind, sis_id = (request.form.get(name, "") for name in ("topic", "kind", "sis_id"))
    district = own_district()
    entry = access_review.one(district, topic, kind, sis_id)
    if entry is None or entry.state != ReviewState.WAITING:
        return render(("warning", GONE))
    access_review.decide(district, entry, ReviewState.IGNORED, who())
    district.session.commit()
    return render(("success", IGNORED))
