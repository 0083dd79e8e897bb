"""Three ways to sign in: OAuth 2 client credentials, OAuth 1.0a, and a token that never ends.

RFC 6749, 2.3.1 and 4.4; OneRoster 1.2, 3.2 (scopes). Rosters and gradebook have a token each, so that a
gradebook that is not granted says nothing about rosters. A refused sign-in is never repeated.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import quote, quote_plus

import requests
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256, Client
from requests import PreparedRequest
from requests.auth import AuthBase

from lti_app.outbound.bounds import json_of
from lti_app.outbound.errors import OutboundError, Permanent, Transient
from lti_app.outbound.hosts import PrivateAddress
from lti_app.outbound.transport import Transport
from lti_app.sis.errors import (
    Service,
    SisAuthError,
    SisConfigError,
    SisError,
    SisNotRecognized,
    SisUnavailable,
)
from lti_app.sis.oneroster.addresses import with_scheme
from lti_app.sis.oneroster.envelope import error_words
from lti_app.sis.oneroster.words import OneRosterCode, told

SCOPE = "https://purl.imsglobal.org/spec/or/{}/scope/"
WRITE = "gradebook.createput"
SCOPES: Mapping[Service, tuple[str, ...]] = {
    Service.ROSTER: ("roster.readonly roster-core.readonly", "roster-core.readonly", "roster.readonly", ""),
    Service.GRADEBOOK: (
        "gradebook.readonly gradebook.createput gradebook.delete",
        "gradebook.readonly gradebook.createput",
        "gradebook.readonly",
        "",
    ),
}
"""Service → what is asked for, and what instead where a scope is refused as such."""
LIFE = 1800.0
"""Seconds that a token is used whose server does not tell."""
SHARE = 0.8
"""Of the life of a token; then it is renewed."""


class Door(Protocol):
    """What signs requests."""

    def auth(self, service: Service, version: str) -> AuthBase:
        """What signs the next request to a service. Raises SisError."""

    def renew(self, service: Service) -> bool:
        """After a 401: whether it is worth asking once more, with a new token."""

    def worked(self, service: Service) -> None:
        """A request was let in."""

    def may_write(self) -> bool:
        """Whether the server let us know that grades may be written, or said nothing."""


class Bearer(AuthBase):
    """A token in the Authorization header."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add the header."""
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class Signature(AuthBase):
    """OAuth 1.0a, two-legged: signed over the address as it goes out, with a new nonce each time."""

    def __init__(self, key: str, secret: str, method: str) -> None:
        self._signer = key, secret, method

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add the header."""
        key, secret, method = self._signer
        signer = Client(key, client_secret=secret, signature_method=method)
        _, headers, _ = signer.sign(str(request.url), http_method=str(request.method))
        request.headers["Authorization"] = str(headers["Authorization"])
        return request


@dataclass
class Fixed:
    """Every request is signed in the same way; there is no call to sign in."""

    how: AuthBase
    let_in: bool = False

    def auth(self, service: Service, version: str) -> AuthBase:  # noqa: ARG002 - the same for all
        """The one way."""
        return self.how

    def renew(self, service: Service) -> bool:  # noqa: ARG002
        """There is nothing to renew."""
        return False

    def worked(self, service: Service) -> None:  # noqa: ARG002
        """Someone knows us."""
        self.let_in = True

    def may_write(self) -> bool:
        """Nothing says otherwise."""
        return True


@dataclass
class _Token:
    text: str
    until: float
    scope: str
    worked: bool = False


@dataclass
class Tokens:
    """OAuth 2 client credentials. `by_body`: id and secret go in the body, since the header was refused."""

    transport: Transport
    address: str
    client_id: str
    client_secret: str
    now: Callable[[], float]
    by_body: bool = False
    kept: dict[Service, _Token] = field(default_factory=dict)

    def auth(self, service: Service, version: str) -> AuthBase:
        """The token of a service, a new one where there is none that lasts. Raises SisError."""
        token = self.kept.get(service)
        if token is None or token.until <= self.now():
            token = self.kept[service] = self._new(service, version)
        return Bearer(token.text)

    def renew(self, service: Service) -> bool:
        """Forget a token that ran out before its time; one that never worked is refused, not run out."""
        token = self.kept.get(service)
        if token is None or not token.worked:
            return False
        del self.kept[service]
        return True

    def worked(self, service: Service) -> None:
        """Its token is good."""
        if service in self.kept:
            self.kept[service].worked = True

    def may_write(self) -> bool:
        """Whether the scopes that came back leave out writing."""
        token = self.kept.get(Service.GRADEBOOK)
        return token is None or not token.scope or WRITE in token.scope or "gradebook" not in token.scope

    def _new(self, service: Service, version: str) -> _Token:
        beginning = SCOPE.format("v" + version.replace(".", "p"))
        try:
            for names in SCOPES[service]:
                scope = " ".join(beginning + each for each in names.split())
                found = self._asked(scope)
                if found is not None:
                    return found
        except SisError as error:
            error.service = error.service or Service.SIGN_IN
            raise
        refused = SisAuthError(**told(OneRosterCode.SCOPES_REFUSED))
        refused.service = service if self.kept else Service.SIGN_IN
        raise refused

    def _asked(self, scope: str) -> _Token | None:
        """A token for these scopes; None where a scope as such is refused. Raises SisError."""
        error = None
        for by_body in (True,) if self.by_body else (False, True):
            try:
                answer = self._request(scope, by_body=by_body)
            except Permanent as refused:
                error = refused
                if _code(refused) == "invalid_scope":
                    return None
                if refused.status not in (400, 401):
                    break
                continue
            except OutboundError as failed:
                raise _unanswered(failed) from failed
            self.by_body = by_body
            return self._token(answer)
        assert error is not None
        raise _refused(error) from error

    def _request(self, scope: str, *, by_body: bool) -> requests.Response:
        form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
        headers = {"Accept": "application/json"}
        if by_body:
            form |= {"client_id": self.client_id, "client_secret": self.client_secret}
        else:
            pair = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret)}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        address = with_scheme(self.address, "token address")
        return self.transport.request("POST", address, form=form, headers=headers, idempotent=True)

    def _token(self, answer: requests.Response) -> _Token:
        try:
            body = json_of(answer)
        except ValueError as error:
            raise SisNotRecognized(**told(OneRosterCode.NO_TOKENS)) from error
        text = body.get("access_token") if isinstance(body, dict) else None
        if answer.status_code >= 300 or not isinstance(text, str) or not text:
            raise SisNotRecognized(**told(OneRosterCode.NO_TOKENS))
        return _Token(text, self.now() + _life(body.get("expires_in")) * SHARE, str(body.get("scope") or ""))


def _life(told: Any) -> float:
    try:
        seconds = float(told)
    except (TypeError, ValueError):
        return LIFE
    return seconds if seconds > 0 else LIFE


def _code(error: OutboundError) -> str:
    found = error.body.get("error") if isinstance(error.body, dict) else None
    return found if isinstance(found, str) else ""


def _unanswered(error: OutboundError) -> SisError:
    if isinstance(error, Transient) and not 200 <= (error.status or 0) < 300:
        parts = told(OneRosterCode.TOKENS_UNAVAILABLE, why=error)
        return SisUnavailable(**parts, retry_after=error.retry_after)
    return SisNotRecognized(**told(OneRosterCode.NO_TOKENS))


def _refused(error: Permanent) -> SisError:
    if isinstance(error, PrivateAddress) or error.status is None:
        return SisConfigError(error.message, why=error.reason)
    if error.status in (400, 401, 403):
        return SisAuthError(**told(OneRosterCode.CLIENT_REFUSED, words=error_words(error.body)))
    return SisNotRecognized(**told(OneRosterCode.NO_TOKENS_STATUS, status=error.status))


def door_of(settings: Mapping[str, str], secret: str, transport: Transport, now: Callable[[], float]) -> Door:
    """What signs requests, by the field `sign_in`."""
    how, client_id = settings.get("sign_in") or "oauth2", settings.get("client_id", "")
    if how == "bearer":
        return Fixed(Bearer(secret))
    if how in ("oauth1-sha256", "oauth1-sha1"):
        method = SIGNATURE_HMAC_SHA1 if how.endswith("sha1") else SIGNATURE_HMAC_SHA256
        return Fixed(Signature(client_id, secret, method))
    return Tokens(transport, settings.get("token_url", ""), client_id, secret, now)


def query_string(parameters: Mapping[str, str | int]) -> str:
    """The query exactly as it goes out and is signed: blanks as %20, everything else encoded."""
    return "&".join(
        f"{quote(name, safe='')}={quote(str(value), safe='')}" for name, value in parameters.items()
    )
