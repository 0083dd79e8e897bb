"""Access to review: access that should end and does not yet, and what an administrator decides on it."""

from __future__ import annotations

from typing import Any

from flask import request

from lti_app.models import ReviewState
from lti_app.runs import names as runs_names
from lti_app.store.access_review import ReviewTopic
from lti_app.sync.review import access
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin.tabs import blueprint, show

LABELS = {
    ReviewState.ENDED: "End it",
    ReviewState.KEPT: "Keep it",
    ReviewState.BY_HAND: "Done by hand",
    ReviewState.IGNORED: "Ignore this row",
}
"""What can be decided → the button."""


def render(**more: Any) -> str:
    """The list of what waits for a decision."""
    district = own_district()
    found = [
        (each, [(str(choice), LABELS[choice]) for choice in access.CHOICES[ReviewTopic(each.topic)]])
        for each in access.waiting(district)
    ]
    return show("logs", "admin/access.html", found=found, names=runs_names.names(district), **more)


@blueprint.post("/access")
@admin_reader
def access_list() -> str:
    """Show the list."""
    return render()


@blueprint.post("/access/decide")
@acting_user_only
def access_decide() -> str:
    """Keep one decision."""
    topic, kind, sis_id, choice = (
        request.form.get(each, "") for each in ("topic", "kind", "sis_id", "choice")
    )
    district = own_district()
    try:
        access.decide(district, topic, kind, sis_id, choice=choice, who=who())
    except access.CannotDecide as error:
        district.session.rollback()
        return render(messages=[("danger", str(error))])
    district.session.commit()
    return render(messages=[("success", "Saved. The next sync follows your decision.")])
