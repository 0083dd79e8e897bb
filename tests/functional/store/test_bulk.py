"""Rows are loaded alike on both databases, whatever stands in them and however often they come."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.extensions import db
from lti_app.models import Staged
from lti_app.school.reasons import NO_REASON
from lti_app.store.bulk import insert_rows
from lti_app.sync.stage.read import COLUMNS
from lti_app.sync.stage.twins import KEEP_BOTH
from tests.factories import add_installation, add_job, add_run
from tests.support.world import running_app, settings

MANY = 120
"""More than is loaded row by row."""
AWKWARD = 'tab\there, line\nhere, back\\slash, \\N, "quotes", Núñez 学生'


@pytest.fixture
def session(tmp_path: Path, database_url: str) -> Iterator[Session]:
    url = database_url.replace("postgresql://", "postgresql+psycopg://")
    with running_app(settings(tmp_path, database_url=url)) as app, app.app_context():
        add_installation(db.session())
        add_run(db.session(), add_job(db.session()), id=1)
        db.session.commit()
        yield db.session()


def row(number: int, **values: str) -> tuple[object, ...]:
    given = {"run_id": 1, "kind": "user", "sis_id": f"student:{number}", "state": "ok", **values}
    return tuple(given.get(name, "") for name in COLUMNS)


def stored(session: Session) -> dict[str, Staged]:
    session.expire_all()
    return {each.sis_id: each for each in session.scalars(select(Staged))}


def test_many_rows_arrive_as_they_are(session: Session) -> None:
    insert_rows(session, "staged", COLUMNS, [row(number, label=AWKWARD) for number in range(MANY)])
    session.commit()

    found = stored(session)
    assert len(found) == MANY
    assert {each.label for each in found.values()} == {AWKWARD}
    assert {each.reason for each in found.values()} == {NO_REASON}


def test_what_is_there_already_is_dealt_with_as_asked(session: Session) -> None:
    """Twice in one transaction, with rows of a load before, and with nothing asked for the third time."""
    for first in (0, MANY):
        rows = [row(number, label="first") for number in range(first, first + MANY)]
        insert_rows(session, "staged", COLUMNS, rows, on_conflict=KEEP_BOTH)
    again = [row(number, label="second") for number in range(MANY // 2)]
    insert_rows(session, "staged", COLUMNS, [*again, row(1000)], on_conflict="ON CONFLICT DO NOTHING")
    insert_rows(session, "staged", COLUMNS, again, on_conflict=KEEP_BOTH)
    session.commit()

    found = stored(session)
    assert len(found) == 2 * MANY + 1
    assert {each.label for each in found.values()} == {"first", ""}
    assert sorted(each.sis_id for each in found.values() if each.twins) == sorted(
        f"student:{number}" for number in range(MANY // 2)
    )


def test_two_rows_of_one_load_with_the_same_key_are_taken_one_by_one(session: Session) -> None:
    rows = [row(number) for number in range(MANY)]

    insert_rows(session, "staged", COLUMNS, [*rows, row(3, label="B")], on_conflict=KEEP_BOTH)
    session.commit()

    found = stored(session)
    assert len(found) == MANY
    assert [key for key, each in found.items() if each.twins] == ["student:3"]
