"""Browser and session: login CSRF, sign-out, what keeps a session alive, roles, and unusual claims."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from werkzeug.test import TestResponse

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import Audit, LaunchSession
from tests.support.confirming import TOKEN
from tests.support.launching import ADMIN_UID, APP, CLAIM, MEMBERSHIP, Launcher, launching, sub_of

VALUE = re.compile(r'data-value="([^"]+)"')
NEXT = re.compile(r'data-next="([^"]+)"')
LONG = "x" * 200_000


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Launcher]:
    with launching(tmp_path) as launcher:
        yield launcher


def token_of(page: TestResponse) -> str:
    found = TOKEN.search(page.text)
    assert found, page.text
    return found.group(1)


def press(there: Launcher, token: str, path: str, **more: str) -> TestResponse:
    client = there.app.test_client(use_cookies=False)
    return client.post(path, data={"launch": token, **more}, headers={"Origin": APP})


def post_with_cookie(there: Launcher, state: str, token: str, cookie: str) -> TestResponse:
    client = there.app.test_client(use_cookies=False)
    environ = {"HTTP_COOKIE": f"__Host-launch-state={cookie}"}
    return client.post("/lti/launch", data={"state": state, "id_token": token}, environ_overrides=environ)


def begin_stored(there: Launcher) -> tuple[str, str, str]:
    """State, nonce and stored value of a login from a platform that offers storage."""
    page = there.login(lti_storage_target="_parent")
    assert page.status_code == 200
    value, address = VALUE.search(page.text), NEXT.search(page.text)
    assert value and address
    found = re.findall(r"[?&](state|nonce)=([^&]+)", html.unescape(address.group(1)))
    return dict(found)["state"], dict(found)["nonce"], value.group(1)


def require_binding(there: Launcher) -> None:
    run = there.app.test_cli_runner().invoke
    command = ["installation", "set", "--installation", "1", "--require-binding"]
    assert run(args=command).exit_code == 0
    with there.app.app_context():
        assert db.session.query(Audit).filter(Audit.new == "required").count() == 1


def test_the_platforms_storage_binds_a_launch_where_cookies_are_blocked(there: Launcher) -> None:
    require_binding(there)
    state, nonce, value = begin_stored(there)
    token = there.token(there.claims(nonce))

    asks = there.post(state, token)
    form = {"state": state, "id_token": token, "stored": value}
    opened = there.app.test_client().post("/lti/launch", data=form)

    assert asks.status_code == 200 and 'data-do="get"' in asks.text
    assert opened.status_code == 200
    assert there.sessions() == 1
    with there.app.app_context():
        assert db.session.query(LaunchSession).one().cookie_bound


@pytest.mark.parametrize("stored", ["", "made-up", None])
def test_a_launch_that_nothing_binds_is_refused_where_a_binding_is_a_must(
    there: Launcher, stored: str | None
) -> None:
    require_binding(there)
    if stored is None:
        answer = there.launch()
    else:
        state, nonce, _ = begin_stored(there)
        form = {"state": state, "id_token": there.token(there.claims(nonce)), "stored": stored}
        answer = there.app.test_client().post("/lti/launch", data=form)

    assert answer.status_code == 403 and "your district requires" in answer.text
    assert there.sessions() == 0


def test_the_cookie_binds_a_launch(there: Launcher) -> None:
    require_binding(there)
    state, nonce = there.begin()

    answer = post_with_cookie(there, state, there.token(there.claims(nonce)), state)

    assert answer.status_code == 200
    with there.app.app_context():
        assert db.session.query(LaunchSession).one().cookie_bound


def test_signing_out_ends_every_session_of_the_person(there: Launcher) -> None:
    first, second = token_of(there.as_admin()), token_of(there.as_admin())
    other = token_of(there.as_admin(uid="3003"))

    page = press(there, first, "/sign-out")

    assert page.status_code == 200 and "You’re signed out" in page.text
    after = [press(there, each, "/admin/schools").status_code for each in (first, second, other)]
    assert after == [401, 401, 200]
    assert press(there, "", "/sign-out").status_code == 401


def test_what_a_script_asks_again_and_again_keeps_no_session_alive(there: Launcher) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        token = token_of(there.as_admin())
        for _ in range(6):
            assert press(there, token, "/admin/progress").status_code == 200
            traveller.shift(timedelta(minutes=11))

        assert press(there, token, "/admin/progress").status_code == 401


def test_a_launch_with_another_role_judges_older_sessions_again(there: Launcher) -> None:
    admin = token_of(there.as_admin())
    course = {"sub": sub_of(ADMIN_UID), "custom": {"uid": ADMIN_UID}}
    tabs = [token_of(there.launch(**course)) for _ in range(3)]
    assert {press(there, each, "/course").status_code for each in tabs} == {200}
    elsewhere = token_of(there.launch(**course, context={"id": "88", "title": "Biology: 1"}))

    there.launch(**course, roles=[f"{MEMBERSHIP}Learner"])

    assert {press(there, each, "/course").status_code for each in tabs} == {403}
    assert press(there, elsewhere, "/course").status_code == 200
    assert press(there, admin, "/admin/schools").status_code == 200
    there.as_admin(roles=[f"{MEMBERSHIP}Instructor"])
    assert press(there, admin, "/admin/schools").status_code == 403


UNUSUAL: dict[str, tuple[dict[str, Any], int]] = {
    "name-surrogate": ({"name": "Tess \ud800"}, 200),
    "name-long": ({"name": LONG}, 200),
    "name-nul": ({"name": "Tess\0"}, 200),
    "sub-surrogate": ({"sub": "2002\ud800"}, 401),
    "sub-long": ({"sub": LONG}, 401),
    "deployment-surrogate": ({"deployment_id": "\udfff"}, 401),
    "deployment-long": ({"deployment_id": LONG}, 401),
    "deployment-nul": ({"deployment_id": "1\0"}, 401),
    "nonce-surrogate": ({"nonce": "\ud800"}, 401),
    "context-surrogate": ({"context": {"id": "\ud800"}}, 401),
    "context-long": ({"context": {"id": LONG}}, 401),
    "title-odd": ({"context": {"id": "77", "title": "\ud800" + LONG}}, 200),
    "custom-odd": ({"custom": {"uid": "\ud800", "domain": "\udfff" + LONG, "timezone": LONG}}, 200),
    "roles-odd": ({"roles": [f"{MEMBERSHIP}Instructor", "\ud800", LONG]}, 200),
    "target-surrogate": ({"target_link_uri": "http://\ud800"}, 401),
    "iss-surrogate": ({"iss": "\ud800"}, 401),
    "aud-object": ({"aud": {"a": 1}}, 401),
    "exp-infinite": ({"exp": float("inf")}, 401),
    "iat-infinite": ({"iat": float("inf")}, 401),
    "iat-text": ({"iat": "yesterday"}, 401),
    "version-list": ({"version": ["1.3.0"]}, 401),
}


@pytest.mark.parametrize("case", UNUSUAL)
def test_unusual_claims_are_refusals_or_cut_and_never_errors(there: Launcher, case: str) -> None:
    changes, status = UNUSUAL[case]

    answer = there.launch(**changes)

    assert answer.status_code == status, answer.text[-2000:]


def test_claims_that_are_nested_too_deeply_are_refused(there: Launcher) -> None:
    state, nonce = there.begin()
    head, body, signature = there.token(there.claims(nonce)).split(".")
    deep = "[" * 100_000 + "]" * 100_000
    nested = base64.urlsafe_b64encode(json.dumps({"nonce": nonce}).replace("}", f', "a": {deep}}}').encode())
    forged = f"{head}.{nested.decode().rstrip('=')}.{signature}"

    assert body and there.post(state, forged).status_code == 401


@pytest.mark.parametrize("cookie", ["\u00e9t\u00e9", "x" * 9000, "\x00"])
def test_unusual_cookies_are_no_errors(there: Launcher, cookie: str) -> None:
    state, nonce = there.begin()

    answer = post_with_cookie(there, state, there.token(there.claims(nonce)), cookie)

    assert answer.status_code == 200


@pytest.mark.parametrize("hint", [LONG, "a\0b"])
def test_an_unusual_login_is_refused(there: Launcher, hint: str) -> None:
    answer = there.login(login_hint=hint)

    assert answer.status_code == 400
    assert CLAIM not in answer.text
