"""Access to review: access that should end and doesn’t yet, and what an administrator decides on it."""

from __future__ import annotations

from flask import request

from lti_app.models import ReviewState
from lti_app.runs import names as runs_names
from lti_app.store import access_review
from lti_app.sync.review import access
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import Message

LABELS = {
    ReviewState.ENDED: "End it",
    ReviewState.KEPT: "Keep it",
    ReviewState.BY_HAND: "Done by hand",
    ReviewState.IGNORED: "Ignore this row",
}
"""What can be decided → the button."""
IGNORED = "The next sync ignores this row. People it kept are dropped from classes the SIS no longer lists."
SAVED = "Saved. The next sync follows your decision."


def render(*messages: Message) -> str:
    """The list."""
    district = own_district()
    entries = [
        (each, [(str(choice), LABELS[choice]) for choice in access.choices(each)])
        for each in access_review.entries(district)
    ]
    return show(
        "logs",
        "admin/access_review.html",
        entries=entries,
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


@blueprint.post("/access-review/decide")
@acting_user_only
def access_review_decide() -> str:
    """Keep one decision."""
    topic, kind, sis_id, choice = (
        request.form.get(name, "") for name in ("topic", "kind", "sis_id", "choice")
    )
    district = own_district()
    try:
        access.decide(district, topic, kind, sis_id, choice=choice, who=who())
    except access.CannotDecide as error:
        return render(("warning", str(error)))
    district.session.commit()
    return render(("success", IGNORED if choice == ReviewState.IGNORED else SAVED))
