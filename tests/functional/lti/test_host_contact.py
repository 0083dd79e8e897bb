"""Where only the host can act, the page says how to reach them, if LTI_APP_CONTACT does."""

from __future__ import annotations

from collections.abc import Iterator
from functools import wraps
from pathlib import Path

import pytest

from lti_app.config import read_settings
from tests.functional.lti.test_launch_routing import press, token_of
from tests.support.launching import Launcher, launching
from tests.support.world import KEY

CONTACT = "Help Desk, 555-0100, help@district.example"
SHOWN = f"the people who host this app ({CONTACT})"


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Launcher]:
    """An unclaimed installation, hosted by people who can be reached."""
    with launching(tmp_path, claimed=False, contact=CONTACT) as launcher:
        yield launcher


def test_the_setting_is_read_from_the_environment(tmp_path: Path) -> None:
    environ = {"LTI_APP_CONTACT": f"  {CONTACT} ", "LTI_APP_SECRET_KEYS": KEY}

    assert read_settings(environ, tmp_path).contact == CONTACT


def test_the_claim_page_says_who_has_the_setup_code(there: Launcher) -> None:
    assert f"To get the code, contact {SHOWN}." in " ".join(there.as_admin().text.split())


def test_a_wrong_code_and_too_many_of_them_say_who_can_help(there: Launcher) -> None:
    token = token_of(there.as_admin())
    pages = [press(there, "/claim", token, setup_code="wrong") for _ in range(11)]

    assert all(SHOWN in each.text for each in pages)
    assert (pages[0].status_code, pages[-1].status_code) == (200, 429)


def test_an_organization_that_is_not_set_up_learns_whom_to_ask(there: Launcher) -> None:
    page = there.launch(deployment_id="another")

    assert page.status_code == 403
    assert f"Ask {SHOWN}" in page.text


def test_an_unexpected_error_says_whom_to_contact(there: Launcher) -> None:
    endpoint, _ = there.app.url_map.bind("localhost").match("/lti/jwks.json")

    @wraps(there.app.view_functions[endpoint])
    def broken() -> str:
        raise RuntimeError("no")

    there.app.view_functions[endpoint] = broken

    page = there.app.test_client().get("/lti/jwks.json")

    assert page.status_code == 500
    assert f"contact {SHOWN}" in page.text


def test_without_the_setting_the_page_shows_no_empty_parentheses(tmp_path: Path) -> None:
    with launching(tmp_path, claimed=False) as launcher:
        text = launcher.as_admin().text

    assert "contact the people who host this app." in " ".join(text.split())
    assert "()" not in text


def test_a_district_may_have_a_contact_of_its_own(there: Launcher) -> None:
    command = ["installation", "set", "--installation", "1", "--contact", " County desk,  555-0199 "]
    assert there.app.test_cli_runner().invoke(args=command).exit_code == 0

    assert "the people who host this app (County desk, 555-0199)" in " ".join(there.as_admin().text.split())
    assert f"Ask {SHOWN}" in there.launch(deployment_id="another").text

    assert there.app.test_cli_runner().invoke(args=[*command[:-1], ""]).exit_code == 0
    assert f"To get the code, contact {SHOWN}." in " ".join(there.as_admin().text.split())
