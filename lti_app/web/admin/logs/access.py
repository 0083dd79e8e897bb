"""Access to review: access that should end and doesn’t yet, and what an administrator decides on it."""

from __future__ import annotations

from flask import request

from lti_app import formats
from lti_app.models import AccessReview, Link, ReviewState
from lti_app.runs import names as runs_names
from lti_app.runs.words import FIELDS
from lti_app.school.records import Kind
from lti_app.store import access_review, links
from lti_app.store.access_review import ReviewTopic
from lti_app.sync.plan.refused_ends import REFUSED
from lti_app.sync.review import access, side_by_side
from lti_app.web.access import acting_user_only, admin_reader, own_district, who
from lti_app.web.admin.tabs import blueprint, show
from lti_app.web.shared.numbers import whole
from lti_app.web.shared.places import place
from lti_app.web.shared.tab import Message

LABELS = {
    ReviewState.ENDED: "End it",
    ReviewState.KEPT: "Keep it",
    ReviewState.BY_HAND: "Done by hand",
    ReviewState.IGNORED: "Ignore this row",
}
"""What can be decided → the button."""
TRY_AGAIN = "Try again"
"""To end what Schoology refused to end."""
IGNORED = "The next sync ignores this row. People it kept are dropped from classes the SIS no longer lists."
SAVED = "Saved. The next sync follows your decision."
NOTED = "Saved. It isn’t listed anymore."


def render(*messages: Message) -> str:
    """The list: what syncs found, then parents and people that the SIS lost, a page at a time."""
    district = own_district()
    pages = {name: request.form.get(name, 1, type=whole) for name in ("parents_page", "page")}
    removed = links.leaving.removed_parents(district, ReviewTopic.PARENT, pages["parents_page"])
    left = links.leaving.people_who_left(district, ReviewTopic.PERSON, pages["page"])
    found = [each for each in access_review.entries(district) if each.topic not in access.KINDS]
    people = {each.person for each in removed.rows}
    return show(
        "logs",
        "admin/access_review.html",
        entries=[_entry(each) for each in found],
        removed=removed,
        to_end={each.sis_id for each in access_review.entries(district, ReviewTopic.PARENT)},
        students=links.read.labels(district, Kind.USER, people) if people else {},
        left=left,
        choices={each.sis_id: _choices(each) for each in (*removed.rows, *left.rows)},
        names=runs_names.names(district),
        nights=access_review.NIGHTS,
        labels=FIELDS,
        messages=list(messages),
    )


def _entry(entry: AccessReview) -> tuple[AccessReview, list[tuple[str, str]], tuple[side_by_side.Side, ...]]:
    """An entry, its buttons, and both records where two may be one person."""
    labels = {**LABELS, ReviewState.ENDED: TRY_AGAIN} if entry.reason.code in REFUSED else LABELS
    buttons = [(str(choice), labels[choice]) for choice in access.choices(entry)]
    return entry, buttons, side_by_side.of(own_district(), entry)


def _choices(link: Link) -> list[tuple[str, str]]:
    topic = ReviewTopic.PARENT if link.kind == Kind.PARENT_LINK else ReviewTopic.PERSON
    return [(str(choice), LABELS[choice]) for choice in access.choices_on_link(topic, link)]


@blueprint.post("/access-review")
@admin_reader
@place("page", "parents_page")
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
    if topic in access.KINDS and choice != ReviewState.ENDED:
        return render(("success", NOTED))
    return render(("success", IGNORED if choice == ReviewState.IGNORED else SAVED))


@blueprint.post("/access-review/decide-all")
@acting_user_only
def access_review_decide_all() -> str:
    """Keep one decision on everybody who left the SIS."""
    district = own_district()
    try:
        number = access.decide_all_people(district, request.form.get("choice", ""), who())
    except access.CannotDecide as error:
        return render(("warning", str(error)))
    district.session.commit()
    people = formats.counted(number, "person", "people")
    return render(("success", f"Saved. {people} {formats.plural(number, 'isn’t', 'aren’t')} listed anymore."))
