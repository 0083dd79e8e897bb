"""Service tokens: client_credentials with an assertion that the app signs (IMS Security Framework 4.1)."""

from __future__ import annotations

import secrets
import threading
from typing import TYPE_CHECKING, Any, Final

import jwt
import requests
from flask import Blueprint, request

from lti_app.sandbox.schoology.lti.login import the_platform

if TYPE_CHECKING:
    from lti_app.sandbox.schoology.lti.platform import LtiPlatform

_ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_AGS: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/"
SCOPES: Final = frozenset(
    (
        _AGS + "lineitem",
        _AGS + "lineitem.readonly",
        _AGS + "result.readonly",
        _AGS + "score",
        "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
    )
)
_LIFE_SECONDS: Final = 3600
_ASSERTION_SECONDS: Final = 3600
_FETCH_SECONDS: Final = 5.0


class TokenRefused(Exception):
    """A token request that is answered with an OAuth error code (RFC 6749 5.2)."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


class SeenAssertions:
    """The jti values that were used, until their assertions expire."""

    def __init__(self) -> None:
        self._expiry: dict[str, float] = {}
        self._lock = threading.Lock()

    def raise_if_used(self, jti: str, expires: float, now: float) -> None:
        """Remember a jti. Raises TokenRefused when it was used before."""
        with self._lock:
            self._expiry = {each: until for each, until in self._expiry.items() if until > now}
            if jti in self._expiry:
                raise TokenRefused("invalid_client", "this assertion was used before")
            self._expiry[jti] = expires


def make_blueprint() -> Blueprint:
    """The token address, with a memory of assertions of its own."""
    blueprint, seen = Blueprint("lti_platform_tokens", __name__), SeenAssertions()

    @blueprint.post("/lti-service/access-token")
    def access_token() -> tuple[dict[str, Any], int]:
        try:
            return _grant(the_platform(), seen), 200
        except TokenRefused as refusal:
            status = 401 if refusal.code == "invalid_client" else 400
            return {"error": refusal.code, "error_description": str(refusal)}, status

    return blueprint


def _grant(platform: LtiPlatform, seen: SeenAssertions) -> dict[str, Any]:
    form = request.form
    if form.get("grant_type") != "client_credentials":
        raise TokenRefused("unsupported_grant_type", "grant_type must be client_credentials")
    if form.get("client_assertion_type") != _ASSERTION_TYPE:
        raise TokenRefused("invalid_request", "client_assertion_type must be jwt-bearer")
    claims = _verified(platform, form.get("client_assertion", ""))
    seen.raise_if_used(str(claims["jti"]), float(claims["exp"]), platform.clock())
    scopes = form.get("scope", "").split()
    if not scopes or not SCOPES.issuperset(scopes):
        raise TokenRefused("invalid_scope", "a scope is missing or not selected for this app")
    token = secrets.token_urlsafe(32)
    return {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": _LIFE_SECONDS,
        "scope": " ".join(scopes),
    }


def _verified(platform: LtiPlatform, assertion: str) -> dict[str, Any]:
    """The claims of an assertion that the app signed. Raises TokenRefused."""
    try:
        key = _tool_key(platform, jwt.get_unverified_header(assertion).get("kid"))
        claims: dict[str, Any] = jwt.decode(
            assertion,
            key.key,
            algorithms=["RS256"],
            audience=platform.token_url,
            issuer=platform.client_id,
            options={"require": ["iss", "sub", "aud", "iat", "exp", "jti"]},
        )
    except jwt.PyJWTError as error:
        raise TokenRefused("invalid_client", f"the assertion does not hold: {error}") from error
    if claims["sub"] != platform.client_id:
        raise TokenRefused("invalid_client", "the assertion's sub is not the client_id")
    if claims["exp"] - claims["iat"] > _ASSERTION_SECONDS:
        raise TokenRefused("invalid_client", "the assertion lives too long")
    return claims


def _tool_key(platform: LtiPlatform, kid: object) -> jwt.PyJWK:
    """The app's key of that name, read from the app each time. Raises TokenRefused, PyJWTError."""
    try:
        answer = requests.get(platform.tool.jwks_url, timeout=_FETCH_SECONDS, allow_redirects=False)
        answer.raise_for_status()
        keys = jwt.PyJWKSet.from_dict(answer.json()).keys
    except (requests.RequestException, ValueError, AttributeError) as error:
        raise TokenRefused("invalid_client", "the app's key set could not be read") from error
    found = [key for key in keys if kid and key.key_id == kid]
    if not found:
        raise TokenRefused("invalid_client", "the app's key set has no such kid")
    return found[0]
