"""Setup codes: how they may be typed, how long they work, and who is stopped from guessing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import Installation
from tests.security.test_sessions import press, token_of
from tests.support.launching import Launcher, launching


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Launcher]:
    """An installation that no one has claimed."""
    with launching(tmp_path, claimed=False) as launcher:
        yield launcher


def made(fresh: Launcher, days: int) -> None:
    with fresh.app.app_context():
        db.session.query(Installation).one().setup_code_at = clock.now() - timedelta(days=days)
        db.session.commit()


def test_a_code_is_accepted_with_spaces_and_in_small_letters(fresh: Launcher) -> None:
    typed = f"  {fresh.setup_code.lower().replace('-', ' ')} "

    page = press(fresh, token_of(fresh.as_admin()), "/claim", setup_code=typed)

    assert "needs an Acting User" in page.text


def test_a_code_expires_after_two_weeks_and_can_be_renewed(fresh: Launcher) -> None:
    token = token_of(fresh.as_admin())
    made(fresh, 15)
    expired = press(fresh, token, "/claim", setup_code=fresh.setup_code)
    renewed = fresh.app.test_cli_runner().invoke(args=["installation", "setup-code", "--installation", "1"])
    code = renewed.output.rpartition("Setup code: ")[2].strip()

    assert "This setup code has expired" in expired.text
    assert "needs an Acting User" in press(fresh, token, "/claim", setup_code=code).text


def test_who_guesses_stops_no_one_else(fresh: Launcher) -> None:
    guesser, other = token_of(fresh.as_admin("3003")), token_of(fresh.as_admin("4004"))
    for _ in range(10):
        press(fresh, guesser, "/claim", setup_code="000000")

    assert press(fresh, guesser, "/claim", setup_code=fresh.setup_code).status_code == 429
    assert "needs an Acting User" in press(fresh, other, "/claim", setup_code=fresh.setup_code).text
