"""The sandbox's LTI platform: login, tokens, keys. PyJWT gives a second opinion on every signature."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from flask import Flask
from flask.testing import FlaskClient

from lti_app.sandbox.schoology.lti import install
from lti_app.sandbox.schoology.lti.claims import LTI, MEMBERSHIP
from lti_app.sandbox.schoology.lti.keys import KeyRing
from lti_app.sandbox.schoology.lti.platform import (
    APP_LAUNCHER,
    REMOVED,
    LaunchPerson,
    LaunchPlace,
    LtiPlatform,
    Tool,
)
from tests.support.apps import key_ring, signing_key

ADMIN = LaunchPerson("501", "admin", "Ada", "Ng", "ada.ng", "ada@district.example", "9001", "77", "81", "UTC")
TEACHER = LaunchPerson("502", "teacher", "Tom", "Ash")
STUDENT = LaunchPerson("503", "student", "Sam", "Elm")
PARENT = LaunchPerson("504", "parent", "Pat", "Elm")
ALGEBRA = LaunchPlace("30011", "Algebra 1", "Period 2", "ALG-2", "81", "admin")
ALGEBRA_AS_MEMBER = LaunchPlace("30011", "Algebra 1", "Period 2", "ALG-2", "81", "member")
TOKEN = "/lti-service/access-token"


class ToolKeys(BaseHTTPRequestHandler):
    """Serves the tool's key set."""

    ring: KeyRing

    def do_GET(self) -> None:
        body = json.dumps(self.ring.as_jwks()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def tool_ring() -> KeyRing:
    return KeyRing(signing_key(1))


@pytest.fixture(scope="module")
def tool_url(tool_ring: KeyRing) -> Iterator[str]:
    handler = type("Handler", (ToolKeys,), {"ring": tool_ring})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def platform(tool_url: str) -> LtiPlatform:
    return LtiPlatform("http://127.0.0.1:8001", Tool.at(tool_url), keys=key_ring())


@pytest.fixture
def client(platform: LtiPlatform) -> FlaskClient:
    app = Flask("schoology")
    install.install(app, object(), platform)
    return app.test_client()


def verified(platform: LtiPlatform, token: str) -> dict[str, Any]:
    keys = jwt.PyJWKSet.from_dict(platform.keys.as_jwks())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(token, key.key, algorithms=["RS256"], audience=platform.client_id)
    return claims


def login(platform: LtiPlatform, url: str, **changes: str | None) -> dict[str, str]:
    """What a tool sends after a launch URL was opened; None leaves a field out."""
    hints = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    asked: dict[str, str | None] = {
        "client_id": platform.client_id,
        "redirect_uri": platform.tool.redirect_uris[0],
        "login_hint": hints["login_hint"],
        "lti_message_hint": hints["lti_message_hint"],
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "scope": "openid",
        "nonce": "n-1",
        "state": "s-1",
    }
    return {name: value for name, value in (asked | changes).items() if value is not None}


def answer_of(page: str) -> tuple[str, dict[str, str]]:
    """Where the answering form goes, and its fields."""
    action = re.search(r'<form id="answer" method="post" action="([^"]*)"', page)
    assert action is not None
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    return unescape(action[1]), {name: unescape(value) for name, value in fields}


def test_a_course_launch_has_the_shape_of_a_schoology_token(platform: LtiPlatform) -> None:
    token = platform.build_id_token(TEACHER, ALGEBRA, "n")
    assert re.fullmatch("[0-9a-f]{16}", jwt.get_unverified_header(token)["kid"])
    claims = verified(platform, token)
    assert claims["iss"] == "https://schoology.schoology.com"
    assert claims["aud"] == [platform.client_id]
    assert claims["exp"] - claims["iat"] == 600
    assert re.fullmatch("502::[0-9a-f]{32}", claims["sub"])
    assert claims[LTI + "deployment_id"] == platform.deployment_id
    assert claims[LTI + "context"] == {"id": "30011", "title": "Algebra 1: Period 2", "label": None}
    assert claims[LTI + "resource_link"]["id"]
    assert "azp" not in claims


def test_the_app_launcher_gives_neither_context_nor_resource_link(platform: LtiPlatform) -> None:
    claims = platform.claims_for(ADMIN, APP_LAUNCHER, "n")
    assert LTI + "context" not in claims
    assert LTI + "resource_link" not in claims
    assert claims[LTI + "roles"] == [MEMBERSHIP + "Administrator", MEMBERSHIP + "Instructor"]


@pytest.mark.parametrize(
    ("person", "place", "expected"),
    [
        (TEACHER, ALGEBRA, ["Administrator", "Instructor"]),
        (TEACHER, APP_LAUNCHER, ["Instructor"]),
        (STUDENT, ALGEBRA_AS_MEMBER, ["Learner"]),
        (STUDENT, APP_LAUNCHER, ["Learner"]),
        (PARENT, ALGEBRA_AS_MEMBER, ["Mentor"]),
        (ADMIN, ALGEBRA_AS_MEMBER, ["Administrator", "Instructor"]),
    ],
)
def test_roles_follow_the_person_and_the_place(
    platform: LtiPlatform, person: LaunchPerson, place: LaunchPlace, expected: list[str]
) -> None:
    roles = platform.claims_for(person, place, "n")[LTI + "roles"]
    assert roles == [MEMBERSHIP + name for name in expected]


def test_course_admins_are_only_instructors_when_the_switch_says_so(platform: LtiPlatform) -> None:
    platform.course_admin_is_administrator = False
    assert platform.claims_for(TEACHER, ALGEBRA, "n")[LTI + "roles"] == [MEMBERSHIP + "Instructor"]


def test_custom_parameters_without_a_value_stay_literal(platform: LtiPlatform) -> None:
    platform.parameters["District_Word"] = "plain"
    inside = platform.claims_for(ADMIN, ALGEBRA, "n")[LTI + "custom"]
    outside = platform.claims_for(TEACHER, APP_LAUNCHER, "n")[LTI + "custom"]
    assert inside == {
        "uid": "501",
        "username": "ada.ng",
        "unique_id": "9001",
        "district_id": "77",
        "domain": "127.0.0.1:8001",
        "timezone": "UTC",
        "section_id": "30011",
        "section_code": "ALG-2",
        "building_id": "81",
        "district_word": "plain",
    }
    assert outside["section_id"] == "$com.schoology.CourseSection.id"
    assert outside["unique_id"] == "$com.schoology.User.uniqueId"


def test_the_privacy_switches_release_name_and_email(platform: LtiPlatform) -> None:
    usual = platform.claims_for(ADMIN, APP_LAUNCHER, "n")
    platform.send_name, platform.send_email = False, True
    turned = platform.claims_for(ADMIN, APP_LAUNCHER, "n")
    assert (usual["name"], "email" in usual) == ("Ada Ng", False)
    assert ("name" in turned, turned["email"]) == (False, "ada@district.example")


def test_claims_header_and_key_can_be_spoilt(platform: LtiPlatform) -> None:
    token = platform.build_id_token(
        ADMIN, APP_LAUNCHER, "n", roles=REMOVED, sub=REMOVED, version="1.1", headers={"kid": REMOVED}
    )
    claims = jwt.decode(token, options={"verify_signature": False})
    assert "kid" not in jwt.get_unverified_header(token)
    assert LTI + "roles" not in claims
    assert "sub" not in claims
    assert claims[LTI + "version"] == "1.1"
    unsigned = platform.build_id_token(ADMIN, APP_LAUNCHER, "n", headers={"alg": "none"})
    assert unsigned.endswith(".")
    forged = platform.build_id_token(ADMIN, APP_LAUNCHER, "n", headers={"alg": "HS256"}, key=b"k" * 32)
    assert jwt.decode(forged, b"k" * 32, algorithms=["HS256"], audience=platform.client_id)["nonce"] == "n"


def test_a_rotated_key_is_served_until_it_is_retired(platform: LtiPlatform, client: FlaskClient) -> None:
    old = platform.keys.current.kid
    new = platform.rotate()

    def served() -> list[str]:
        answer = client.get("/lti-service/.well-known/jwks").get_json()
        return [key["kid"] for key in answer["keys"]]

    assert served() == [new, old]
    assert verified(platform, platform.build_id_token(ADMIN, APP_LAUNCHER, "n"))["nonce"] == "n"
    platform.retire()
    assert served() == [new]


def test_the_launch_url_carries_the_hints_of_the_login(platform: LtiPlatform) -> None:
    url = urlsplit(platform.launch_url(ADMIN, APP_LAUNCHER))
    query = parse_qs(url.query)
    assert url.path == "/lti/login"
    assert query["iss"] == [platform.issuer]
    assert query["client_id"] == [platform.client_id]
    assert query["lti_deployment_id"] == [platform.deployment_id]
    assert query["target_link_uri"] == [platform.tool.target_link_uri]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_login_is_answered_by_a_form_with_a_token(
    platform: LtiPlatform, client: FlaskClient, method: str
) -> None:
    platform.second_deployment_id = f"{platform.client_id}-6200000001"
    url = platform.launch_url(TEACHER, ALGEBRA, platform.second_deployment_id)
    asked = login(platform, url)
    send = {"query_string": asked} if method == "GET" else {"data": asked}
    page = client.open("/lti-service/authorize-redirect", method=method, **send)
    action, fields = answer_of(page.text)
    assert action == platform.tool.redirect_uris[0]
    assert fields["state"] == "s-1"
    claims = verified(platform, fields["id_token"])
    assert (claims["nonce"], claims["sub"][:5]) == ("n-1", "502::")
    assert claims[LTI + "deployment_id"] == platform.second_deployment_id
    assert re.search(r"<noscript>.*<button>.*</noscript>.*</form>", page.text, re.DOTALL)


@pytest.mark.parametrize(
    "change", [{"client_id": "1"}, {"client_id": None}, {"redirect_uri": "http://evil/"}]
)
def test_an_unknown_app_or_address_is_never_answered_with_a_form(
    platform: LtiPlatform, client: FlaskClient, change: dict[str, str | None]
) -> None:
    asked = login(platform, platform.launch_url(ADMIN, APP_LAUNCHER), **change)
    page = client.get("/lti-service/authorize-redirect", query_string=asked)
    assert page.status_code == 400
    assert "<form" not in page.text


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "code"}, "unsupported_response_type"),
        ({"response_mode": "query"}, "invalid_request"),
        ({"prompt": "login"}, "invalid_request"),
        ({"scope": "email"}, "invalid_scope"),
        ({"nonce": None}, "invalid_request"),
        ({"login_hint": "someone-else"}, "login_required"),
        ({"lti_message_hint": "another"}, "invalid_request"),
        ({"lti_message_hint": None}, "invalid_request"),
    ],
)
def test_a_wrong_login_goes_back_to_the_app_as_an_error(
    platform: LtiPlatform, client: FlaskClient, change: dict[str, str | None], error: str
) -> None:
    asked = login(platform, platform.launch_url(ADMIN, APP_LAUNCHER), **change)
    page = client.get("/lti-service/authorize-redirect", query_string=asked)
    _, fields = answer_of(page.text)
    assert (fields["error"], fields["state"]) == (error, "s-1")
    assert "id_token" not in fields


def test_a_launch_that_waited_too_long_is_over(platform: LtiPlatform, client: FlaskClient) -> None:
    asked = login(platform, platform.launch_url(ADMIN, APP_LAUNCHER))
    platform.clock = lambda: time.time() + 9 * 3600
    page = client.get("/lti-service/authorize-redirect", query_string=asked)
    assert answer_of(page.text)[1]["error"] == "login_required"


def assertion(platform: LtiPlatform, ring: KeyRing, **changes: Any) -> dict[str, str]:
    """The form of a token request; `changes` replace claims of the assertion."""
    now = int(time.time())
    claims = {
        "iss": platform.client_id,
        "sub": platform.client_id,
        "aud": platform.token_url,
        "iat": now,
        "exp": now + 300,
        "jti": "j-1",
    } | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    token = jwt.encode(claims, ring.current.private, "RS256", headers={"kid": ring.current.kid})
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": token,
        "scope": "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    }


def test_a_signed_assertion_earns_one_service_token(
    platform: LtiPlatform, client: FlaskClient, tool_ring: KeyRing
) -> None:
    form = assertion(platform, tool_ring)
    answer, again = client.post(TOKEN, data=form), client.post(TOKEN, data=form)
    assert (answer.status_code, answer.get_json()["token_type"]) == (200, "Bearer")
    assert answer.get_json()["access_token"]
    assert (again.status_code, again.get_json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "1"},
        {"sub": "1"},
        {"aud": "https://elsewhere.example/token"},
        {"exp": 1},
        {"exp": int(time.time()) + 9000},
        {"jti": None},
    ],
)
def test_an_assertion_with_a_wrong_claim_earns_nothing(
    platform: LtiPlatform, client: FlaskClient, tool_ring: KeyRing, change: dict[str, Any]
) -> None:
    answer = client.post(TOKEN, data=assertion(platform, tool_ring, **change))
    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_client")


def test_an_assertion_by_another_key_earns_nothing(platform: LtiPlatform, client: FlaskClient) -> None:
    answer = client.post(TOKEN, data=assertion(platform, KeyRing()))
    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_assertion_type": "secret"}, "invalid_request"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
    ],
)
def test_a_wrong_token_request_is_refused_by_name(
    platform: LtiPlatform, client: FlaskClient, tool_ring: KeyRing, change: dict[str, str], error: str
) -> None:
    answer = client.post(TOKEN, data=assertion(platform, tool_ring) | change)
    assert (answer.status_code, answer.get_json()["error"]) == (400, error)
