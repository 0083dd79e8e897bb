"""What a host types by mistake is refused with one sentence, and nothing is stored."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from lti_app.extensions import db
from lti_app.models import Installation, Platform
from tests.functional.cli.test_cli import INSTALLATION, PLATFORM, run
from tests.support.world import running_app, settings

SET = ("installation", "set", "--installation", "1")
ADD = ("installation", "add", "--client-id", "123", "--schoology-domain", "a.example")
LARGEST = "99999999999999999999"


def typed(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=list(words))


def stored(app: Flask) -> list[object]:
    with app.app_context():
        columns = (Installation.name, Installation.deployment_id, Installation.schoology_domains)
        return [*db.session.execute(select(*columns)), *db.session.scalars(select(Platform.client_id))]


def test_nothing_that_no_one_could_have_meant_is_stored(tmp_path: Path) -> None:
    platform = PLATFORM.split()
    with running_app(settings(tmp_path)) as app:
        for command in (PLATFORM, INSTALLATION):
            assert run(app, command).exit_code == 0
        before = stored(app)
        for words, said in (
            ((*SET, "--name", "  "), "It is empty."),
            ((*SET, "--name", "x" * 256), "longer than 255 characters"),
            ((*SET, "--name", "\udcff"), "a character that can't be shown"),
            ((*SET, "--deployment-id", ""), "It is empty."),
            ((*SET, "--schoology-domain", "["), "isn't a host"),
            ((*SET, "--schoology-domain", "a.example:port"), "isn't a host"),
            ((*SET, "--schoology-domain", "user:secret@a.example"), "isn't a host"),
            (SET, "Give at least one of --name"),
            ((*ADD, "--name", "", "--deployment-id", "1-5"), "It is empty."),
            ((*ADD, "--name", "New", "--deployment-id", " "), "It is empty."),
            (("platform", "add", "--issuer", " ", *platform[4:]), "It is empty."),
            (("platform", "remove", "--issuer", "", "--client-id", "123"), "There is no platform"),
            (("installation", "set", "--installation", LARGEST, "--name", "x"), "is not in the range"),
            (("installation", "pause", "--installation", "0"), "is not in the range"),
            (("jobs", "list", "--limit", LARGEST), "is not in the range"),
            (("sync", "show", LARGEST), "is not in the range"),
        ):
            done = typed(app, *words)
            assert done.exit_code in (1, 2) and said in done.output, (words, done.output, done.exception)
            assert isinstance(done.exception, SystemExit), words
        for url in ("https://[", "https://a.example:port", "https://\udcff"):
            said = typed(app, *[url if each.endswith("/a") else each for each in platform])
            assert said.exit_code == 2 and "isn't an http or https address" in said.output
        assert stored(app) == before

        done = typed(app, *SET, "--name", " Two\nlines\t", "--contact", "")
        assert done.exit_code == 0 and "1\tTwo lines\t" in done.output


@pytest.mark.parametrize("name", ["x" * 300, "folder/none/backup.sqlite"])
def test_files_that_cannot_be_used_are_one_line(tmp_path: Path, name: str) -> None:
    with running_app(settings(tmp_path)) as app:
        for command in ("database restore {}", "doctor --backup {}", "database backup {}"):
            done = run(app, command.format(tmp_path / name))
            assert done.exit_code == 1 and done.output.count("\n") == 1, done.output
            assert isinstance(done.exception, SystemExit)
