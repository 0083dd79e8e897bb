"""Where Schoology's triggers call. No installation has a secret yet, so every secret is unknown."""

from __future__ import annotations

from flask import Blueprint

from lti_app.web.access import public
from lti_app.web.errors import Refusal

blueprint = Blueprint("events", __name__)


@blueprint.post("/events/<secret>")
@public
def receive(secret: str) -> str:  # noqa: ARG001 - every secret is unknown
    """Refuse an unknown secret without saying anything about it."""
    raise Refusal(404, "There is nothing at this address.", "unknown-secret")
