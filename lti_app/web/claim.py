"""The first administrator claims an installation with its one-time setup code."""

from __future__ import annotations

import hmac
from datetime import timedelta

from flask import Blueprint, g, render_template, request
from sqlalchemy import func, select

from lti_app import clock
from lti_app.extensions import db
from lti_app.lti.readers import Admission
from lti_app.lti.registrations import hash_of, setup_code_of
from lti_app.models import Audit, Installation
from lti_app.store import audit
from lti_app.store.district import District
from lti_app.web import admission
from lti_app.web.access import launched, unclaimed_admin, who
from lti_app.web.admin.configuration import page
from lti_app.web.errors import Refusal
from lti_app.web.shared.host import with_contact
from lti_app.web.shared.places import go_to, place

blueprint = Blueprint("claim", __name__)
WRONG = "Wrong setup code"
MOST_TRIES = 10
LIFE = timedelta(days=14)
LONGEST = 100
"""Characters of a typed code that are looked at."""
EXPIRED = "This setup code has expired. Ask the people who host this app for a new one."
TRIES_WITHIN = timedelta(hours=1)


@blueprint.post("/claim")
@unclaimed_admin
@place()
def claim() -> str:
    """Take the installation, or say why not."""
    installation: Installation = g.installation
    if "setup_code" not in request.form:  # Back or Reload: the page is shown again, and that is no try
        return render_template("launch/claim.html", problem="")
    if _too_many_tries(installation.id, who().uid):
        raise Refusal(
            429,
            "There were too many wrong setup codes. Wait an hour, or ask the people who host this app for "
            "a new code.",
            "setup-code",
        )
    if installation.setup_code_at is not None and clock.now() - installation.setup_code_at > LIFE:
        return render_template("launch/claim.html", problem=with_contact(EXPIRED))
    given = hash_of(setup_code_of(request.form.get("setup_code", "")[:LONGEST]))
    if not installation.setup_code_hash or not hmac.compare_digest(given, installation.setup_code_hash):
        audit.record(District(db.session, installation.id), who(), WRONG, new="refused")
        db.session.commit()
        return render_template(
            "launch/claim.html",
            problem=with_contact(
                "This isn’t the right setup code. Check it and try again, or ask the people who host this "
                "app "
                "for a new one."
            ),
        )
    installation.claimed_by_uid = launched().uid
    installation.claimed_by_name = launched().name
    installation.claimed_at = clock.now()
    installation.setup_code_hash = ""
    claimer = audit.account(launched().uid)
    audit.record(District(db.session, installation.id), who(), "Installation claimed", new=claimer)
    db.session.commit()
    if admission.admission(launched()) is Admission.NO_ACTING_USER:
        return admission.become_page()
    go_to("/admin/configuration")
    return page.render()


def _too_many_tries(installation_id: int, uid: str) -> bool:
    """Of this person: no one keeps others from claiming by guessing."""
    tries = db.session.scalar(
        select(func.count()).where(
            Audit.installation_id == installation_id,
            Audit.what == WRONG,
            Audit.uid == uid,
            Audit.at > clock.now() - TRIES_WITHIN,
        )
    )
    return (tries or 0) >= MOST_TRIES
