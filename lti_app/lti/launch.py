"""A signed request becomes a Launch, or a refusal with a reason. With `login` and `library` the only user of
PyLTI1p3.

PyLTI1p3 2.0.0 gives the order of the steps and the OIDC redirect. What it leaves open is closed here: state
and nonce are used once, exp, iat and azp are required and judged, keys are cached and bounded, shapes are
checked, and a launch outside any course needs no resource link.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

import jwt
from pylti1p3.exception import LtiException
from pylti1p3.message_launch import MessageLaunch
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.lti import states
from lti_app.lti.claims import Launch, read_launch
from lti_app.lti.keys import KeySets
from lti_app.lti.library import Config, Form, Nowhere
from lti_app.lti.refusals import LaunchRefused
from lti_app.lti.registrations import hash_of
from lti_app.models import Platform

LEEWAY_SECONDS = 60
UNREADABLE = "The launch from Schoology couldn’t be read. Open the app again."
OLDEST_SECONDS = 15 * 60
REQUIRED = ["exp", "iat", "nonce", "sub", "aud", "iss"]


class _Message(MessageLaunch):  # type: ignore[type-arg]
    """The library's order of steps, with our own judgement in each."""

    def __init__(self, session: Session, parameters: dict[str, str], key_sets: KeySets) -> None:
        super().__init__(Form(parameters), Config(session), Nowhere(), Nowhere())
        self._db = session
        self._key_sets = key_sets
        self.platform: Platform | None = None
        self.login: dict[str, str] = {}
        self.binding_hash = ""
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
        self.login, self.binding_hash = pending.login, pending.binding_hash
        self._nonce = pending.nonce
        return self

    def validate_nonce(self) -> MessageLaunch:  # type: ignore[type-arg]
        """The nonce must be the one of this login."""
        if not isinstance(self._jwt.get("body"), dict) or not isinstance(self._jwt.get("header"), dict):
            raise LaunchRefused("format", UNREADABLE)
        nonce = self._get_jwt_body().get("nonce")
        if not isinstance(nonce, str) or not secrets.compare_digest(
            nonce.encode(errors="surrogatepass"), self._nonce.encode()
        ):
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
    except (LtiException, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise LaunchRefused("format", UNREADABLE, login=message.login) from error
    except LaunchRefused as refusal:
        refusal.login = message.login
        raise
    return replace(
        launch,
        login_id=hash_of(parameters["state"]),
        login=message.login,
        binding_hash=message.binding_hash,
    )
