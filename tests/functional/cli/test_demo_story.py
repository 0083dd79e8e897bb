"""The demo prints a story that fits what was started, and what its commands need in another terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lti_app.cli import demo
from lti_app.cli.demo_story import story
from tests.support.processes import ROOT

PLACES = {
    "schoology": "http://s",
    "sis": "http://i",
    "app": "http://a",
    "code": "123",
    "environment": "/demo/environment",
}


def told(sis: str = "eschoolplus", *, ready: bool = False, mess: bool = False, own: bool = False) -> str:
    return story(sis, ready=ready, mess=mess, own=own, places=PLACES)


def test_the_story_fits_what_was_started() -> None:
    assert "Setup code          123" in told() and "Site Code demo" in told() and "Data Prep" not in told()
    assert "7. Data Prep" in told(mess=True) and "9. Select" in told(mess=True)
    assert "Client ID sandbox" in told("oneroster") and "Site Code" not in told("oneroster")
    assert "the first sync is done" in told(ready=True) and "Setup code" not in told(ready=True)
    assert "are on hold" in told(ready=True, mess=True)
    assert "the first sync is done" not in told(ready=True, mess=True)
    assert "Make tomorrow" in told(ready=True) and "Make tomorrow" not in told(ready=True, own=True)
    assert ". /demo/environment" in told()


def test_another_terminal_gets_the_settings_of_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "HOME", tmp_path)
    (tmp_path / "instance" / "demo").mkdir(parents=True)
    kept = demo._environment_file({"LTI_APP_SECRET_KEYS": "a key's", "PATH": "/nowhere"})

    read = "import os; print(os.environ['LTI_APP_SECRET_KEYS'], os.environ['PATH'] != '/nowhere')"
    done = subprocess.run(
        ["sh", "-c", f'. {kept}; exec {sys.executable} -c "{read}"'],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "a key's True"
    assert kept.stat().st_mode & 0o077 == 0


def test_the_demo_needs_no_setting_and_a_missing_one_is_named() -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("LTI_APP_")}

    def said(*words: str) -> str:
        flask = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
        return subprocess.run(flask, capture_output=True, text=True, cwd=ROOT, env=bare, check=False).stderr

    assert "--set and --secret-env need --ready" in said("demo", "--set", "domain=x")
    missing = said("jobs", "list")
    assert "LTI_APP_SECRET_KEYS is missing" in missing and "Traceback" not in missing
