"""From SQLite to PostgreSQL: every row, all or none, and the next sync finds everything as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select

from lti_app.extensions import db
from lti_app.models import Base, Job, JobState
from tests.support.apps import app_over
from tests.support.world import World, make_world

pytestmark = pytest.mark.postgres


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path, students=12) as made:
        yield made


@pytest.fixture
def target(world: World, postgres_url: str) -> Iterator[Flask]:
    url = postgres_url.replace("postgresql://", "postgresql+psycopg://")
    app = app_over(replace(world.app.extensions["wiring"].settings, database_url=url))
    with app.app_context():
        upgrade()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def copy(world: World, target: Flask) -> Result:
    source = world.app.extensions["wiring"].settings.database_url
    return target.test_cli_runner().invoke(args=["database", "copy-from", source])


def counts(app: Flask) -> dict[str, int]:
    with app.app_context():
        return {
            table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def test_every_row_arrives_and_the_next_sync_is_quiet(world: World, target: Flask) -> None:
    world.sync()
    before = counts(world.app)

    said = copy(world, target)

    assert said.exit_code == 0, said.output
    assert f"{sum(before.values())} rows copied" in said.output
    assert counts(target) == before
    world.store.traffic.reset()
    target.extensions["wiring"].sleep = lambda seconds: None
    there = replace(world, app=target)
    assert there.sync().state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS)
    assert world.store.traffic.writes == {}


def test_a_target_with_data_is_refused_and_nothing_changes(world: World, target: Flask) -> None:
    assert copy(world, target).exit_code == 0
    before = counts(target)

    said = copy(world, target)

    assert said.exit_code == 1
    assert "already contains data" in said.output
    assert counts(target) == before


def test_a_running_job_is_refused(world: World, target: Flask) -> None:
    job = world.sync("users")
    with world.app.app_context():
        db.session.get_one(Job, job.id).state = JobState.RUNNING
        db.session.commit()

    said = copy(world, target)

    assert "A job is running" in said.output
    assert sum(counts(target).values()) == 0
