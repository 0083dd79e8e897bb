"""A database that went back is recognized by what is kept outside of it, and no other one is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lti_app.models import Epoch
from lti_app.store import epoch
from tests.support.engines import file_engine, memory_engine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = file_engine(tmp_path / "app.sqlite")
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        epoch.begin_anew(session)
        session.commit()
        yield session


def _step(session: Session, known: epoch.Known | None = None) -> None:
    reached = epoch.advance(session)
    session.commit()
    epoch.keep(session, reached, known)


def test_a_restored_file_is_recognized_by_a_new_process(session: Session, tmp_path: Path) -> None:
    _step(session)
    session.rollback()
    shutil.copy(tmp_path / "app.sqlite", tmp_path / "backup")
    _step(session)
    assert not epoch.went_back(session, {})
    session.close()
    shutil.copy(tmp_path / "backup", tmp_path / "app.sqlite")

    assert epoch.went_back(session, {})


def test_a_process_that_lives_through_a_restore_needs_no_file() -> None:
    known: epoch.Known = {}
    with Session(memory_engine()) as session:
        epoch.begin_anew(session)
        session.commit()
        _step(session, known)
        _step(session, known)
        assert not epoch.went_back(session, known)
        session.get_one(Epoch, epoch.ROW).number = 1
        session.commit()

        assert epoch.went_back(session, known)


def test_a_backup_from_before_an_earlier_restore_is_recognized(session: Session) -> None:
    known: epoch.Known = {}
    _step(session, known)
    former = epoch.mark(session)
    epoch.begin_anew(session)
    session.commit()
    _step(session, known)
    assert former is not None
    row = session.get_one(Epoch, epoch.ROW)
    row.name, row.number = former.name, former.number + 9
    session.commit()

    assert epoch.went_back(session, known)


def test_a_database_without_an_epoch_is_older_than_one_that_had_it(session: Session) -> None:
    known: epoch.Known = {}
    _step(session, known)
    session.delete(session.get_one(Epoch, epoch.ROW))
    session.commit()

    assert epoch.went_back(session, known)


def test_another_database_is_no_older_one(session: Session) -> None:
    """Such as after the commands that restore, which begin a line of history themselves."""
    known: epoch.Known = {}
    for _ in range(3):
        _step(session, known)
    epoch.begin_anew(session)
    session.commit()

    assert not epoch.went_back(session, known)


def test_a_damaged_file_says_nothing_and_is_written_again(session: Session, tmp_path: Path) -> None:
    file = tmp_path / f"app.sqlite{epoch.BESIDE}"
    file.write_text("{cut")
    assert not epoch.went_back(session, {})

    _step(session)

    now = epoch.mark(session)
    assert now is not None and now.name in file.read_text()
