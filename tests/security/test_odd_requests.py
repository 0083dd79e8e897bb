"""Requests that no browser of ours sends: numbers, texts, headers, and addresses that were made to break."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lti_app.web import limits
from tests.security.test_sessions import press, token_of
from tests.support.launching import APP, CLIENT, ISSUER, Launcher, launching
from tests.support.processes import ROOT

NUMBERED = {
    "/admin/progress": "job",
    "/admin/logs": "page",
    "/admin/logs/run": "job",
    "/admin/logs/try-now": "job",
    "/admin/held/approve": "run",
    "/admin/data-prep/cancel": "job",
    "/admin/users": "page",
}
LOGIN = {"iss": ISSUER, "client_id": CLIENT, "login_hint": "1", "target_link_uri": f"{APP}/lti/launch"}


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Launcher]:
    with launching(tmp_path) as launcher:
        yield launcher


def test_numbers_that_no_column_holds_are_no_errors(there: Launcher) -> None:
    token = token_of(there.as_admin())

    for path, name in NUMBERED.items():
        for number in ("99999999999999999999", "-99999999999999999999", "9" * 5000, "²", "1e400", "NaN"):
            assert press(there, token, path, **{name: number}).status_code < 500, (path, number[:30])


def test_every_number_of_a_form_is_read_by_one_function() -> None:
    pages = (ROOT / "lti_app" / "web").rglob("*.py")

    assert [each.name for each in pages if re.search(r"type=int\b", each.read_text("utf-8"))] == []


def test_a_text_with_the_character_0_is_refused_everywhere(there: Launcher) -> None:
    token = token_of(there.as_admin())

    for path in ("/admin/users", "/admin/why", "/lti/launch", "/admin/data-prep/list"):
        assert press(there, token, path, text="a\0b").status_code == 400, path
    client = there.app.test_client()
    assert client.get("/admin/users?x=%00").status_code == 400
    assert client.get("/bootstrap/static/a%00b").status_code in (400, 404)


def test_app_ids_that_are_made_up_do_not_give_an_address_more_logins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OF_ADDRESS", "5 per minute")
    with launching(tmp_path) as there:
        client = there.app.test_client()
        queries = [{**LOGIN, "client_id": f"made-up-{number}"} for number in range(7)]
        answers = [client.get("/lti/login", query_string=each).status_code for each in queries]

    assert answers[-1] == 429 and 429 not in answers[:5]


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/lti/launch",
        f"{APP}.evil.example/lti/launch",
        f"{APP}@evil.example/lti/launch",
        "//evil.example",
        "javascript:alert(1)",
        f"{APP}/lti/launch\r\nSet-Cookie: a=b",
    ],
)
def test_a_login_leads_to_the_platform_and_nowhere_else(there: Launcher, target: str) -> None:
    answer = there.app.test_client().get(
        "/lti/login",
        query_string={**LOGIN, "target_link_uri": target},
        headers={
            "Host": "evil.example",
            "X-Forwarded-Host": "evil.example",
            "Forwarded": "host=evil.example",
        },
    )

    assert "evil.example" not in answer.headers.get("Location", "")
    assert "evil.example" not in answer.text and "javascript:" not in answer.text
    assert [name for name, _ in answer.headers if name == "Set-Cookie"] in ([], ["Set-Cookie"])


def test_pages_are_neither_kept_nor_guessed_nor_framed_elsewhere(there: Launcher) -> None:
    page = press(there, token_of(there.as_admin()), "/admin/users")

    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "evil.example" not in page.headers["Content-Security-Policy"]
    stranger = there.app.test_client().get("/nowhere", headers={"Referer": "https://evil.example/"})
    assert "evil.example" not in stranger.text + str(stranger.headers)
