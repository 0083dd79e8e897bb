"""Migrations with a row in every table, up and down, on both databases: no row of another table is lost."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import delete, insert, inspect, select, text, update

from lti_app.config import read_settings
from lti_app.extensions import db
from lti_app.models import Base, Platform, PrepLine, PrepUpload
from lti_app.runs.words import sentence
from tests.support.any_rows import counts, fill
from tests.support.processes import ROOT
from tests.support.world import running_app, settings


@pytest.fixture
def app(tmp_path: Path, database_url: str) -> Iterator[Flask]:
    """The app over a migrated database with a row in every table."""
    environ = {"LTI_APP_DATABASE_URL": database_url, "LTI_APP_SECRET_KEYS": settings(tmp_path).secret_keys[0]}
    url = read_settings(environ, tmp_path).database_url
    with running_app(settings(tmp_path, database_url=url)) as made, made.app_context():
        with db.engine.begin() as connection:
            fill(connection)
        yield made


def revisions() -> list[str]:
    """Newest first."""
    return [each.revision for each in ScriptDirectory(str(ROOT / "migrations")).walk_revisions()]


def rows() -> dict[str, int]:
    """Table → its rows, of the tables that are there."""
    there = set(inspect(db.engine).get_table_names())
    with db.engine.connect() as connection:
        return counts(connection, [each for each in Base.metadata.sorted_tables if each.name in there])


def step(revision: str, former: str) -> None:
    """One migration back and again; the tables of the former one keep their rows."""
    downgrade(revision=former)
    before = rows()
    upgrade(revision=revision)
    after = rows()
    assert {name: after[name] for name in before} == before, revision


def test_every_table_got_a_row(app: Flask) -> None:
    assert set(rows().values()) == {1}


def test_the_newest_step_and_the_way_to_the_first_keep_rows(app: Flask) -> None:
    step(*revisions()[:2])
    downgrade(revision=revisions()[-1])
    first = rows()
    upgrade()

    assert "installation" in first
    assert {name: number for name, number in rows().items() if name in first} == first


@pytest.mark.long_run
def test_each_step_down_and_up_again_keeps_the_rows_of_tables_that_stay(app: Flask) -> None:
    for revision, former in pairwise(revisions()):
        step(revision, former)
        downgrade(revision=former)
    downgrade(revision="base")
    assert rows() == {}


def test_a_file_that_was_not_checked_is_uploaded_again_later(tmp_path: Path) -> None:
    """After a way back: the former release has no job that checks it, and the next upgrade can read it."""
    with running_app(settings(tmp_path)) as made, made.app_context():
        owner = {"installation_id": 1, "kind": "student"}
        with db.engine.begin() as connection:
            fill(connection)
            connection.execute(delete(PrepLine))
            connection.execute(update(PrepUpload).values(kind="student", to_check=2))
            rows = [{**owner, "verb": "raw", "line": line, "schoology_id": "7"} for line in (2, 3)]
            connection.execute(insert(PrepLine), rows)

        downgrade(revision="0041")
        with db.engine.connect() as connection:
            told = connection.execute(text("SELECT changes, errors FROM prep_upload")).one()
        upgrade()

        assert told.changes == "[]" and "Upload it again" in told.errors
        with db.engine.connect() as connection:
            kept = connection.execute(select(PrepLine.verb, PrepLine.problem)).all()
            numbers = connection.execute(select(PrepUpload.problems, PrepUpload.to_check)).one()
        assert [each.verb for each in kept] == ["problem"] and "Upload it again" in sentence(kept[0].problem)
        assert numbers == (1, 0)


def test_a_migration_that_loses_a_reference_changes_nothing_on_sqlite(tmp_path: Path) -> None:
    with running_app(settings(tmp_path)) as made, made.app_context():
        with db.engine.begin() as connection:
            fill(connection)
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.execute(delete(Platform))
            connection.commit()
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")

        with pytest.raises(SystemExit):
            downgrade(revision=revisions()[-1])

        assert set(rows()) == set(Base.metadata.tables)
        assert db.session.scalar(text("SELECT version_num FROM alembic_version")) == revisions()[0]
