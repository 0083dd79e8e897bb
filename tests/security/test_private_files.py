"""Files that hold people's data are for their owner only, and doctor names those that aren't."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import select

from lti_app.extensions import db
from lti_app.models import ErasedPerson, Link
from lti_app.operations.people import erase
from lti_app.operations.people.person import find
from lti_app.store import audit, epoch
from lti_app.store.district import District
from tests.support.admin_pages import Pages, open_pages
from tests.support.person import KEY, TRACES, add_person


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    """Under the umask of most machines, which lets everybody read."""
    former = os.umask(0o022)
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    try:
        made = open_pages(folder)
        for each in folder.iterdir():  # the copy of a test, not a file of the app's own making
            each.chmod(0o600)
        yield made
    finally:
        os.umask(former)


def run(pages: Pages, *command: str) -> Result:
    return pages.app.test_cli_runner().invoke(args=command)


def rights(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_each_file_that_a_command_writes_is_for_its_owner_only(pages: Pages, tmp_path: Path) -> None:
    with pages.database() as session:
        add_person(session)
    with pages.app.app_context():
        epoch.begin_anew(db.session)
        db.session.commit()
        epoch.keep(db.session(), epoch.mark(db.session()))
        db.session.remove()
    given = ("--installation", "1", "--file")

    assert run(pages, "database", "backup", str(tmp_path / "backup.sqlite")).exit_code == 0
    assert run(pages, "installation", "export", *given, str(tmp_path / "district.jsonl")).exit_code == 0
    assert run(pages, "person", "export", "--id", KEY, *given, str(tmp_path / "one.json")).exit_code == 0

    written = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert {each.name for each in written} >= {
        "backup.sqlite",
        "district.jsonl",
        "one.json",
        "app.sqlite-epoch",
    }
    assert {each.name: oct(rights(each)) for each in written if rights(each) != 0o600} == {}
    twice = run(pages, "installation", "export", *given, str(tmp_path / "one.json"))
    assert twice.exit_code == 1 and "is there already" in twice.output


def test_doctor_names_each_file_and_folder_that_others_can_read(pages: Pages, tmp_path: Path) -> None:
    file, backup = tmp_path / "data" / "app.sqlite", tmp_path / "backup.sqlite"
    run(pages, "database", "backup", str(backup))
    said = run(pages, "doctor", "--before-start").output
    assert "ok   rights of the database file" in said and "ok   rights of the database folder" in said
    former = file.with_name("app.sqlite.before-1")
    former.touch()
    for each in (file, backup):
        each.chmod(0o640)
    file.parent.chmod(0o755)

    said = run(pages, "doctor", "--before-start").output

    assert f"can read it: chmod 600 {file} {former}\n" in said
    assert f"can look into it: chmod 700 {file.parent}\n" in said
    of_backup = run(pages, "doctor", "--backup", str(backup))
    assert of_backup.exit_code == 1 and f"chmod 600 {backup}\n" in of_backup.output


def test_a_restored_backup_has_no_one_who_was_erased_since(pages: Pages, tmp_path: Path) -> None:
    backup = tmp_path / "backup.sqlite"
    with pages.database() as session:
        add_person(session)
    assert run(pages, "database", "backup", str(backup)).exit_code == 0
    with pages.database() as session:
        district, vault = District(session, 1), pages.app.extensions["wiring"].vault
        erase.erase(district, vault, find(district, KEY), audit.THE_HOST)
    with pages.app.app_context():
        db.engine.dispose()

    done = run(pages, "database", "restore", str(backup))

    assert done.exit_code == 0, done.output
    assert "1 person in the backup had been erased since" in done.output
    file = tmp_path / "data" / "app.sqlite"
    assert not [each for each in TRACES if each.encode() in file.read_bytes()]
    with pages.database() as session:
        assert session.get(Link, (1, "user", KEY)) is None
        assert len(session.scalars(select(ErasedPerson)).all()) == 2
