"""The RSA keys of the sandbox's LTI platform: made, published, rotated and retired."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

KEY_BITS = 2048


@dataclass(frozen=True)
class SigningKey:
    """One key pair; its kid has 16 hex digits, as in the one known Schoology token."""

    kid: str
    private: rsa.RSAPrivateKey

    @classmethod
    def new(cls) -> SigningKey:
        """A fresh pair."""
        return cls(secrets.token_hex(8), rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS))

    def as_jwk(self) -> dict[str, str]:
        """The public half as listed in a key set (RFC 7517)."""
        numbers = self.private.public_key().public_numbers()
        jwk = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid}
        return jwk | {"n": _number(numbers.n), "e": _number(numbers.e)}


class KeyRing:
    """The current key first, then those that are still published."""

    def __init__(self, first: SigningKey | None = None) -> None:
        self._keys = [first or SigningKey.new()]

    @property
    def current(self) -> SigningKey:
        """The key that signs."""
        return self._keys[0]

    def rotate(self) -> SigningKey:
        """Sign with a new key from now on; the old one stays published."""
        self._keys.insert(0, SigningKey.new())
        return self.current

    def retire(self, kid: str | None = None) -> None:
        """Stop publishing one old key, or all of them. The current key stays."""
        self._keys = [self.current] + [key for key in self._keys[1:] if kid not in (None, key.kid)]

    def as_jwks(self) -> dict[str, list[dict[str, str]]]:
        """What the key set address answers."""
        return {"keys": [key.as_jwk() for key in self._keys]}


def sign(claims: Any, header: Mapping[str, Any], key: rsa.RSAPrivateKey | bytes) -> str:
    """A compact JWS over any JSON.

    Knows RS256, and for forged tokens in tests HS256 (with bytes as key) and none. The usual libraries
    refuse to make such tokens, so it is written out here. Raises ValueError for another `alg`.
    """
    parts = [_text(json.dumps(part, separators=(",", ":")).encode()) for part in (dict(header), claims)]
    signed = ".".join(parts)
    return f"{signed}.{_text(_signature(header.get('alg'), signed.encode(), key))}"


def _signature(algorithm: object, signed: bytes, key: rsa.RSAPrivateKey | bytes) -> bytes:
    if algorithm == "RS256" and not isinstance(key, bytes):
        return key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    if algorithm == "HS256" and isinstance(key, bytes):
        return hmac.new(key, signed, hashlib.sha256).digest()
    if algorithm == "none":
        return b""
    raise ValueError(f"cannot sign with {algorithm!r} and this key")


def _number(value: int) -> str:
    return _text(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
