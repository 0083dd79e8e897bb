"""What a browser is told with each page, and that data of people is never markup."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.factories import add_link
from tests.support.admin_pages import Pages, open_pages

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return open_pages(tmp_path)


def test_a_name_with_markup_is_shown_as_text(pages: Pages) -> None:
    with pages.database() as session:
        add_link(session, "user", "student:1", label=f"{SCRIPT}, Bo", schoology_id="77")

    for path, fields in (("/admin/person", {"id": "77"}), ("/admin/why", {"text": "Bo"})):
        answer = pages.app.test_client().post(
            path, data={"launch": pages.token, **fields}, headers={"Origin": "http://localhost"}
        )
        assert "&lt;script&gt;alert(1)&lt;/script&gt;, Bo" in answer.text and SCRIPT not in answer.text


def test_pages_tell_their_charset_and_https_for_a_year(pages: Pages) -> None:
    plain = pages.app.test_client().get("/admin/logs")
    wiring = pages.app.extensions["wiring"]
    wiring.settings = replace(wiring.settings, public_url="https://sync.example.org")

    answer = pages.app.test_client().get("/admin/logs")

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in plain.headers
    with pages.app.test_client().get("/static/pages.js") as script:
        assert script.headers["Content-Type"].startswith("text/javascript; charset=")
        assert script.headers["X-Content-Type-Options"] == "nosniff"
