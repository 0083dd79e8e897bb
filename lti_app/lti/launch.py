"""A signed request becomes a Launch, or a refusal with a reason. The only user of PyLTI1p3.

PyLTI1p3 2.0.0 gives the order of the steps and the OIDC redirect. What it leaves open is closed here: state
and nonce are used once, exp, iat and azp are required and judged, keys are cached and bounded, shapes are
checked, and a launch outside any course needs no resource link.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

import jwt
from pylti1p3.exception import LtiException, OIDCException
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.oidc_login import OIDCLogin
from pylti1p3.registration import Registration
from pylti1p3.request import Request
from pylti1p3.tool_config.abstract import ToolConfAbstract
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.lti import registrations, states
from lti_app.lti.claims import Launch, read_launch, same_origin
from lti_app.lti.keys import KeySets
from lti_app.lti.refusals import LaunchRefused
from lti_app.lti.registrations import hash_of
from lti_app.models import Platform

LEEWAY_SECONDS = 60
OLDEST_SECONDS = 15 * 60
REQUIRED = ["exp", "iat", "nonce", "sub", "aud", "iss"]


class _Form(Request):
    """The parameters of a request, wherever the web framework found them."""

    def __init__(self, parameters: dict[str, str]) -> None:
        super().__init__()
        self._parameters = parameters

    @property
    def session(self) -> dict[str, Any]:
        return {}

    def is_secure(self) -> bool:
        return True

    def get_param(self, key: str) -> str:
        return self._parameters.get(key, "")


class _Config(ToolConfAbstract):  # type: ignore[type-arg]
    """Registrations from the database; an unknown one is None instead of an exception."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def check_iss_has_one_client(self, iss: str) -> bool:  # noqa: ARG002 - the library asks by issuer
        return False

    def find_registration_by_issuer(self, iss: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        return None

    def find_deployment(self, iss: str, deployment_id: str) -> Any:  # noqa: ARG002
        return None

    def find_deployment_by_params(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        return None

    def find_registration_by_params(  # noqa: ARG002
        self,
        iss: str,
        client_id: str | None,
        *args: Any,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> Any:
        platform = registrations.find_platform(self._session, iss, client_id or "")
        if platform is None:
            return None
        return (
            Registration()
            .set_issuer(platform.issuer)
            .set_client_id(platform.client_id)
            .set_auth_login_url(platform.auth_url)
            .set_key_set_url(platform.jwks_url)
        )


class _Nowhere:
    """State and nonce live in our own row, so the library's stores have nothing to keep."""

    def set_cookie(self, name: str, value: str, exp: int | None = None) -> None: ...

    def save_nonce(self, nonce: str) -> None: ...


class _Login(OIDCLogin):  # type: ignore[type-arg]
    """The redirect to the platform, its random values taken from `secrets`."""

    def __init__(self, session: Session, parameters: dict[str, str]) -> None:
        super().__init__(_Form(parameters), _Config(session), _Nowhere(), _Nowhere())
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


def begin_login(session: Session, parameters: dict[str, str], public_url: str) -> tuple[str, str]:
    """The redirect for a login request, and its state. Raises LaunchRefused with status 400."""
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
        raise LaunchRefused(
            "login", "The sign-in request couldn’t be read. Open the app again from Schoology.", 400
        ) from error
    states.remember(session, login.state, login.nonce, platform.id, login=states.repeatable(parameters))
    session.commit()
    return url, login.state


class _Message(MessageLaunch):  # type: ignore[type-arg]
    """The library's order of steps, with our own judgement in each."""

    def __init__(self, session: Session, parameters: dict[str, str], key_sets: KeySets) -> None:
        super().__init__(_Form(parameters), _Config(session), _Nowhere(), _Nowhere())
        self._db = session
        self._key_sets = key_sets
        self.platform: Platform | None = None
        self.login: dict[str, str] = {}
        self._nonce = ""

    def _get_request_param(self, key: str) -> str:
        return str(self._request.get_param(key) or "")

    def validate_state(self) -> MessageLaunch:  # type: ignore[type-arg]
        """The state row, used up by this very call."""
        state = self._get_request_param("state")
        if not state or not self._get_request_param("id_token"):
            raise LaunchRefused(
                "parameter", "The launch from Schoology is incomplete. Open the app again.", 400
            )
        pending = states.take(self._db, state)
        if pending is None:
            raise LaunchRefused(
                "state", "This launch was already used or took too long. Open the app again from Schoology."
            )
        self.platform = self._db.get_one(Platform, pending.platform_id)
        self.login = pending.login
        self._nonce = pending.nonce
        return self

    def validate_nonce(self) -> MessageLaunch:  # type: ignore[type-arg]
        """The nonce must be the one of this login."""
        if not isinstance(self._jwt.get("body"), dict) or not isinstance(self._jwt.get("header"), dict):
            raise LaunchRefused("format", "The launch from Schoology couldn’t be read. Open the app again.")
        nonce = self._get_jwt_body().get("nonce")
        if not isinstance(nonce, str) or not secrets.compare_digest(nonce.encode(), self._nonce.encode()):
            raise LaunchRefused(
                "nonce", "The launch doesn’t match this sign-in. Open the app again from Schoology."
            )
        return self

    def validate_registration(self) -> MessageLaunch:  # type: ignore[type-arg]
        """Issuer and audience must be those of the login's platform."""
        body = self._get_jwt_body()
        assert self.platform is not None
        audience = body.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if body.get("iss") != self.platform.issuer:
            raise LaunchRefused(
                "issuer",
                "The launch comes from a different platform than the sign-in. Open the app again from "
                "Schoology.",
            )
        if self.platform.client_id not in audiences:
            raise LaunchRefused(
                "audience", "The launch is for another app. Open the app again from Schoology."
            )
        azp = body.get("azp")
        if (len(audiences) > 1 or azp is not None) and azp != self.platform.client_id:
            raise LaunchRefused("azp", "The launch is for another app. Open the app again from Schoology.")
        return self

    def validate_jwt_signature(self) -> MessageLaunch:  # type: ignore[type-arg]
        """RS256 by a key that the platform serves, with every required claim and within its time."""
        assert self.platform is not None
        kid = self._jwt.get("header", {}).get("kid")
        if not isinstance(kid, str) or not kid:
            raise LaunchRefused(
                "kid", "The launch doesn’t name its signing key. Open the app again from Schoology."
            )
        url = self.platform.jwks_url
        key = self._key_sets.cached(url, kid)
        if key is None:
            self._db.rollback()  # no connection to the database is held while the network is waited for
            key = self._key_sets.find(url, kid)
        if key is None:
            raise LaunchRefused(
                "key",
                "The launch is signed with an unknown key. Wait a minute and open the app again from "
                "Schoology.",
            )
        try:
            body = jwt.decode(
                self._get_id_token(),
                key,
                algorithms=["RS256"],
                audience=self.platform.client_id,
                issuer=self.platform.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": REQUIRED},
            )
        except jwt.PyJWTError as error:
            raise LaunchRefused(
                f"token-{type(error).__name__}", "The launch isn’t valid. Open the app again from Schoology."
            ) from error
        if clock.now().timestamp() - float(body["iat"]) > OLDEST_SECONDS + LEEWAY_SECONDS:
            raise LaunchRefused("age", "The launch is too old. Open the app again from Schoology.")
        return self

    def validate_deployment(self) -> MessageLaunch:  # type: ignore[type-arg]
        """Judged with the other claims in `read_launch`."""
        return self

    def validate_message(self) -> MessageLaunch:  # type: ignore[type-arg]
        """Judged with the other claims in `read_launch`."""
        return self

    def save_launch_data(self) -> MessageLaunch:  # type: ignore[type-arg]
        """The launch data are not kept."""
        return self


def finish_launch(session: Session, parameters: dict[str, str], public_url: str, key_sets: KeySets) -> Launch:
    """The launch behind a posted state and id_token. Raises LaunchRefused, with the login to repeat."""
    message = _Message(session, parameters, key_sets)
    try:
        body = message.validate().get_launch_data()
        assert message.platform is not None
        launch = read_launch(body, message.platform.id, public_url)
    except LtiException as error:
        raise LaunchRefused(
            "format", "The launch from Schoology couldn’t be read. Open the app again.", login=message.login
        ) from error
    except LaunchRefused as refusal:
        refusal.login = message.login
        raise
    return replace(launch, login_id=hash_of(parameters["state"]), login=message.login)
