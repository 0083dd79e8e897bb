"""Send the browser to the platform to sign in, for a login and for its repetition."""

from __future__ import annotations

from flask import current_app, redirect
from werkzeug.wrappers import Response

from lti_app.extensions import db
from lti_app.lti.launch import begin_login
from lti_app.lti.states import LIFE

COOKIE = "__Host-launch-state"


def public_url() -> str:
    """The app's own address."""
    return str(current_app.extensions["wiring"].settings.public_url)


def to_platform(parameters: dict[str, str]) -> Response:
    """The redirect to the platform, with a state of our own. Raises LaunchRefused."""
    url, state = begin_login(db.session, parameters, public_url())
    answer = redirect(url)
    answer.set_cookie(
        COOKIE,
        state,
        max_age=int(LIFE.total_seconds()),
        secure=True,
        httponly=True,
        samesite="None",
        partitioned=True,
    )
    return answer
