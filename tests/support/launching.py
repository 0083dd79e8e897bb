"""A platform that signs whatever a test wants, and an app that judges it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, Response
from werkzeug.test import TestResponse

from lti_app import clock
from lti_app.extensions import db
from lti_app.lti.registrations import new_setup_code
from lti_app.models import LaunchSession
from lti_app.sandbox.schoology.lti.keys import KeyRing, SigningKey, sign
from lti_app.sandbox.serving import serve
from tests import factories
from tests.factories import add_acting_user, add_installation, add_platform, add_reader, set_options
from tests.support.apps import key_ring, private_key
from tests.support.world import running_app, settings

ISSUER = "https://schoology.schoology.com"
CLIENT = "1234567890"
DEPLOYMENT = "1234567890-55"
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
APP = "http://localhost:8000"
ADMIN_UID, TEACHER_UID = "1001", "2002"


@dataclass
class Platformish:
    """The far end: its keys, what its key set address answers, and how often it was asked."""

    keys: KeyRing = field(default_factory=key_ring)
    answer: Callable[[], Any] | None = None
    asked: int = 0

    def app(self) -> Flask:
        made = Flask("platform")

        @made.get("/jwks")
        def jwks() -> Any:
            self.asked += 1
            return self.answer() if self.answer else self.keys.as_jwks()

        @made.get("/elsewhere")
        def elsewhere() -> Any:
            return self.keys.as_jwks()

        return made


@dataclass
class Launcher:
    """Logs in, signs and posts launches as browsers would."""

    app: Flask
    platform: Platformish
    setup_code: str

    def login(self, **changes: str) -> TestResponse:
        """A login request; a parameter given as empty text is left out."""
        given = {
            "iss": ISSUER,
            "client_id": CLIENT,
            "login_hint": "1",
            "target_link_uri": f"{APP}/lti/launch",
            **changes,
        }
        query = {name: value for name, value in given.items() if value}
        return self.app.test_client().get("/lti/login", query_string=query)

    def begin(self) -> tuple[str, str]:
        """State and nonce of a login under way."""
        answer = self.login()
        assert answer.status_code == 302
        query = parse_qs(urlsplit(answer.location).query)
        return query["state"][0], query["nonce"][0]

    def claims(self, nonce: str, /, **changes: Any) -> dict[str, Any]:
        """A good course launch by a teacher. Names with an underscore in place of a URI are LTI claims;
        a value of ... takes the claim away."""
        now = int(clock.now().timestamp())
        body: dict[str, Any] = {
            "iss": ISSUER,
            "aud": [CLIENT],
            "sub": f"{TEACHER_UID}::{'ab' * 16}",
            "iat": now,
            "exp": now + 600,
            "nonce": nonce,
            "name": "Tess Teacher",
            f"{CLAIM}version": "1.3.0",
            f"{CLAIM}message_type": "LtiResourceLinkRequest",
            f"{CLAIM}deployment_id": DEPLOYMENT,
            f"{CLAIM}target_link_uri": f"{APP}/lti/launch",
            f"{CLAIM}roles": [f"{MEMBERSHIP}Instructor"],
            f"{CLAIM}context": {"id": "77", "title": "Algebra: 1"},
            f"{CLAIM}resource_link": {"id": "app-77"},
            f"{CLAIM}custom": {"uid": TEACHER_UID, "domain": "$com.schoology.Launch.domain"},
        }
        for name, value in changes.items():
            key = name if name in PLAIN else f"{CLAIM}{name}"
            body[key] = value
            if value is ...:
                del body[key]
        return body

    def token(self, claims: Any, header: dict[str, Any] | None = None, key: Any = None) -> str:
        """The claims, signed by the platform's current key unless told otherwise."""
        current = self.platform.keys.current
        return sign(
            claims,
            header if header is not None else {"alg": "RS256", "typ": "JWT", "kid": current.kid},
            key if key is not None else current.private,
        )

    def post(self, state: str, token: str, **more: Any) -> TestResponse:
        """What the browser sends back."""
        form = {name: value for name, value in {"state": state, "id_token": token}.items() if value}
        return self.app.test_client().post("/lti/launch", data=form, **more)

    def launch(self, **changes: Any) -> TestResponse:
        """A whole launch, login included."""
        state, nonce = self.begin()
        return self.post(state, self.token(self.claims(nonce, **changes)))

    def as_admin(self, uid: str = ADMIN_UID, *, confirmed: bool = True, **changes: Any) -> TestResponse:
        """A launch outside any course by an administrator, who is confirmed by Schoology unless
        `confirmed` is false."""
        if confirmed and uid:
            with self.app.app_context():
                add_reader(db.session(), uid, 1, subject=sub_of(uid))
                db.session.commit()
        values = {
            "sub": sub_of(uid),
            "roles": [f"{MEMBERSHIP}Administrator"],
            "context": ...,
            "resource_link": ...,
            "custom": {"uid": uid},
            **changes,
        }
        return self.launch(**values)

    def sessions(self) -> int:
        """How many launches were let in."""
        with self.app.app_context():
            return db.session.query(LaunchSession).count()


def sub_of(uid: str) -> str:
    """The sub of an administrator's launch."""
    return f"{uid}::{'cd' * 16}"


PLAIN = frozenset(
    ("iss", "aud", "azp", "sub", "iat", "exp", "nbf", "nonce", "name", "email", "given_name", "family_name")
)


@contextmanager
def launching(folder: Path, *, claimed: bool = True, **changes: Any) -> Iterator[Launcher]:
    """An app with one platform and one installation, claimed by ADMIN_UID unless told otherwise."""
    far = Platformish()
    served = serve(far.app())
    try:
        with running_app(settings(folder, public_url=APP, log_level="INFO", **changes)) as app:
            yield Launcher(app, far, _register(app, served.url, claimed))
    finally:
        served.close()


def _register(app: Flask, url: str, claimed: bool) -> str:
    code, code_hash = new_setup_code()
    with app.app_context():
        vault = app.extensions["wiring"].vault
        add_platform(
            db.session(),
            issuer=ISSUER,
            client_id=CLIENT,
            auth_url=f"{url}/auth",
            token_url=f"{url}/token",
            jwks_url=f"{url}/jwks",
            private_key=vault.seal(private_key()),
        )
        installation = add_installation(
            db.session(),
            DEPLOYMENT,
            name="Launch District",
            schoology_domains=["district.schoology.example"],
            consumer_key="key",
            consumer_secret=vault.seal("secret"),
            setup_code_hash="" if claimed else code_hash,
            **(factories.claimed(ADMIN_UID) if claimed else {}),
        )
        set_options(db.session(), installation.id)
        if claimed:
            tokens = {"token": vault.seal("t"), "token_secret": vault.seal("s")}
            add_acting_user(db.session(), installation.id, uid=ADMIN_UID, **tokens)
            add_reader(db.session(), ADMIN_UID, installation.id, subject=sub_of(ADMIN_UID))
        db.session.commit()
    return code


def small_key() -> SigningKey:
    """A key of 1024 bits, too short for RS256."""
    return SigningKey(secrets.token_hex(8), rsa.generate_private_key(public_exponent=65537, key_size=1024))


def html() -> Response:
    """What a load balancer says in place of a key set."""
    return Response("<h1>Bad gateway</h1>", 502)


def five_megabytes() -> Response:
    """A key set that would fill the memory."""
    return Response(b'{"keys": [' + b" " * 5_000_000 + b"]}", mimetype="application/json")
