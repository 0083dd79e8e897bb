"""OAuth 1.0a as Schoology wants it: a header with realm, HMAC-SHA1, a fresh nonce for every attempt.

The JSON body is never part of the signature (measured by others: including it answers 401), and
oauth_token must be present but empty for two-legged calls (REST API v1, authentication).
"""

from __future__ import annotations

from oauthlib.oauth1 import Client
from requests import PreparedRequest
from requests.auth import AuthBase

REALM = "Schoology API"


class SignedRequest(AuthBase):
    """Signs each request again; safe to share between threads since every call has a signer of its own."""

    def __init__(self, key: str, secret: str, token: str = "", token_secret: str = "") -> None:
        self._credentials = (key, secret, token, token_secret)

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add the Authorization header."""
        key, secret, token, token_secret = self._credentials
        signer = Client(
            key,
            client_secret=secret,
            resource_owner_key=token,
            resource_owner_secret=token_secret,
            realm=REALM,
        )
        _, headers, _ = signer.sign(str(request.url), http_method=str(request.method))
        request.headers["Authorization"] = str(headers["Authorization"])
        return request
