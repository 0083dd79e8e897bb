"""The demo's setup without a browser: from two fresh sandboxes to a synced district."""

from __future__ import annotations

from pathlib import Path

import pytest
from click import ClickException
from sqlalchemy import delete

from lti_app.cli import demo_ready
from lti_app.extensions import db
from lti_app.models import ActingUser, BuildingRow, Installation, SisConnection, SyncOptions, TermRow
from lti_app.setup import checklist
from lti_app.store.district import District
from tests.support.oneroster.world import make_oneroster_world
from tests.support.world import World

pytestmark = pytest.mark.long


def forget_setup(world: World) -> None:
    """As after 'installation add' and 'installation connect'."""
    world.schoology.app.secret_key = "sandbox"
    with world.app.app_context():
        for model in (ActingUser, BuildingRow, TermRow, SyncOptions):
            db.session.execute(delete(model))
        world.store.grading_periods.clear()
        world.store.buildings.pop(next(iter(world.store.buildings)))
        installation = db.session.query(Installation).one()
        installation.claimed_by_uid, installation.setup_code_hash = "", "code"
        connection = db.session.query(SisConnection).one()
        connection.checked_at = connection.preview_confirmed_at = None
        db.session.commit()


def test_everything_is_set_up_and_the_first_sync_is_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with make_oneroster_world(tmp_path, version="auto", students=12) as place:
        forget_setup(place.world)

        demo_ready.prepare(place.world.app, place.world.schoology.url)

        with place.world.app.app_context():
            district = District(db.session, 1)
            todo = checklist.steps(district)
            assert checklist.next_step(todo) is None
            assert db.session.get_one(ActingUser, 1).name == "Avery Admin"
        said = capsys.readouterr().out
        assert "OneRoster 1.2: 1 school" in said and "/gradebook" in said
        assert len(place.links("user")) > 12


def test_an_sis_that_refuses_ends_the_setup_with_its_words(tmp_path: Path) -> None:
    with make_oneroster_world(tmp_path, students=12) as place:
        forget_setup(place.world)
        place.face.keys.client_secret = "another"

        with pytest.raises(ClickException, match="refused the client ID"):
            demo_ready.prepare(place.world.app, place.world.schoology.url)
