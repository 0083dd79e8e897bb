"""Every row of the table of invalid launches (reference on LTI, section 3): accepted or refused as it wants.

Row numbers stand in the ids of the tests. Tokens are really signed, and keys come over HTTP.
"""

from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives import serialization
from flask import redirect

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import Installation
from lti_app.sandbox.schoology.lti.keys import SigningKey
from tests.support.launching import (
    ADMIN_UID,
    APP,
    CLAIM,
    CLIENT,
    DEPLOYMENT,
    ISSUER,
    MEMBERSHIP,
    Launcher,
    five_megabytes,
    html,
    launching,
    small_key,
    sub_of,
)

DAY = 86400


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Launcher]:
    with launching(tmp_path) as launcher:
        yield launcher


def now() -> int:
    return int(clock.now().timestamp())


CLAIMS: dict[str, Callable[[], dict[str, Any]]] = {
    "row-03-wrong-version": lambda: {"version": "1.1.0"},
    "row-04-no-version": lambda: {"version": ...},
    "row-06-no-iss": lambda: {"iss": ...},
    "row-06-no-aud": lambda: {"aud": ...},
    "row-06-many-missing": lambda: {n: ... for n in ("aud", "iss", "sub", "deployment_id", "roles")},
    "row-07-nonsense-times": lambda: {"iat": 11111, "exp": 22222},
    "row-08-no-message-type": lambda: {"message_type": ...},
    "row-09-no-roles": lambda: {"roles": ...},
    "row-10-no-deployment": lambda: {"deployment_id": ...},
    "row-11-no-resource-link-in-a-course": lambda: {"resource_link": ...},
    "row-11-resource-link-without-id": lambda: {"resource_link": {"title": "x"}},
    "row-12-no-sub": lambda: {"sub": ...},
    "row-17-expired": lambda: {"iat": now() - 900, "exp": now() - 120},
    "row-18-no-exp": lambda: {"exp": ...},
    "row-19-no-iat": lambda: {"iat": ...},
    "row-20-iat-an-hour-ahead": lambda: {"iat": now() + 3600, "exp": now() + 4200},
    "row-20-iat-a-day-old": lambda: {"iat": now() - DAY, "exp": now() + 600},
    "row-21-nbf-ahead": lambda: {"nbf": now() + 3600},
    "row-22-unknown-iss": lambda: {"iss": "https://evil.example"},
    "row-23-wrong-aud": lambda: {"aud": ["999"]},
    "row-23-empty-aud": lambda: {"aud": []},
    "row-24-two-aud-no-azp": lambda: {"aud": [CLIENT, "999"]},
    "row-24-azp-not-ours": lambda: {"aud": [CLIENT, "999"], "azp": "999"},
    "row-24-one-aud-azp-not-ours": lambda: {"azp": "999"},
    "row-25-no-nonce": lambda: {"nonce": ...},
    "row-25-unknown-nonce": lambda: {"nonce": "another"},
    "row-33-unknown-message": lambda: {"message_type": "LtiDeepLinkingRequest"},
    "row-34-roles-text": lambda: {"roles": f"{MEMBERSHIP}Instructor"},
    "row-34-roles-numbers": lambda: {"roles": [7]},
    "row-35-no-target": lambda: {"target_link_uri": ...},
    "row-35-target-elsewhere": lambda: {"target_link_uri": "https://evil.example/lti/launch"},
    "row-36-context-without-id": lambda: {"context": {"title": "x"}},
    "row-36-context-a-list": lambda: {"context": ["77"]},
    "row-36-context-id-a-number": lambda: {"context": {"id": 77}},
    "row-36-sub-a-number": lambda: {"sub": 2002},
    "row-36-sub-too-long": lambda: {"sub": "2" * 256},
}


@pytest.mark.parametrize("row", CLAIMS)
def test_claims_that_do_not_hold_are_refused(
    there: Launcher, row: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        answer = there.launch(**CLAIMS[row]())

    refused(there, answer, 401)
    assert "reference=" in caplog.text
    for personal in ("Tess", "2002", "Teacher"):
        assert personal not in caplog.text


def refused(there: Launcher, answer: Any, status: int) -> None:
    """A readable page with a reference number, and no one let in."""
    assert answer.status_code == status, answer.text
    assert re.search(r"[0-9A-F]{8}", answer.text), "no reference number"
    assert "Traceback" not in answer.text and "Tess" not in answer.text
    assert there.sessions() == 0


def header(there: Launcher, **changes: Any) -> dict[str, Any]:
    whole = {"alg": "RS256", "typ": "JWT", "kid": there.platform.keys.current.kid, **changes}
    return {name: value for name, value in whole.items() if value is not ...}


def public_pem(there: Launcher) -> bytes:
    public = there.platform.keys.current.private.public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


TOKENS: dict[str, Callable[[Launcher, dict[str, Any]], str]] = {
    "row-01-no-kid": lambda there, body: there.token(body, header(there, kid=...)),
    "row-02-unknown-kid": lambda there, body: there.token(body, header(there, kid="feedfacefeedface")),
    "row-05-no-lti-message": lambda there, body: there.token({"hello": "world", "nonce": body["nonce"]}),
    "row-05-a-list": lambda there, body: there.token([body["nonce"]]),
    "row-13-another-key": lambda there, body: there.token(body, None, SigningKey.new().private),
    "row-14-alg-none": lambda there, body: there.token(body, header(there, alg="none")),
    "row-15-hs256-with-public-key": lambda there, body: there.token(
        body, header(there, alg="HS256"), public_pem(there)
    ),
    "row-16-two-parts": lambda there, body: ".".join(there.token(body).split(".")[:2]),
    "row-16-truncated": lambda there, body: there.token(body)[:-20],
    "row-16-edited": lambda there, body: edited(there.token(body)),
    "row-16-no-token-at-all": lambda there, body: "this is no token",
}


def edited(token: str) -> str:
    """The same token, with another role after it was signed."""
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims[f"{CLAIM}roles"] = [f"{MEMBERSHIP}Administrator"]
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{head}.{changed}.{signature}"


@pytest.mark.parametrize("row", TOKENS)
def test_tokens_that_are_not_the_platforms_are_refused(there: Launcher, row: str) -> None:
    state, nonce = there.begin()

    answer = there.post(state, TOKENS[row](there, there.claims(nonce)))

    refused(there, answer, 401)


def test_row_02_an_unknown_kid_leads_to_one_fetch_at_most(there: Launcher) -> None:
    for _ in range(3):
        state, nonce = there.begin()
        there.post(state, there.token(there.claims(nonce), header(there, kid="feedfacefeedface")))

    assert there.platform.asked == 1


def test_row_11_without_a_course_no_resource_link_is_needed(there: Launcher) -> None:
    assert there.as_admin().status_code == 200


def test_row_26_a_nonce_that_was_used_before_is_refused(there: Launcher) -> None:
    state, nonce = there.begin()
    assert there.post(state, there.token(there.claims(nonce))).status_code == 200
    other, _ = there.begin()

    answer = there.post(other, there.token(there.claims(nonce)))

    assert answer.status_code == 401
    assert there.sessions() == 1


@pytest.mark.parametrize("cookies", [True, False], ids=["row-27-same-browser", "row-28-another-browser"])
def test_a_launch_that_was_used_before_is_refused(there: Launcher, cookies: bool) -> None:
    client = there.app.test_client(use_cookies=cookies)
    state, nonce = there.begin()
    form = {"state": state, "id_token": there.token(there.claims(nonce))}
    assert client.post("/lti/launch", data=form).status_code == 200

    again = client.post("/lti/launch", data=form)

    assert again.status_code == 401
    assert there.sessions() == 1


def test_row_29_the_token_of_one_login_with_the_state_of_another(there: Launcher) -> None:
    state, _ = there.begin()
    _, nonce = there.begin()

    refused(there, there.post(state, there.token(there.claims(nonce))), 401)


@pytest.mark.parametrize(
    ("state", "with_token", "status"),
    [("", True, 400), ("state-unknown", True, 401), ("own", False, 400)],
    ids=["row-30-no-state", "row-30-unknown-state", "row-30-no-token"],
)
def test_row_30_incomplete_launches(there: Launcher, state: str, with_token: bool, status: int) -> None:
    own, nonce = there.begin()
    token = there.token(there.claims(nonce)) if with_token else ""

    refused(there, there.post(own if state == "own" else state, token), status)


def test_row_30_a_login_that_took_too_long(there: Launcher) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        state, nonce = there.begin()
        traveller.shift(timedelta(minutes=6))

        refused(there, there.post(state, there.token(there.claims(nonce))), 401)


@pytest.mark.parametrize(("strict", "status"), [(False, 200), (True, 403)])
def test_row_31_a_pair_from_another_browser_follows_the_installations_policy(
    there: Launcher, strict: bool, status: int
) -> None:
    with there.app.app_context():
        db.session.query(Installation).update({"require_binding": strict})
        db.session.commit()

    assert there.launch().status_code == status


def test_row_32_an_unknown_deployment_names_what_to_do(there: Launcher) -> None:
    answer = there.launch(deployment_id=f"{DEPLOYMENT}9")

    refused(there, answer, 403)
    assert "Organization Apps" in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": ""},
        {"iss": "https://evil.example"},
        {"login_hint": ""},
        {"client_id": ""},
        {"client_id": "999"},
        {"target_link_uri": ""},
        {"target_link_uri": "javascript:alert(1)"},
        {"target_link_uri": "https://evil.example/lti/launch"},
    ],
    ids=lambda changes: (
        "row-37-" + "-".join(f"{name}-{value or 'missing'}" for name, value in changes.items())
    ),
)
def test_row_37_logins_that_lead_nowhere(there: Launcher, changes: dict[str, str]) -> None:
    answer = there.login(**changes)

    assert answer.status_code == 400
    assert answer.location is None


def test_row_37_a_posted_login_with_parameters_in_its_address(there: Launcher) -> None:
    query = {"iss": ISSUER, "client_id": CLIENT, "login_hint": "1", "target_link_uri": f"{APP}/lti/launch"}

    answer = there.app.test_client().post("/lti/login?iss=https://evil.example", data=query)

    assert answer.status_code == 400


def test_row_38_the_way_back_is_ours_whatever_is_asked(there: Launcher) -> None:
    answer = there.login(redirect_uri="https://evil.example/")

    assert "redirect_uri=http%3A%2F%2Flocalhost%3A8000%2Flti%2Flaunch" in answer.location
    assert "evil" not in answer.location


def test_row_39_a_rotated_key_and_then_without_the_old_one(there: Launcher) -> None:
    start = clock.now()
    old = there.platform.keys.current
    with time_machine.travel(start, tick=False) as traveller:
        assert there.launch().status_code == 200
        there.platform.keys.rotate()
        traveller.shift(timedelta(minutes=2))
        assert there.launch().status_code == 200
        state, nonce = there.begin()
        by_old = there.token(there.claims(nonce), header(there, kid=old.kid), old.private)
        assert there.post(state, by_old).status_code == 200
        there.platform.keys.retire()
        traveller.shift(timedelta(hours=2))
        assert there.launch().status_code == 200
        state, nonce = there.begin()
        by_old = there.token(there.claims(nonce), header(there, kid=old.kid), old.private)
        assert there.post(state, by_old).status_code == 401


@pytest.mark.parametrize(
    "answer",
    [html, five_megabytes, lambda: redirect("/elsewhere"), lambda: {"keys": "none"}],
    ids=["row-40-html", "row-40-five-megabytes", "row-40-redirect", "row-40-no-keys"],
)
def test_row_40_a_key_set_that_cannot_be_read_refuses_and_alarms(
    there: Launcher, answer: Callable[[], Any], caplog: pytest.LogCaptureFixture
) -> None:
    there.platform.answer = answer

    with caplog.at_level(logging.ERROR):
        refused(there, there.launch(), 401)

    assert "the key set of a platform cannot be read" in caplog.text


def test_row_40_while_the_key_set_is_down_known_keys_are_kept(there: Launcher) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        assert there.launch().status_code == 200
        there.platform.answer = html
        traveller.shift(timedelta(hours=2))

        assert there.launch().status_code == 200


def test_row_40_a_key_of_1024_bits_is_not_used(there: Launcher) -> None:
    weak = small_key()
    there.platform.answer = lambda: {"keys": [weak.as_jwk()]}
    state, nonce = there.begin()

    refused(
        there,
        there.post(state, there.token(there.claims(nonce), header(there, kid=weak.kid), weak.private)),
        401,
    )


PASSING: dict[str, dict[str, Any]] = {
    "teacher": {},
    "several-roles": {"roles": [f"{MEMBERSHIP}Learner", f"{MEMBERSHIP}Instructor"]},
    "short-role": {"roles": ["Instructor"]},
    "unknown-role-beside": {"roles": ["urn:x:unknown", f"{MEMBERSHIP}Instructor"]},
    "only-email": {"name": ..., "email": "t@d.example"},
    "only-names": {"name": ..., "given_name": "Tess", "family_name": "Teacher"},
    "no-personal-data": {"name": ...},
    "email-without-context": {
        "email": "a@d.example",
        "context": ...,
        "resource_link": ...,
        "roles": [f"{MEMBERSHIP}Administrator"],
        "sub": sub_of(ADMIN_UID),
        "custom": {"uid": ADMIN_UID},
    },
    "unknown-extra-claims": {"something_else": {"a": [1]}},
    "iat-30-s-ahead": {"iat": 30},
    "aud-list-with-azp-ours": {"aud": [CLIENT, "999"], "azp": CLIENT},
    "aud-text": {"aud": CLIENT},
}


@pytest.mark.parametrize("name", PASSING)
def test_launches_that_must_pass(there: Launcher, name: str) -> None:
    changes = dict(PASSING[name])
    if "iat" in changes:
        changes["iat"] += now()

    answer = there.launch(**changes)

    assert answer.status_code == 200, answer.text
    assert there.sessions() == 1


@pytest.mark.parametrize(
    "roles",
    [[f"{MEMBERSHIP}Learner"], [], ["urn:x:unknown"]],
    ids=["student", "no-roles", "unknown-role"],
)
def test_launches_that_are_valid_and_give_no_privilege(there: Launcher, roles: list[str]) -> None:
    answer = there.launch(roles=roles)

    assert answer.status_code == 403
    assert "This page is for teachers" in answer.text
    assert there.sessions() == 0
