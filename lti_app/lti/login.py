"""A login request becomes a redirect to the platform, with a state and a nonce of our own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from pylti1p3.exception import OIDCException
from pylti1p3.oidc_login import OIDCLogin
from sqlalchemy.orm import Session

from lti_app.lti import registrations, states
from lti_app.lti.claims import same_origin
from lti_app.lti.library import Config, Form, Nowhere
from lti_app.lti.refusals import LaunchRefused

LONGEST_LOGIN = 16_000
"""Characters of a login request; its hints are signed tokens at most."""
UNREADABLE = "The sign-in request couldn’t be read. Open the app again from Schoology."


class _Login(OIDCLogin):  # type: ignore[type-arg]
    """The redirect to the platform, its random values taken from `secrets`."""

    def __init__(self, session: Session, parameters: dict[str, str]) -> None:
        super().__init__(Form(parameters), Config(session), Nowhere(), Nowhere())
        self.state = ""
        self.nonce = ""

    def _get_uuid(self) -> str:
        token = secrets.token_urlsafe(32)
        self.state = f"state-{token}"
        return token

    def _generate_nonce(self) -> str:
        self.nonce = secrets.token_urlsafe(32)
        return self.nonce

    def get_redirect(self, url: str) -> Any:
        """The redirect is the caller's: only its address is wanted."""
        return url

    def redirect_url(self, launch_url: str) -> str:
        """Where to send the browser."""
        return str(self._prepare_redirect_url(launch_url))


@dataclass(frozen=True)
class Begun:
    """A login under way: where to send the browser, and what binds the login to it."""

    url: str
    state: str
    binding: str
    """What the platform is to store for this browser; empty where it offers no storage."""


def begin_login(session: Session, parameters: dict[str, str], public_url: str) -> Begun:
    """The redirect for a login request. Raises LaunchRefused with status 400."""
    if sum(map(len, parameters.values())) > LONGEST_LOGIN or any(
        "\0" in each for each in parameters.values()
    ):
        raise LaunchRefused("login-shape", UNREADABLE, 400)
    for name in ("iss", "login_hint", "client_id", "target_link_uri"):
        if not parameters.get(name):
            raise LaunchRefused(
                "login-parameter",
                f"The sign-in request is missing “{name}”. Open the app again from Schoology.",
                400,
            )
    if not same_origin(parameters["target_link_uri"], public_url):
        raise LaunchRefused(
            "login-target",
            "The sign-in request is for another website. Ask the people who host this app to check its "
            "address.",
            400,
        )
    platform = registrations.find_platform(session, parameters["iss"], parameters["client_id"])
    if platform is None:
        raise LaunchRefused(
            "login-platform",
            "This app isn’t registered with this Schoology platform. Ask the people who host this app to "
            "add it.",
            400,
        )
    login = _Login(session, parameters)
    try:
        url = login.redirect_url(f"{public_url}/lti/launch")
    except OIDCException as error:
        raise LaunchRefused("login", UNREADABLE, 400) from error
    binding = secrets.token_urlsafe(32) if parameters.get("lti_storage_target") else ""
    again = states.repeatable(parameters)
    states.remember(session, login.state, login.nonce, platform.id, login=again, binding=binding)
    session.commit()
    return Begun(url, login.state, binding)
