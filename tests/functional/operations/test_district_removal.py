"""Pause, take out and take away a whole district; find links again after a restored backup."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import func, select, text

from lti_app.extensions import db
from lti_app.models import (
    Base,
    Installation,
    Job,
    JobState,
    Lease,
    Link,
    ScoreState,
    Staged,
)
from lti_app.runs.words import sentence
from lti_app.sync.apply.after_restore import RESTORED
from tests.factories import add_installation, add_lease, add_link, add_score
from tests.support.world import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_world(tmp_path) as made:
        yield made


def run(world: World, command: list[str], **options: Any) -> Result:
    return world.app.test_cli_runner().invoke(args=command, **options)


def test_a_paused_installation_writes_nothing_until_the_pause_ends(world: World) -> None:
    run(world, ["installation", "pause", "--installation", "1", "--reason", "Summer break."])

    assert world.sync().state == JobState.FAILED
    assert world.store.traffic.writes == {}

    run(world, ["installation", "pause", "--installation", "1", "--off"])
    assert world.sync("users").state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS)


def test_an_export_holds_every_table_and_no_secret(world: World) -> None:
    world.sync("users")

    said = run(world, ["installation", "export", "--installation", "1"])

    lines = [json.loads(line) for line in said.output.splitlines()]
    assert {"installation", "link", "change", "run", "job", "building"} <= {each["table"] for each in lines}
    columns = {name for each in lines for name in each["row"]}
    assert not columns & {"password", "consumer_secret", "token", "token_secret", "token_hash"}


def test_an_export_holds_what_was_sent_of_scores(world: World) -> None:
    with world.app.app_context():
        add_score(db.session(), "77", "4711", pushed="9.5")
        db.session.commit()

    said = run(world, ["installation", "export", "--installation", "1"])

    lines = [json.loads(line) for line in said.output.splitlines()]
    assert [each["row"]["pushed"] for each in lines if each["table"] == "score_state"] == ["9.5"]


def test_removing_asks_for_the_name_and_leaves_other_districts_alone(world: World) -> None:
    world.sync("users")
    with world.app.app_context():
        theirs = add_installation(db.session(), "other", name="Other District")
        add_lease(db.session(), "drift-1")
        add_score(db.session(), "77", "1")
        add_link(db.session(), "user", "student:1", theirs.id)
        db.session.commit()

    wrong = run(world, ["installation", "remove", "--installation", "1", "--name", "Another"])
    assert wrong.exit_code != 0 and "Nothing was deleted" in wrong.output
    right = run(world, ["installation", "remove", "--installation", "1"], input="Sandbox District\n")

    assert right.exit_code == 0, right.output
    with world.app.app_context():
        for table in Base.metadata.sorted_tables:
            if "installation_id" in table.c:
                kept = set(db.session.scalars(select(table.c.installation_id)))
                assert kept <= {2}, table.name
        for table in (Staged, ScoreState, Lease):
            assert db.session.scalar(select(func.count()).select_from(table)) == 0, table.__tablename__
        assert [each.name for each in db.session.query(Installation)] == ["Other District"]
        assert db.session.query(Link).count() == 1


def everything(world: World) -> dict[str, int]:
    store = world.store
    return {
        "users": len(store.users),
        "courses": len(store.courses),
        "sections": len(store.sections),
        "enrollments": len(store.enrollments),
    }


def test_yesterdays_backup_doubles_nothing(world: World, tmp_path: Path) -> None:
    with world.app.app_context():
        db.session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    shutil.copy(tmp_path / "app.sqlite", tmp_path / "backup.sqlite")
    world.sync()
    after = everything(world)
    with world.app.app_context():
        links = db.session.query(Link).count()
        db.session.remove()
        db.engine.dispose()
    for leftover in tmp_path.glob("app.sqlite*"):
        leftover.unlink()
    shutil.copy(tmp_path / "backup.sqlite", tmp_path / "app.sqlite")

    said = run(world, ["doctor", "--after-restore"])
    assert "paused" in said.output
    with world.app.app_context():
        waiting = db.session.scalars(select(Job.id).where(Job.state == JobState.QUEUED)).one()
        assert db.session.query(Installation).one().paused_reason == RESTORED
        db.session.remove()
    writes = dict(world.store.traffic.writes)
    world.app.extensions["runner"].run_now(waiting)

    with world.app.app_context():
        job = db.session.get_one(Job, waiting)
        assert job.state == JobState.DONE, sentence(job.message)
        assert "were found in Schoology" in sentence(job.message)
        assert not db.session.query(Installation).one().paused_reason
        assert db.session.query(Link).count() == links
    assert world.store.traffic.writes == writes
    assert world.sync().state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS)
    assert everything(world) == after
