"""Sign out: every session of the person in this installation ends, in all tabs."""

from __future__ import annotations

from flask import Blueprint, g, render_template

from lti_app.extensions import db
from lti_app.lti import sessions
from lti_app.web.access import launched, own_district, signed_in
from lti_app.web.errors import OF_THE_PERSON

blueprint = Blueprint("sign_out", __name__)


@blueprint.post("/sign-out")
@signed_in
def sign_out() -> str:
    """End the sessions, and say so."""
    sessions.sign_out(own_district(), launched().subject)
    db.session.commit()
    for name in OF_THE_PERSON:
        g.pop(name, None)
    return render_template("launch/signed_out.html")
