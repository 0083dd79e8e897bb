"""Who may look at the admin app, asked for each of its pages, and the pages of those who may not."""

from __future__ import annotations

from flask import current_app, g, render_template

from lti_app.extensions import db
from lti_app.lti import readers
from lti_app.lti.readers import Admission
from lti_app.models import ActingUser, Installation, LaunchSession
from lti_app.store.district import District
from lti_app.vault import VaultError
from lti_app.web.errors import Refusal
from lti_app.web.shared import places

BECOME = "launch/become.html"
NO_UID = (
    "Schoology didn’t say who you are, so you can’t use this page. Ask the people who host this app to add "
    "the custom parameter uid=$User.id to the app in Schoology."
)
NO_ACTING_USER = (
    "This app doesn’t have the permission of a system administrator right now. If you’re a Schoology "
    "system administrator, select Make me the Acting User. Until then, nothing can be shown here."
)
NOT_CONFIRMED = (
    "Only Schoology system administrators and people the Acting User has allowed can open this page. Ask "
    "{name}, who is the Acting User, to allow you. Your name is on the Configuration tab now, under People "
    "who can view."
)
UNREACHED = (
    "Schoology didn’t respond, so the app couldn’t check that you’re a system administrator. Wait a minute "
    "and try again."
)


def admission(found: LaunchSession) -> Admission:
    """Whether the person of a launch outside any course may look; asks Schoology once a day."""
    district = District(db.session, found.installation_id)
    acting_user: ActingUser | None = g.acting_user
    answer = readers.known(district, found, acting_user)
    if answer is not None:
        return answer
    assert acting_user is not None
    installation = db.session.get_one(Installation, district.id)
    try:
        schoology = current_app.extensions["wiring"].schoology(installation, acting_user)
    except VaultError:
        return Admission.UNREACHED
    return readers.ask(district, found, acting_user, schoology)


def become_page() -> str:
    """All that is shown while no Acting User works: how to become it."""
    g.acting_user = None  # their name is no one's business yet
    places.go_to("/admin/configuration")
    return render_template(BECOME, text=NO_ACTING_USER)


def check(found: LaunchSession) -> None:
    """Raises Refusal with a page that says what to do, or who can help."""
    answer = admission(found)
    if answer is Admission.NO_UID:
        raise Refusal(403, NO_UID, "no-uid")
    if answer is Admission.NO_ACTING_USER:
        raise Refusal(403, NO_ACTING_USER, "no-acting-user", template=BECOME)
    if answer is Admission.UNREACHED:
        raise Refusal(503, UNREACHED, "not-confirmed")
    if answer is Admission.NOT_CONFIRMED:
        raise Refusal(403, NOT_CONFIRMED.format(name=g.acting_user.name), "no-reader")
