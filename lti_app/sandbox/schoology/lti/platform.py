"""The sandbox Schoology's LTI 1.3 platform: one app, its installs, and the tokens it signs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa

from lti_app.sandbox.schoology.lti import claims as shapes
from lti_app.sandbox.schoology.lti.claims import APP_LAUNCHER, LTI, LaunchPerson, LaunchPlace
from lti_app.sandbox.schoology.lti.keys import KeyRing, sign
from lti_app.sandbox.schoology.lti.pending import WaitingLaunches

__all__ = ["APP_LAUNCHER", "REMOVED", "LaunchPerson", "LaunchPlace", "LtiPlatform", "Tool"]

REMOVED: Final = object()  # as an override of a claim: leave the claim out
_SHORT_NAMES: Final = frozenset(
    ("deployment_id", "message_type", "version", "roles", "context", "resource_link", "custom")
) | {"target_link_uri"}


@dataclass(frozen=True)
class Tool:
    """Where the app lives, as its publisher typed it in."""

    login_url: str
    redirect_uris: tuple[str, ...]
    target_link_uri: str
    jwks_url: str

    @classmethod
    def at(cls, url: str) -> Tool:
        """The usual addresses of an app at `url`."""
        root = url.rstrip("/")
        launch = f"{root}/lti/launch"
        return cls(f"{root}/lti/login", (launch,), launch, f"{root}/lti/jwks.json")


@dataclass
class LtiPlatform:
    """One registered app. Switches may be changed while the sandbox runs.

    `base_url` is the sandbox's own address; `courses` says which course members the app is installed for.
    """

    base_url: str
    tool: Tool
    issuer: str = "https://schoology.schoology.com"
    client_id: str = "7302158846"
    deployment_id: str = "7302158846-5190274413"
    second_deployment_id: str = ""
    app_title: str = "SIS Integration"
    courses: Literal["off", "course admins", "all members"] = "course admins"
    users: Literal["off", "everyone"] = "everyone"
    send_name: bool = True
    send_email: bool = False
    course_admin_is_administrator: bool = True
    storage: bool = False
    """Whether its pages keep values for the app (LTI Client Side postMessages 1.0)."""
    parameters: dict[str, str] = field(default_factory=lambda: dict(shapes.PARAMETERS))
    keys: KeyRing = field(default_factory=KeyRing)
    clock: Callable[[], float] = time.time
    waiting: WaitingLaunches = field(default_factory=WaitingLaunches, repr=False)

    @property
    def domain(self) -> str:
        """The host that people are on, with its port."""
        return urlsplit(self.base_url).netloc

    @property
    def token_url(self) -> str:
        """Where the app fetches service tokens; also the audience of its assertions."""
        return f"{self.base_url.rstrip('/')}/lti-service/access-token"

    @property
    def auth_url(self) -> str:
        """Where the app's login goes."""
        return f"{self.base_url.rstrip('/')}/lti-service/authorize-redirect"

    @property
    def jwks_url(self) -> str:
        """Where the platform publishes its keys."""
        return f"{self.base_url.rstrip('/')}/lti-service/.well-known/jwks"

    @property
    def deployment_ids(self) -> list[str]:
        """The installs, the first one first."""
        return [each for each in (self.deployment_id, self.second_deployment_id) if each]

    def rotate(self) -> str:
        """Sign with a new key and keep the old one published; the new kid."""
        return self.keys.rotate().kid

    def retire(self, kid: str | None = None) -> None:
        """Stop publishing one old key, or all of them."""
        self.keys.retire(kid)

    def launch_url(self, person: LaunchPerson, place: LaunchPlace, deployment_id: str = "") -> str:
        """The app's login address with the hints of a new pending launch."""
        deployment = deployment_id or self.deployment_id
        login_hint, message_hint = self.waiting.add(person, place, deployment, self.clock())
        query = {
            "iss": self.issuer,
            "login_hint": login_hint,
            "target_link_uri": self.tool.target_link_uri,
            "lti_message_hint": message_hint,
            "client_id": self.client_id,
            "lti_deployment_id": deployment,
        }
        if self.storage:
            query["lti_storage_target"] = "_parent"
        return f"{self.tool.login_url}?{urlencode(query)}"

    def claims_for(
        self, person: LaunchPerson, place: LaunchPlace, nonce: str, deployment_id: str = ""
    ) -> dict[str, Any]:
        """The claims of a launch, before signing; a fresh dict."""
        now = int(self.clock())
        return {
            "iss": self.issuer,
            "aud": [self.client_id],
            "sub": shapes.subject(person.uid, self.client_id),
            "iat": now,
            "exp": now + shapes.TOKEN_SECONDS,
            "nonce": nonce,
            LTI + "message_type": "LtiResourceLinkRequest",
            LTI + "version": "1.3.0",
            LTI + "deployment_id": deployment_id or self.deployment_id,
            LTI + "target_link_uri": self.tool.target_link_uri,
            LTI + "roles": shapes.roles(person, place, self.course_admin_is_administrator),
            LTI + "custom": shapes.custom(self.parameters, person, place, self.domain),
            **shapes.place_claims(place, self.app_title),
            **shapes.identity_claims(person, self.send_name, self.send_email),
        }

    def sign(
        self,
        claims: Any,
        headers: Mapping[str, Any] | None = None,
        key: rsa.RSAPrivateKey | bytes | None = None,
    ) -> str:
        """A compact token. `headers` replace the usual ones (REMOVED leaves one out), `key` the current key.

        With `alg` HS256 the key must be bytes, with `none` any: that is for forged launches in tests.
        """
        current = self.keys.current
        header = {"alg": "RS256", "typ": "JWT", "kid": current.kid} | dict(headers or {})
        header = {name: value for name, value in header.items() if value is not REMOVED}
        return sign(claims, header, current.private if key is None else key)

    def build_id_token(
        self,
        person: LaunchPerson,
        place: LaunchPlace,
        nonce: str,
        *,
        headers: Mapping[str, Any] | None = None,
        key: rsa.RSAPrivateKey | bytes | None = None,
        **overrides: Any,
    ) -> str:
        """A signed launch. `overrides` replace claims (LTI ones by their short name); REMOVED drops one."""
        claims = self.claims_for(person, place, nonce)
        for name, value in overrides.items():
            claim = LTI + name if name in _SHORT_NAMES else name
            claims[claim] = value
        return self.sign(
            {name: value for name, value in claims.items() if value is not REMOVED}, headers, key
        )
