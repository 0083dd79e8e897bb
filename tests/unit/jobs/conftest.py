"""A database with one installation, and a session on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.factories import add_installation
from tests.support.engines import file_engine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = file_engine(tmp_path / "jobs.sqlite")
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        for number in (1, 2):
            add_installation(session, f"c-{number}", name=f"District {number}")
        session.commit()
        yield session


def wiring() -> Any:
    """Connections of tasks that reach nothing outside."""
    return SimpleNamespace(for_job=lambda _may_send: None)
