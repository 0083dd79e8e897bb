"""What people decided in Data Prep is kept, and a file does exactly what it says."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from lti_app import clock
from lti_app.models import PairState, PrepPair, PrepRow, PrepStatus, Run
from lti_app.operations.prune import prune
from lti_app.runs.words import sentence
from lti_app.school.reasons import Reason
from lti_app.school.records import Kind
from lti_app.store.district import District
from lti_app.sync.data_prep import decide
from tests.factories import add_upload
from tests.unit.conftest import Engine
from tests.unit.sync.data_prep.test_job import Who, account, statuses, two_students, work

ANN, BEN = "student:100001", "student:100002"


@pytest.fixture
def prepared(engine: Engine) -> Engine:
    """Ann is paired with her account; Ben has none; there is another account."""
    two_students(engine)
    account(engine, "x", first_name="Somebody", last_name="Else", username="some", role_id="1")
    work(engine)
    return engine


def pairs(engine: Engine) -> set[tuple[str, str, str]]:
    found = engine.session.execute(select(PrepPair.sis_id, PrepPair.schoology_id, PrepPair.state))
    return {(sis_id, uid, state) for sis_id, uid, state in found}


def carry_out(engine: Engine, *changes: list[str]) -> tuple[int, list[str]]:
    """Apply a checked file."""
    add_upload(engine.session, Kind.USER, list(changes))
    engine.session.commit()
    work(engine, "file", table=Kind.USER)
    ended = engine.session.scalars(select(Run).order_by(Run.id.desc())).first()
    assert ended is not None
    found = ended.counts["file"]
    return found["applied"], [sentence(Reason.from_json(found["first"]))] if found["refused"] else []


def test_what_waits_is_kept_for_as_long_as_its_reading_is_shown(prepared: Engine) -> None:
    with time_machine.travel(clock.now() + timedelta(days=900), tick=True):
        for run in prepared.session.scalars(select(Run)).all():
            run.finished_at = clock.now() - timedelta(days=899)
        prepared.session.commit()
        prune(prepared.session)

    assert prepared.session.scalars(select(PrepRow)).all()
    assert statuses(prepared)[ANN] == PrepStatus.PAIRED


def test_a_file_accepts_only_the_pair_that_it_names(prepared: Engine) -> None:
    number, problems = carry_out(prepared, ["accept", "u-x", ANN])

    assert (number, len(problems)) == (0, 1) and "isn’t suggested anymore" in problems[0]
    assert pairs(prepared) == {(ANN, "u-100001", PairState.PROPOSED)}
    assert carry_out(prepared, ["accept", "u-100001", ANN]) == (1, [])
    assert pairs(prepared) == {(ANN, "u-100001", PairState.ACCEPTED)}


def test_a_file_takes_no_account_from_a_pair_that_someone_accepted(prepared: Engine) -> None:
    decide.accept(District(prepared.session, 1), Kind.USER, who=Who())
    prepared.session.commit()

    number, problems = carry_out(prepared, ["pair", "u-100001", BEN])

    assert number == 0 and "Remove that match first" in problems[0]
    assert pairs(prepared) == {(ANN, "u-100001", PairState.ACCEPTED)}
    assert carry_out(prepared, ["part", "u-100001", ANN], ["pair", "u-100001", BEN]) == (2, [])
    assert (BEN, "u-100001", PairState.ACCEPTED) in pairs(prepared)
