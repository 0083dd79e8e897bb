"""What the database itself keeps true, whatever the code does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from lti_app.models import Lease, Link
from lti_app.store.sqlite import prepare
from tests.factories import NOON, OURS, THEIRS, add_installation, add_lease, add_link
from tests.support.engines import file_engine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = file_engine(tmp_path / "models.sqlite")
    prepare(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        for name in ("First", "Second"):
            add_installation(session, name)
        session.commit()
        yield session


def test_a_moment_comes_back_in_utc_whatever_zone_it_had(session: Session) -> None:
    there = NOON.astimezone(timezone(timedelta(hours=-5)))
    add_lease(session, "x", expires_at=there)
    session.commit()
    session.expire_all()
    found = session.scalars(select(Lease.expires_at)).one()
    assert (found, found.tzinfo) == (NOON, UTC)


def test_a_moment_without_a_zone_is_refused(session: Session) -> None:
    with pytest.raises(StatementError, match="time zone"):
        add_lease(session, "x", expires_at=NOON.replace(tzinfo=None))


def test_one_schoology_object_belongs_to_one_record(session: Session) -> None:
    add_link(session, "user", "student:1", schoology_id="900")
    with pytest.raises(IntegrityError):
        add_link(session, "user", "student:2", schoology_id="900")


def test_two_districts_may_have_the_same_ids(session: Session) -> None:
    for district in (OURS, THEIRS):
        add_link(session, "user", "student:1", district, schoology_id="900")
    session.commit()
    assert len(session.scalars(select(Link)).all()) == 2


def test_nothing_can_belong_to_a_district_that_is_not_there(session: Session) -> None:
    with pytest.raises(IntegrityError):
        add_link(session, "user", "student:1", 99)


def test_a_deployment_is_registered_once(session: Session) -> None:
    with pytest.raises(IntegrityError):
        add_installation(session, "First", name="Again")
