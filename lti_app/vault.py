"""Encryption at rest for the few secrets that the app must be able to read back."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

FORMER_KEY = (
    "A stored secret was sealed with a key that is no longer in LTI_APP_SECRET_KEYS. "
    "Add the former key at the end of the list, then run 'flask --app wsgi keys rotate'."
)


class VaultError(Exception):
    """A sealed value cannot be opened with any of the keys in LTI_APP_SECRET_KEYS."""


class Vault:
    """Seals and opens short texts with the newest key first (Fernet, AES-128-CBC with HMAC-SHA256)."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._hashing = hmac.digest(keys[0].encode(), b"keyed hash", sha256)

    def seal(self, text: str) -> str:
        """The ciphertext of a text, safe to store."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """The text behind a ciphertext.

        Raises VaultError when no key fits, for example after a key was dropped too early.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise VaultError(FORMER_KEY) from error

    def keyed_hash(self, text: str) -> str:
        """32 hex digits that tell nothing of the text to anybody without the newest key; others after that
        key was changed."""
        return hmac.digest(self._hashing, text.encode(), sha256).hex()[:32]

    def opens(self, sealed: str) -> bool:
        """Whether one of the keys fits."""
        try:
            self.open(sealed)
        except VaultError:
            return False
        return True

    def sealed_at(self, sealed: str) -> datetime:
        """When a ciphertext was made (Fernet keeps it in the token). Raises VaultError."""
        try:
            return datetime.fromtimestamp(self._fernet.extract_timestamp(sealed.encode()), UTC)
        except InvalidToken as error:
            raise VaultError(FORMER_KEY) from error

    def reseal(self, sealed: str) -> str:
        """The same secret under the newest key."""
        return self.seal(self.open(sealed))
