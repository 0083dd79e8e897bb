"""A district of an earlier version after the upgrade: everything it had is there, and its night is quiet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from lti_app.extensions import db
from lti_app.models import (
    AccessReview,
    Base,
    BuildingRow,
    Change,
    Job,
    JobState,
    Link,
    LiveSync,
    Run,
    RunState,
    ScoreState,
    SyncOptions,
    TermRow,
)
from lti_app.runs.words import sentence
from lti_app.store.district import District
from lti_app.sync.plan import approval
from tests.support.before.kept import DistrictOfBefore, district_of_before

pytestmark = pytest.mark.long


@pytest.fixture(
    params=["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.long_run])]
)
def before(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DistrictOfBefore]:
    """The kept district, upgraded on each of the two databases."""
    url = ""
    if request.param == "postgresql":
        url = str(request.getfixturevalue("empty_postgres_url")).replace(
            "postgresql://", "postgresql+psycopg://"
        )
    with district_of_before(tmp_path, url) as made:
        yield made


def rows(before: DistrictOfBefore, table: type[Base]) -> list[tuple[Any, ...]]:
    """Every row of a table, in the order of its key."""
    with before.world.app.app_context():
        columns = table.__table__
        return [tuple(row) for row in db.session.execute(select(columns).order_by(*columns.primary_key))]


class Avery:
    """Who approves."""

    uid, name = "1", "Avery Admin"


def test_a_quiet_night_writes_nothing_and_changes_nothing(before: DistrictOfBefore) -> None:
    kept = {table: rows(before, table) for table in (Link, SyncOptions, BuildingRow, LiveSync, ScoreState)}
    before.come_back()

    job = before.world.sync()

    assert job.state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS), sentence(job.message)
    # Blocked in those days for a blank in the username; today the email is a way to sign in.
    planted = before.world.district.planted
    made_now = {f"student:{each.strip()}" for each in planted["username_with_space"]}
    # Blocked together with a teacher of the same number; today students come first.
    made_now |= {f"student:{each.strip()}" for each in planted["shared_id"]}
    done = [each for each in before.world.changes(job) if each.state == "done"]
    assert {each.sis_id for each in done if each.kind == "user"} == made_now
    assert {each.person for each in done if each.kind == "enrollment"} == made_now
    assert {each.action for each in done} == {"create"}
    assert sum(before.world.store.traffic.writes.values()) == len(done)
    for table, was in kept.items():
        now = rows(before, table)
        assert [each for each in was if each not in now] == []
        assert len(now) - len(was) == (len(done) if table is Link else 0)
    with before.world.app.app_context():  # nights are counted from tonight on
        assert {each.days for each in db.session.scalars(select(AccessReview))} <= {1}


def test_the_held_plan_can_be_approved_exactly_as_it_was(before: DistrictOfBefore) -> None:
    with before.world.app.app_context():
        held = approval.held_runs(District(db.session, 1))
        assert [each.state for each in held] == [RunState.HELD]
        number = approval.count(db.session, held[0].id)
        job = approval.approve(District(db.session, 1), held[0].id, held[0].digest, who=Avery())
        db.session.commit()
        job_id = job.id
        before.world.app.extensions["runner"].run_now(job_id)
        db.session.expire_all()
        assert db.session.get_one(Job, job_id).state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS)

    assert 20 < number <= sum(len(each) for each in before.away.values())
    assert before.world.store.traffic.writes == {"enrollment": number}


def test_a_grade_sync_of_before_sends_nothing_again(before: DistrictOfBefore) -> None:
    writes = before.room.watch("PUT ^.*")

    job = before.room.sync()

    assert job.state in (JobState.DONE, JobState.DONE_WITH_PROBLEMS), sentence(job.message)
    assert writes() == 0


def test_what_was_kept_holds_a_row_of_every_sort(before: DistrictOfBefore) -> None:
    """Otherwise the tests above would show little."""
    with before.world.app.app_context():
        kinds = db.session.scalars(select(Link.kind).distinct()).all()
        counts = {
            table: db.session.scalar(select(func.count()).select_from(table))
            for table in (TermRow, Run, Change, ScoreState)
        }
        live = db.session.get_one(LiveSync, 1)
        assert set(kinds) == {"user", "parent_link", "course", "section", "enrollment"}
        assert all(counts.values())
        assert live.confirmed and live.turned_on_at is not None
