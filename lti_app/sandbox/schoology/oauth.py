"""OAuth 1.0 of the sandbox Schoology: signatures really checked, nonces and time stamps remembered.

The texts of refusals are those that clients of the real service have seen.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from flask import Request
from oauthlib.oauth1.rfc5849 import signature
from oauthlib.oauth1.rfc5849.utils import escape

from lti_app.sandbox.schoology.objects import Token
from lti_app.sandbox.schoology.store import SchoologyStore

SKEW_SECONDS = 600
REPLAY = "Duplicate timestamp/nonce combination, possible replay attack.  Request rejected."
OUT_OF_SEQUENCE = "Timestamp is out of sequence. Request rejected."
BAD_SIGNATURE = "Verification of signature failed."


class NotAuthorized(Exception):
    """401 with a plain text."""


@dataclass(frozen=True)
class Caller:
    """Who calls: a consumer key, and the person behind the token (0 for two-legged calls)."""

    consumer_key: str
    uid: int
    token: str


class Verifier:
    """Checks Authorization headers for one store."""

    def __init__(
        self, store: SchoologyStore, consumers: Mapping[str, str], clock: Callable[[], float]
    ) -> None:
        self._store = store
        self._consumers = dict(consumers)
        self._clock = clock
        self._seen: dict[tuple[str, str, str], float] = {}
        self._guard = threading.Lock()

    def caller(self, request: Request) -> Caller:
        """The caller of a signed request. Raises NotAuthorized."""
        values = _header(request.headers.get("Authorization", ""))
        key = values.get("oauth_consumer_key", "")
        secret = self._consumers.get(key)
        if secret is None:
            raise NotAuthorized("The consumer key is not known.")
        token = values.get("oauth_token", "")
        known = self._store.tokens.get(token) if token else None
        if token and (known is None or known.consumer_key != key):
            raise NotAuthorized("The token is not known.")
        token_secret = known.secret if known else ""
        self._check_signature(request, values, secret, token_secret)
        self._check_nonce(key, values)
        return Caller(key, known.uid if known else 0, token)

    def _check_signature(
        self, request: Request, values: dict[str, str], secret: str, token_secret: str
    ) -> None:
        method = values.get("oauth_signature_method", "")
        given = values.get("oauth_signature", "")
        if method == "PLAINTEXT":
            wanted = {f"{secret}&{token_secret}", f"{secret}%26{token_secret}"}
            if not any(hmac.compare_digest(given, each) for each in wanted):
                raise NotAuthorized(BAD_SIGNATURE)
            return
        if method != "HMAC-SHA1":
            raise NotAuthorized("The signature method is not supported.")
        pairs = [(name, value) for name, value in values.items() if name not in ("realm", "oauth_signature")]
        pairs += parse_qsl(request.query_string.decode(), keep_blank_values=True)
        base = signature.signature_base_string(
            request.method,
            signature.base_string_uri(request.base_url),
            signature.normalize_parameters(pairs),
        )
        wanted_signature = _hmac_sha1(base, secret, token_secret)
        if not hmac.compare_digest(given, wanted_signature):
            raise NotAuthorized(BAD_SIGNATURE)

    def _check_nonce(self, key: str, values: dict[str, str]) -> None:
        stamp, nonce = values.get("oauth_timestamp", ""), values.get("oauth_nonce", "")
        if not stamp.isdigit() or not nonce:
            raise NotAuthorized("A whole timestamp and a nonce are required.")
        now = self._clock()
        if abs(now - int(stamp)) > SKEW_SECONDS:
            raise NotAuthorized(OUT_OF_SEQUENCE)
        with self._guard:
            if (key, stamp, nonce) in self._seen:
                raise NotAuthorized(REPLAY)
            self._seen[key, stamp, nonce] = now
            if len(self._seen) > 100_000:
                self._seen = {each: at for each, at in self._seen.items() if now - at < SKEW_SECONDS}

    def request_token(self, caller: Caller) -> Token:
        """A token that a person can approve."""
        made = Token(secrets.token_hex(16), secrets.token_hex(16), caller.consumer_key)
        with self._store.lock:
            self._store.tokens[made.token] = made
        return made

    def approve(self, token: str, uid: int) -> bool:
        """Someone says yes to a request token."""
        with self._store.lock:
            found = self._store.tokens.get(token)
            if found is None or found.kind != "request":
                return False
            found.uid, found.kind = uid, "approved"
            return True

    def access_token(self, caller: Caller) -> Token:
        """The lasting token for an approved one. Raises NotAuthorized."""
        with self._store.lock:
            found = self._store.tokens.get(caller.token)
            if found is None or found.kind != "approved":
                raise NotAuthorized("The request token was not approved.")
            del self._store.tokens[caller.token]
            made = Token(
                secrets.token_hex(16), secrets.token_hex(16), caller.consumer_key, found.uid, "access"
            )
            self._store.tokens[made.token] = made
            return made


def _hmac_sha1(base: str, secret: str, token_secret: str) -> str:

    key = f"{escape(secret)}&{escape(token_secret)}".encode()
    return b64encode(hmac.new(key, base.encode(), "sha1").digest()).decode()


def _header(text: str) -> dict[str, str]:
    """The values of an OAuth header; the realm may be anything or missing."""
    scheme, _, rest = text.partition(" ")
    if scheme.lower() != "oauth":
        return {}
    found = {}
    for part in rest.split(","):
        name, _, value = part.strip().partition("=")
        found[name] = unquote(value.strip('"'))
    return found
