"""Where a launch leads: by installation context, role and claim; sessions without cookies; headers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from werkzeug.test import TestResponse

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import Audit, Installation, LaunchSession
from tests.factories import add_launch
from tests.support.launching import ADMIN_UID, APP, MEMBERSHIP, Launcher, launching


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Launcher]:
    with launching(tmp_path) as launcher:
        yield launcher


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Launcher]:
    """An installation that no one has claimed."""
    with launching(tmp_path, claimed=False) as launcher:
        yield launcher


def token_of(page: TestResponse) -> str:
    found = re.search(r'name="launch" value="([^"]+)"', page.text)
    assert found, page.text
    return found.group(1)


def press(
    there: Launcher, path: str, token: str, *, headers: dict[str, str] | None = None, **more: str
) -> TestResponse:
    return there.app.test_client(use_cookies=False).post(
        path, data={"launch": token, **more}, headers={"Origin": APP, **(headers or {})}
    )


def test_an_administrator_outside_any_course_gets_the_admin_app(there: Launcher) -> None:
    page = there.as_admin()

    assert "Configuration" in page.text and "Acting User" in page.text


@pytest.mark.parametrize("role", ["Instructor", "Administrator"])
def test_a_course_opens_on_the_course_page(there: Launcher, role: str) -> None:
    page = there.launch(roles=[MEMBERSHIP + role])

    assert page.status_code == 200
    assert "Algebra: 1" in page.text
    assert "Data Prep" not in page.text


@pytest.mark.parametrize("role", ["Learner", "Mentor"])
def test_learners_and_parents_are_turned_away_politely(there: Launcher, role: str) -> None:
    page = there.launch(roles=[MEMBERSHIP + role])

    assert page.status_code == 403
    assert "You don’t need to do anything here" in page.text


@pytest.mark.parametrize("role", ["Instructor", "Learner"])
def test_without_a_course_others_are_sent_to_theirs(there: Launcher, role: str) -> None:
    page = there.as_admin(roles=[MEMBERSHIP + role])

    assert page.status_code == 403
    assert "There’s nothing for you on this page" in page.text


@pytest.mark.parametrize("in_course", [True, False])
def test_an_unclaimed_installation_says_that_the_set_up_is_not_finished(
    fresh: Launcher, in_course: bool
) -> None:
    page = fresh.launch() if in_course else fresh.as_admin(roles=[f"{MEMBERSHIP}Instructor"])

    assert page.status_code == 403
    assert "This app isn’t set up for your district yet" in page.text


def test_the_first_administrator_claims_with_the_setup_code_once(fresh: Launcher) -> None:
    token = token_of(fresh.as_admin())

    wrong = press(fresh, "/claim", token, setup_code="000000-000000-000000")
    right = press(fresh, "/claim", token, setup_code=fresh.setup_code)
    again = press(fresh, "/claim", token, setup_code=fresh.setup_code)

    assert "This isn’t the right setup code" in wrong.text
    assert "needs an Acting User" in right.text
    assert again.status_code == 403 and "already claimed" in again.text
    with fresh.app.app_context():
        row = db.session.query(Installation).one()
        assert (row.claimed_by_uid, row.setup_code_hash) == (ADMIN_UID, "")
        assert [each.what for each in db.session.query(Audit)] == ["Wrong setup code", "Installation claimed"]


def test_guessing_the_setup_code_is_stopped(fresh: Launcher) -> None:
    token = token_of(fresh.as_admin())
    for _ in range(10):
        press(fresh, "/claim", token, setup_code="nothing")

    answer = press(fresh, "/claim", token, setup_code=fresh.setup_code)

    assert answer.status_code == 429
    assert "Wait an hour" in answer.text


def in_course(there: Launcher, role: str) -> str:
    """The token of a launch from a course."""
    with there.app.app_context():
        add_launch(db.session(), "course-token", "2002", 1, role=role, section_id="77")
        db.session.commit()
    return "course-token"


def test_a_teacher_cannot_claim(fresh: Launcher) -> None:
    token = in_course(fresh, "instructor")

    assert press(fresh, "/claim", token, setup_code=fresh.setup_code).status_code == 403


def test_a_second_administrator_sees_everything_and_may_change_nothing(there: Launcher) -> None:
    page = there.as_admin(uid="3003")
    token = token_of(page)

    saved = press(there, "/admin/configuration/time-zone", token, time_zone="America/Denver")

    assert "Read-only" in page.text
    assert "Only the Acting User can change this" in page.text
    assert "Make me the Acting User" in page.text
    assert saved.status_code == 403
    with there.app.app_context():
        assert db.session.query(Installation).one().time_zone == "America/New_York"


def test_the_token_is_kept_hashed_and_no_cookie_is_needed(there: Launcher) -> None:
    page = there.as_admin()
    token = token_of(page)

    assert press(there, "/admin/schools", token).status_code == 200
    cookies = [each for each in page.headers.getlist("Set-Cookie") if "Max-Age=0" not in each]
    assert cookies == []
    with there.app.app_context():
        row = db.session.query(LaunchSession).one()
        assert token not in (row.token_hash, row.subject)


@pytest.mark.parametrize("token", ["", "made-up"])
def test_a_post_without_its_token_is_refused_in_plain_words(there: Launcher, token: str) -> None:
    there.as_admin()

    answer = press(there, "/admin/configuration/time-zone", token, time_zone="America/Denver")

    assert answer.status_code == 401
    assert "Open the app again from Schoology" in answer.text


@pytest.mark.parametrize(
    ("step", "steps", "status"),
    [(59, 1, 200), (61, 1, 401), (50, 9, 200), (50, 10, 401)],
    ids=["idle-59-min", "idle-61-min", "busy-7h30", "busy-8h20"],
)
def test_a_session_lasts_an_hour_idle_and_eight_hours_in_all(
    there: Launcher, step: int, steps: int, status: int
) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        token = token_of(there.as_admin())
        for _ in range(steps):
            traveller.shift(timedelta(minutes=step))
            answer = press(there, "/admin/schools", token)

        assert answer.status_code == status


def test_a_course_session_opens_no_admin_page_and_the_other_way_around(there: Launcher) -> None:
    teacher = in_course(there, "administrator")
    admin = token_of(there.as_admin())

    assert press(there, "/admin/schools", teacher).status_code == 403
    assert press(there, "/course", admin).status_code in (403, 404)


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}],
    ids=["other-origin", "cross-site", "null-origin"],
)
def test_a_press_from_another_site_is_refused(there: Launcher, headers: dict[str, str]) -> None:
    token = token_of(there.as_admin())

    answer = press(there, "/admin/configuration/time-zone", token, headers=headers, time_zone="UTC")

    assert answer.status_code == 403
    assert "came from another website" in answer.text


def test_pages_may_be_framed_by_the_installations_schoology_only(there: Launcher) -> None:
    page = there.as_admin()

    policy = page.headers["Content-Security-Policy"]
    assert re.search(r"frame-ancestors [^;]*https://district\.schoology\.example", policy)
    assert "unsafe-inline" not in policy and "default-src" in policy
    assert "X-Frame-Options" not in page.headers
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in page.headers["Cache-Control"]


def test_an_error_of_no_one_is_framed_by_known_schoologies_alone(
    there: Launcher,
) -> None:
    answer = there.app.test_client().get("/nowhere")

    assert answer.status_code == 404
    policy = re.search(r"frame-ancestors ([^;]*)", answer.headers["Content-Security-Policy"])
    assert policy and set(policy[1].split()) == {
        "https://schoology.com",
        "https://*.schoology.com",
        "https://district.schoology.example",
    }


def test_what_is_no_page_may_be_framed_by_no_one(there: Launcher) -> None:
    for path in ("/healthz", "/lti/jwks.json"):
        policy = there.app.test_client().get(path).headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy, path
