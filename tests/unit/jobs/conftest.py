"""A database with one installation, and a session on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from lti_app.models import Base, Installation, Platform


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        platform = Platform(
            issuer="i", client_id="c", auth_url="a", token_url="t", jwks_url="j", private_key="k"
        )
        session.add_all(
            Installation(platform=platform, deployment_id=f"c-{number}", name=f"District {number}")
            for number in (1, 2)
        )
        session.commit()
        yield session
