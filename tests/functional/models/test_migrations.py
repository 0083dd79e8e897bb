"""The migrations make what the models say, on both databases, and can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Connection, event, inspect, text
from sqlalchemy.exc import IntegrityError

from lti_app.config import read_settings
from lti_app.extensions import db
from lti_app.models import Base
from tests.support.apps import app_over
from tests.support.world import settings

MIGRATIONS = Path(__file__).resolve().parents[3] / "migrations"
JOB = "INSERT INTO job ({}) VALUES (1, 'provision', 'provision', '', '{{}}', 'manual', '', '', '{}', '', 0, 0, '', FALSE, '', '2026-11-23')"  # noqa: E501
COLUMNS = (
    "installation_id, kind, lane, section_id, params, trigger, asked_by, asked_by_uid, state, phase, done, "
    "total, message, cancel_requested, owner, created_at"
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Each of the two databases, without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'app.sqlite'}"
    return str(request.getfixturevalue("empty_postgres_url"))


@pytest.fixture
def app(tmp_path: Path, empty: str) -> Iterator[Flask]:
    """The app over a database without any table."""
    plain = settings(tmp_path)
    environ = {"LTI_APP_DATABASE_URL": empty, "LTI_APP_SECRET_KEYS": plain.secret_keys[0]}
    url = read_settings(environ, tmp_path).database_url
    made = app_over(replace(plain, database_url=url))
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


def _tables() -> set[str]:
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def _differences() -> list[Any]:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def _seen_at_each_statement() -> list[list[str]]:
    """From now on, which tables another process finds at each statement: what a process that is killed there
    leaves behind."""
    seen: list[list[str]] = []
    watching: set[int] = set()

    def look(connection: Connection, *_: Any) -> None:
        if id(connection) not in watching:
            with db.engine.connect() as other:
                watching.add(id(other))
                seen.append(inspect(other).get_table_names())
                watching.discard(id(other))

    event.listen(db.engine, "before_cursor_execute", look)
    return seen


def test_the_migrated_database_is_what_the_models_say(app: Flask) -> None:
    """A process that is killed at any statement of the migrations leaves nothing of them."""
    seen = _seen_at_each_statement()
    upgrade()
    assert len(seen) > 100
    assert not [each for each in seen[:-1] if each]
    assert _tables() == set(Base.metadata.tables)
    assert _differences() == []


def test_migrations_can_be_taken_back_and_made_again(app: Flask) -> None:
    upgrade()
    downgrade(revision="base")
    assert _tables() == set()
    upgrade()
    assert _differences() == []


def test_only_one_active_job_of_a_lane_fits_into_the_migrated_database(app: Flask) -> None:
    upgrade()
    platform = (
        "INSERT INTO platform (id, issuer, client_id, auth_url, token_url, jwks_url, private_key, "
        "former_private_key) VALUES (1, 'i', 'c', 'a', 't', 'j', 'k', '')"
    )
    installation = (
        "INSERT INTO installation (id, platform_id, deployment_id, name, schoology_domains, consumer_key, "
        "consumer_secret, time_zone, setup_code_hash, claimed_by_uid, claimed_by_name, require_state_cookie, "
        "paused_reason) VALUES (1, 1, 'd', 'n', '[]', '', '', 'UTC', '', '', '', FALSE, '')"
    )
    with db.engine.begin() as connection:
        connection.execute(text(platform))
        connection.execute(text(installation))
        for state in ("done", "queued", "done"):
            connection.exec_driver_sql(JOB.format(COLUMNS, state))
    with pytest.raises(IntegrityError), db.engine.begin() as connection:
        connection.exec_driver_sql(JOB.format(COLUMNS, "running"))


def test_migrations_are_numbered_and_named_in_words() -> None:
    revisions = list(ScriptDirectory(str(MIGRATIONS)).walk_revisions())
    numbers = sorted(each.revision for each in revisions)
    assert numbers == [f"{number:04d}" for number in range(1, len(revisions) + 1)]
    for each in revisions:
        words = Path(each.path).stem.removeprefix(f"{each.revision}_")
        assert words == each.doc.replace(" ", "_"), each.path
