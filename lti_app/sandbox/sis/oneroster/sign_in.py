"""Both sign-ins of OneRoster, checked by hand: OAuth 2 client credentials, and OAuth 1.0a two-legged.

RFC 6749, 2.3.1 and 4.4 for the first; RFC 5849, 3.4 for the base string of the second.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, quote, unquote, unquote_plus

SCOPE = "https://purl.imsglobal.org/spec/or/{}/scope/"
ROSTER = frozenset(("roster.readonly", "roster-core.readonly", "roster-demographics.readonly"))
GRADEBOOK = frozenset(
    ("gradebook.readonly", "gradebook-core.readonly", "gradebook.createput", "gradebook.createpost")
    + ("gradebook.delete",)
)
ALL = ROSTER | GRADEBOOK
HASHES = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}
CLOCKS = timedelta(minutes=5)
"""How far the client's clock may be off."""


class SignInRefused(Exception):
    """Who asks is not let in: an OAuth error code, the status, and words."""

    def __init__(self, code: str, status: int, words: str) -> None:
        super().__init__(words)
        self.code, self.status, self.words = code, status, words


@dataclass
class Keys:
    """One client, the tokens that it holds, and the nonces that it has used."""

    client_id: str
    client_secret: str
    life: timedelta = timedelta(hours=1)
    basic: bool = True
    """Id and secret are taken from an Authorization header."""
    body: bool = True
    """They are taken from the body."""
    tokens: dict[str, tuple[datetime, frozenset[str]]] = field(default_factory=dict)
    nonces: set[tuple[str, str]] = field(default_factory=set)

    def token(
        self, form: Mapping[str, str], header: str, granted: frozenset[str] | None, now: datetime
    ) -> dict[str, object]:
        """A new token. Raises SignInRefused."""
        if form.get("grant_type") != "client_credentials":
            raise SignInRefused("unsupported_grant_type", 400, "Only client_credentials is offered.")
        if self._told(form, header) != (self.client_id, self.client_secret):
            raise SignInRefused("invalid_client", 401, "The client ID or secret is wrong.")
        wanted = form.get("scope", "").split()
        names = frozenset(_name(each) for each in wanted) if wanted else ALL
        if not names <= ALL or (wanted and granted is not None and not names <= granted):
            raise SignInRefused("invalid_scope", 400, "A scope is unknown or not granted to this client.")
        token = secrets.token_urlsafe(24)
        kept = names if granted is None else names & granted
        self.tokens = {key: value for key, value in self.tokens.items() if value[0] > now}
        self.tokens[token] = (now + self.life, kept)
        told = {"access_token": token, "token_type": "bearer", "expires_in": int(self.life.total_seconds())}
        return told | ({"scope": " ".join(wanted)} if wanted else {})

    def _told(self, form: Mapping[str, str], header: str) -> tuple[str, str]:
        kind, _, value = header.partition(" ")
        if kind.lower() == "basic" and self.basic:
            try:
                name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return "", ""
            return unquote_plus(name), unquote_plus(secret)
        return (form.get("client_id", ""), form.get("client_secret", "")) if self.body else ("", "")

    def scopes(self, method: str, url: str, header: str, now: datetime) -> frozenset[str]:
        """What the sender of a request may do. Raises SignInRefused."""
        kind, _, value = header.partition(" ")
        if kind.lower() == "bearer":
            until, names = self.tokens.get(value.strip(), (now, frozenset()))
            if until <= now:
                raise SignInRefused("invalid_token", 401, "The token is unknown or has expired.")
            return names
        if kind.lower() == "oauth":
            self._check_signature(method, url, value, now)
            return ALL
        raise SignInRefused("invalid_token", 401, "The request carries no sign-in.")

    def _check_signature(self, method: str, url: str, header: str, now: datetime) -> None:
        told = dict(_header_pairs(header))
        signature = told.pop("oauth_signature", "")
        told.pop("realm", None)
        digest = HASHES.get(told.get("oauth_signature_method", ""))
        if digest is None or told.get("oauth_consumer_key") != self.client_id:
            raise SignInRefused("invalid_client", 401, "The consumer key or the signature method is wrong.")
        address, _, query = url.partition("?")
        pairs = [*told.items(), *parse_qsl(query, keep_blank_values=True)]
        ordered = sorted((_encoded(name), _encoded(value)) for name, value in pairs)
        text = "&".join(f"{name}={value}" for name, value in ordered)
        base = "&".join((method.upper(), _encoded(address), _encoded(text)))
        key = f"{_encoded(self.client_secret)}&"
        wanted = base64.b64encode(hmac.new(key.encode(), base.encode(), digest).digest()).decode()
        if not hmac.compare_digest(wanted, signature):
            raise SignInRefused("invalid_signature", 401, "The signature is wrong.")
        stamp = told.get("oauth_timestamp", "")
        if not stamp.isdigit() or abs(int(stamp) - now.timestamp()) > CLOCKS.total_seconds():
            raise SignInRefused("timestamp_refused", 401, "The timestamp is too far from this server's time.")
        if (stamp, told.get("oauth_nonce", "")) in self.nonces:
            raise SignInRefused("nonce_used", 401, "The nonce was used before.")
        self.nonces.add((stamp, told.get("oauth_nonce", "")))

    def forget(self, header: str) -> None:
        """Let the token that a request carries run out."""
        self.tokens.pop(header.partition(" ")[2].strip(), None)


def _name(scope: str) -> str:
    """The last part of a scope of either version; the whole text of any other."""
    for version in ("v1p1", "v1p2"):
        beginning = SCOPE.format(version)
        if scope.startswith(beginning):
            return scope.removeprefix(beginning)
    return scope


def _encoded(text: str) -> str:
    return quote(text, safe="~")


def _header_pairs(header: str) -> list[tuple[str, str]]:
    pairs = []
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        pairs.append((unquote(name), unquote(value.strip('"'))))
    return pairs
