"""Keys of platforms, kept by their id, and our own public keys.

A key that the platform does not serve any more still counts while its answer cannot be had; unknown key ids
lead to one new fetch in five seconds at most (LTI 1.3 security: rotation without flooding).
"""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from lti_app import clock
from lti_app.outbound.bounds import json_of
from lti_app.outbound.errors import OutboundError, Unexpected
from lti_app.outbound.transport import Transport
from lti_app.outbound.words import OutboundCode, told

log = logging.getLogger(__name__)
LARGEST_KEY_SET = 256 * 1024
TIME_OUT = (5.0, 5.0)
TOTAL = 5.0
"""Seconds for a whole fetch."""
FRESH = timedelta(hours=1)
"""Keys are fetched again after this, so that a removed one is noticed."""
FETCH_AGAIN = timedelta(seconds=5)
WAITING = 2
"""Launches that wait for a fetch of one address at a time."""
SHORTEST_KEY = 2048


@dataclass
class _KeySet:
    fetched_at: datetime | None = None
    keys: dict[str, RSAPublicKey] = field(default_factory=dict)
    fetching: threading.Lock = field(default_factory=threading.Lock)
    waiting: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(WAITING))

    @property
    def age(self) -> timedelta | None:
        """How long ago the keys were fetched, or that was tried; None: never, or the clock went back."""
        age = clock.now() - self.fetched_at if self.fetched_at is not None else None
        return age if age is not None and age >= timedelta(0) else None


class KeySets:
    """The key sets of all platforms. A key that is known is answered from memory, without any lock.

    Whoever posts a made-up key id has the set fetched again, but not within FETCH_AGAIN of the last time: a
    fetch that is newer than that has every key with which the platform signs by now, so no one's launch is
    refused because of what someone else posted. One fetch of an address is under way at a time, it has five
    seconds in all, and few wait for it.
    """

    def __init__(self) -> None:
        self._sets: dict[str, _KeySet] = {}

    def cached(self, url: str, kid: str) -> RSAPublicKey | None:
        """The key of an id if it is known and fresh."""
        known = self._sets.get(url)
        return known.keys.get(kid) if known and known.age is not None and known.age <= FRESH else None

    def find(self, url: str, kid: str) -> RSAPublicKey | None:
        """The RSA key of an id, or None when the platform does not serve it."""
        found = self.cached(url, kid)
        if found is not None:
            return found
        known = self._sets.setdefault(url, _KeySet())
        stale = known.keys.get(kid)
        if stale is not None and known.fetching.locked():
            return stale  # someone fetches already, and what was served an hour ago will do
        if known.waiting.acquire(blocking=False):
            try:
                self._refresh(url, known)
            finally:
                known.waiting.release()
        return known.keys.get(kid)

    def _refresh(self, url: str, known: _KeySet) -> None:
        if not known.fetching.acquire(timeout=TOTAL):
            return
        try:
            if known.age is None or known.age >= FETCH_AGAIN:
                _fetch(url, known)
        finally:
            known.fetching.release()


def _fetch(url: str, known: _KeySet) -> None:
    try:
        raise_if_unsafe(url)
        with Transport(time_out=TIME_OUT, total=TOTAL, attempts=1, largest=LARGEST_KEY_SET) as transport:
            response = transport.request("GET", url)
        if response.status_code != 200:
            raise Unexpected(**told(OutboundCode.KEYS_NOT_THERE), url=url)
        known.keys = _usable(json_of(response))
    except (OutboundError, ValueError) as error:
        log.error("the key set of a platform cannot be read, former keys are kept: %s", error)
    finally:
        known.fetched_at = clock.now()


def raise_if_unsafe(url: str) -> None:
    """Keys come over https, or from this very machine."""
    parts = urlsplit(url)
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme != "https" and not local:
        raise Unexpected(**told(OutboundCode.KEYS_NOT_HTTPS), url=url)


def _usable(body: Any) -> dict[str, RSAPublicKey]:
    """RSA keys for RS256 of at least 2048 bits, by key id."""
    rows = body.get("keys") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise ValueError("the answer is not a key set")
    found: dict[str, RSAPublicKey] = {}
    for row in rows:
        if not isinstance(row, dict) or row.get("kty") != "RSA" or row.get("alg", "RS256") != "RS256":
            continue
        try:
            key = jwt.PyJWK.from_dict(row, "RS256").key
        except (jwt.PyJWTError, ValueError):
            continue
        if row.get("kid") and isinstance(key, RSAPublicKey) and key.key_size >= SHORTEST_KEY:
            found[str(row["kid"])] = key
    return found


def public_jwk(private_pem: str) -> dict[str, Any]:
    """Our public key as a JWK, its id being a thumbprint of the key."""
    private = serialization.load_pem_private_key(private_pem.encode(), password=None)
    public = private.public_key()
    assert isinstance(public, RSAPublicKey)
    row: dict[str, Any] = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public))
    digest = jwt.utils.base64url_encode(_thumbprint(row)).decode()
    return {"kty": "RSA", "n": row["n"], "e": row["e"], "kid": digest, "alg": "RS256", "use": "sig"}


def _thumbprint(row: dict[str, Any]) -> bytes:
    """RFC 7638 over the required members in lexical order."""
    text = json.dumps({"e": row["e"], "kty": "RSA", "n": row["n"]}, separators=(",", ":"))
    return sha256(text.encode()).digest()
