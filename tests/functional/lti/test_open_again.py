"""What a launch finds again, what is kept of an ended session, and whose page a refusal is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from sqlalchemy import text

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import LaunchSession
from lti_app.operations.prune import prune
from tests.support.launching import ADMIN_UID, APP, Launcher, launching

OWN_HOST = "https://district.schoology.example"


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Launcher]:
    with launching(tmp_path) as launcher:
        yield launcher


def token_of(page: str) -> str:
    found = re.search(r'name="launch" value="([^"]+)"', page)
    assert found
    return found[1]


def press(there: Launcher, path: str, token: str, **fields: str) -> str:
    answer = there.app.test_client().post(path, data={"launch": token, **fields}, headers={"Origin": APP})
    return answer.text


def title(page: str) -> str:
    found = re.search(r"<title>([^<·]+)", page)
    assert found
    return found[1].strip()


def framed_by(answer: object) -> set[str]:
    found = re.search(r"frame-ancestors ([^;]*)", answer.headers["Content-Security-Policy"])  # type: ignore[attr-defined]
    assert found
    return set(found[1].split())


def test_a_launch_leads_back_to_the_last_page_for_eight_hours(there: Launcher) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        press(there, "/admin/terms", token_of(there.as_admin().text))
        assert title(there.as_admin(uid="1009").text) == "Configuration"
        now.shift(timedelta(hours=7))
        assert title(there.as_admin().text) == "Terms"
        now.shift(timedelta(hours=9))
        assert title(there.as_admin().text) == "Configuration"


def test_a_search_for_a_person_is_not_kept(there: Launcher) -> None:
    token = token_of(there.as_admin().text)
    press(there, "/admin/logs", token)
    press(there, "/admin/why", token, text="Ada Lovelace")

    with there.app.app_context():
        kept = db.session.query(LaunchSession).one().place
    assert kept == {"path": "/admin/logs", "fields": {}}


def test_an_ended_session_is_known_for_a_week_and_opens_nothing(there: Launcher) -> None:
    with time_machine.travel(clock.now(), tick=False) as now:
        token = token_of(there.as_admin().text)
        now.shift(timedelta(days=6))
        answer = there.app.test_client().post("/admin/terms", data={"launch": token}, headers={"Origin": APP})
        assert answer.status_code == 401
        assert framed_by(answer) == {OWN_HOST}
        assert "Open again" in answer.text and "Terms" not in answer.text

        now.shift(timedelta(days=2))
        with there.app.app_context():
            prune(db.session)
        assert there.sessions() == 0


def test_open_again_repeats_the_login_with_a_state_of_its_own(there: Launcher) -> None:
    there.as_admin()
    with there.app.app_context():
        login_id = db.session.query(LaunchSession).one().login_id

    answer = there.app.test_client().post("/lti/again", data={"again": login_id}, headers={"Origin": APP})

    asked = parse_qs(urlsplit(answer.location).query)
    assert asked["login_hint"] == ["1"] and asked["state"][0].startswith("state-")
    assert login_id not in answer.location
    other = {"Origin": "https://evil.example"}
    assert (
        there.app.test_client().post("/lti/again", data={"again": login_id}, headers=other).status_code == 403
    )


def test_a_launch_posted_twice_is_refused_with_a_way_back(
    there: Launcher,
) -> None:
    state, nonce = there.begin()
    signed = there.token(there.claims(nonce))
    there.post(state, signed)

    again = there.post(state, signed)

    assert again.status_code == 401
    assert framed_by(again) == {OWN_HOST}
    assert "Open again" in again.text and 'action="/lti/again"' in again.text


def test_a_silent_database_is_a_page_that_the_district_may_frame(there: Launcher) -> None:
    there.as_admin()
    with there.app.app_context():
        for table in ("launch_session", "installation"):
            db.session.execute(text(f"ALTER TABLE {table} RENAME TO gone_{table}"))
        db.session.commit()

    answer = there.app.test_client().post("/admin/terms", data={"launch": "any"}, headers={"Origin": APP})

    assert answer.status_code == 503
    assert OWN_HOST in framed_by(answer)
    assert "busy" in answer.text


def test_a_reload_of_the_page_for_the_setup_code_is_no_try(tmp_path: Path) -> None:
    with launching(tmp_path, claimed=False) as there:
        token = token_of(there.as_admin(uid=ADMIN_UID).text)
        for _ in range(12):
            assert "Set up SIS Integration" in press(there, "/claim", token)
        assert "needs an Acting User" in press(there, "/claim", token, setup_code=there.setup_code)
