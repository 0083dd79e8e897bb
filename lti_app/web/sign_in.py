"""Send the browser to the platform to sign in, for a login and for its repetition."""

from __future__ import annotations

from flask import current_app, g, make_response, redirect, render_template
from werkzeug.wrappers import Response

from lti_app.extensions import db
from lti_app.lti.login import Begun, begin_login
from lti_app.lti.registrations import hash_of
from lti_app.lti.states import LIFE
from lti_app.web import framing

COOKIE = "__Host-launch-state"


def public_url() -> str:
    """The app's own address."""
    return str(current_app.extensions["wiring"].settings.public_url)


def _page_that_stores(begun: Begun, target: str) -> Response:
    """A page whose script asks the platform to store what binds the login to this browser, and goes on."""
    g.empty_shell = True
    origin = framing.origin_of_url(begun.url)
    key = storage_key(begun.state)
    return make_response(
        render_template("launch/store.html", begun=begun, target=target, origin=origin, key=key)
    )


def storage_key(state: str) -> str:
    """The name under which the platform stores."""
    return f"sis-integration-{hash_of(state)[:16]}"


def to_platform(parameters: dict[str, str]) -> Response:
    """The redirect to the platform, with a state of our own. Raises LaunchRefused."""
    begun = begin_login(db.session, parameters, public_url())
    answer = (
        _page_that_stores(begun, parameters["lti_storage_target"]) if begun.binding else redirect(begun.url)
    )
    answer.set_cookie(
        COOKIE,
        begun.state,
        max_age=int(LIFE.total_seconds()),
        secure=True,
        httponly=True,
        samesite="None",
        partitioned=True,
    )
    return answer
