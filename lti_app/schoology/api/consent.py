"""The three-legged consent by which a system administrator lends the app their permission.

Schoology speaks OAuth 1.0 here: the request token comes by GET and no callback goes with it; there is no
verifier (REST API v1, authentication).
"""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode

from lti_app.outbound.errors import Unexpected
from lti_app.outbound.transport import Transport
from lti_app.schoology.api.oauth1 import SignedRequest
from lti_app.schoology.words import SchoologyCode, told

TokenPair = tuple[str, str]


class Consent:
    """The steps of the consent window for one installation's consumer key."""

    def __init__(self, api_url: str, consumer_key: str, consumer_secret: str) -> None:
        self._api_url = api_url
        self._consumer = (consumer_key, consumer_secret)

    def request_token(self) -> TokenPair:
        """A token that the person is asked to approve. Raises OutboundError."""
        return self._token("request_token", SignedRequest(*self._consumer))

    def authorize_url(self, origin: str, token: str, callback: str) -> str:
        """Where the person approves; `origin` is the Schoology host that they are signed in on."""
        return f"{origin}/oauth/authorize?" + urlencode({"oauth_token": token, "oauth_callback": callback})

    def access_token(self, token: str, secret: str) -> TokenPair:
        """The lasting token after approval. Raises Refused when it was not approved."""
        return self._token("access_token", SignedRequest(*self._consumer, token, secret))

    def _token(self, step: str, auth: SignedRequest) -> TokenPair:
        url = f"{self._api_url}/oauth/{step}"
        with Transport(auth=auth) as transport:
            answer = parse_qs(transport.request("GET", url).text.strip())
        try:
            return answer["oauth_token"][0], answer["oauth_token_secret"][0]
        except KeyError as error:
            raise Unexpected(**told(SchoologyCode.NO_TOKEN), method="GET", url=url) from error
