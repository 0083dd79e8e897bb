"""On PostgreSQL no one waits without an end for a session that stands still."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from lti_app.extensions import db
from tests.support.world import make_world

pytestmark = pytest.mark.postgres


def test_each_wait_of_a_connection_has_an_end(tmp_path: Path, postgres_url: str) -> None:
    with make_world(tmp_path, students=3, database_url=postgres_url) as world, world.app.app_context():
        for name, value in (("idle_in_transaction_session_timeout", "2min"), ("lock_timeout", "30s")):
            assert db.session.scalar(text(f"SHOW {name}")) == value
