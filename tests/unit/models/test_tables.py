"""What the database itself keeps true, whatever the code does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from lti_app.models import Base, Installation, Lease, Link, Platform
from lti_app.store.sqlite import prepare

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'models.sqlite'}")
    prepare(engine)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        platform = Platform(
            issuer="i", client_id="c", auth_url="a", token_url="t", jwks_url="j", private_key="k"
        )
        names = ("First", "Second")
        session.add_all(Installation(platform=platform, deployment_id=each, name=each) for each in names)
        session.commit()
        yield session


def link(installation_id: int, sis_id: str, schoology_id: str) -> Link:
    return Link(
        installation_id=installation_id,
        kind="user",
        sis_id=sis_id,
        schoology_id=schoology_id,
        changed_at=NOON,
    )


def test_a_moment_comes_back_in_utc_whatever_zone_it_had(session: Session) -> None:
    there = NOON.astimezone(timezone(timedelta(hours=-5)))
    session.add(Lease(name="x", holder="me", expires_at=there))
    session.commit()
    session.expire_all()
    found = session.scalars(select(Lease.expires_at)).one()
    assert (found, found.tzinfo) == (NOON, UTC)


def test_a_moment_without_a_zone_is_refused(session: Session) -> None:
    session.add(Lease(name="x", holder="me", expires_at=NOON.replace(tzinfo=None)))
    with pytest.raises(StatementError, match="time zone"):
        session.commit()


def test_one_schoology_object_belongs_to_one_record(session: Session) -> None:
    session.add_all([link(1, "student:1", "900"), link(1, "student:2", "900")])
    with pytest.raises(IntegrityError):
        session.commit()


def test_two_districts_may_have_the_same_ids(session: Session) -> None:
    session.add_all([link(1, "student:1", "900"), link(2, "student:1", "900")])
    session.commit()
    assert len(session.scalars(select(Link)).all()) == 2


def test_nothing_can_belong_to_a_district_that_is_not_there(session: Session) -> None:
    session.add(link(99, "student:1", "900"))
    with pytest.raises(IntegrityError):
        session.commit()


def test_a_deployment_is_registered_once(session: Session) -> None:
    platform = session.scalars(select(Platform)).one()
    session.add(Installation(platform=platform, deployment_id="First", name="Again"))
    with pytest.raises(IntegrityError):
        session.commit()
