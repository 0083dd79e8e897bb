"""What docs/hosting.md says to type exists; `make test-long` runs all of it."""

from __future__ import annotations

import re
import shlex

import click
import pytest
from flask import Flask
from flask_migrate.cli import db as migrations

from lti_app.config import read_settings
from tests.conventions.sources import ROOT, assert_none
from tests.support.hosting_page import block, commands, names, setting
from tests.support.world import KEY

SCRIPT = "/srv/sis/sis "
RIGHTS = ("User", "UMask", "Restart", "TimeoutStopSec", "EnvironmentFile")


def _typed() -> list[str]:
    """Everything behind the script's name, in every block."""
    lines = [line for name in names() for line in commands(name, {})]
    return [line.removeprefix(SCRIPT) for line in lines if line.startswith(SCRIPT)]


def _problem(app: Flask, line: str) -> str:
    """What is wrong with a command; empty when it and its options exist."""
    command: click.Command = app.cli
    words = shlex.split(line.partition(">")[0])
    while isinstance(command, click.Group):
        name = words.pop(0)
        found = migrations if (command, name) == (app.cli, "db") else command.commands.get(name)
        if found is None:
            return f"{line}: there is no {name}"
        command = found
    known = {option for each in command.params for option in each.opts}
    strange = [word for word in words if word.startswith("--") and word not in known]
    return f"{line}: there is no {strange[0]}" if strange else ""


def test_every_command_on_the_page_exists(bare_app: Flask) -> None:
    assert len(_typed()) > 20
    assert_none(filter(None, (_problem(bare_app, line) for line in _typed())))


def test_a_command_that_is_gone_is_seen(bare_app: Flask) -> None:
    assert _problem(bare_app, "installation rename --name N") != ""
    assert _problem(bare_app, "installation set --title T") != ""
    assert _problem(bare_app, "db upgrade") == ""


def _files(line: str) -> list[str]:
    """What a command is given as a file."""
    words = shlex.split(line)
    before = {"--file", "--backup", "backup", "restore", "--consumer-secret-file"}
    return [word for former, word in zip(words, words[1:], strict=False) if former in before]


def test_every_file_on_the_page_has_its_whole_path() -> None:
    """Commands run in /var/lib/sis, wherever they are typed."""
    files = [(line, file) for line in _typed() for file in _files(line)]
    assert len(files) > 6
    assert_none(f"{line}: {file}" for line, file in files if not file.startswith("/") and not file.isupper())


def test_the_settings_on_the_page_can_be_used() -> None:
    lines = block("env", {"=KEY": f"={KEY}"}).splitlines()
    read = read_settings(dict(line.split("=", 1) for line in lines), None)
    assert read.distributed and read.public_url.startswith("https://")
    assert read.trusted_proxies == 1, "nginx passes requests on"


def test_every_setting_is_on_the_page_once() -> None:
    page = (ROOT / "docs" / "hosting.md").read_text("utf-8")
    told = re.findall(r"^\| `(LTI_APP_\w+)` \|", page, re.MULTILINE)
    read = set(re.findall(r'"(LTI_APP_[A-Z_]+)"', (ROOT / "lti_app" / "config.py").read_text("utf-8")))
    assert sorted(told) == sorted(read - {"LTI_APP_ALLOW_PRIVATE_SIS_HOSTS"})


@pytest.mark.parametrize("unit", ["web", "worker"])
def test_the_units_run_as_their_own_user_and_start_again(unit: str) -> None:
    values = {key: setting(unit, key, {}) for key in RIGHTS}
    assert values == {
        "User": "sis",
        "UMask": "0077",
        "Restart": "always",
        "TimeoutStopSec": "45",
        "EnvironmentFile": "/etc/sis/sis.env",
    }


def test_the_web_server_passes_on_whole_requests_and_logs_no_secret() -> None:
    text = block("nginx", {})
    assert "proxy_request_buffering on;" in text
    assert re.search(r"access_log \S+ sis;", text) and "$request " not in text and "$request_uri" not in text
    assert "X-Frame-Options" not in text and "Content-Security-Policy" not in text
