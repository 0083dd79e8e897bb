"""Data Prep through the engine: resumed after a crash, decisions kept, nothing doubled."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from lti_app.jobs import queue
from lti_app.models import Change, JobState, Link, LinkState, PrepPair, PrepRow, PrepStatus, SyncOptions
from lti_app.school.reasons import NO_REASON
from lti_app.school.records import Kind
from lti_app.school.run_notes import RunNotes
from lti_app.sis.errors import SisUnavailable
from lti_app.sis.port import Feed
from lti_app.store.district import District
from lti_app.store.links.write import mark_uncertain
from lti_app.sync.data_prep import decide
from lti_app.sync.data_prep import reading as data_prep_reading
from lti_app.sync.ledger import start_or_resume
from lti_app.sync.task import work_on
from tests.fakes import Rows
from tests.support.records import student
from tests.unit.conftest import Engine


class Who:
    uid = "1"
    name = "Avery Admin"


def account(engine: Engine, key: str, **fields: str) -> None:
    """Someone who is in Schoology already."""
    engine.schoology.objects[Kind.USER][key] = {"id": f"u-{key}", "school_uid": key, **fields}


def work(engine: Engine, step: str = "read", *, job_id: int = 0, table: str = "") -> int:
    """One job of Data Prep, or what is left of one."""
    if not job_id:
        params = {"what": "prep", "step": step}
        asked = queue.enqueue(
            District(engine.session, 1), "provision", params=params, trigger="manual", asked_by="t"
        )
        engine.session.commit()
        job_id = asked.job.id
        queue.claim(engine.session, job_id, "test")
    run = start_or_resume(District(engine.session, 1), job_id, "prep", notes=RunNotes(step=step, table=table))
    work_on(engine.context(job_id, run.id, "prep"))
    queue.finish(engine.session, job_id, "test", JobState.DONE, message=NO_REASON)
    return job_id


def statuses(engine: Engine) -> dict[str, str]:
    reading = data_prep_reading.reading(District(engine.session, 1))
    assert reading is not None
    rows = engine.session.execute(
        select(PrepRow.ident, PrepRow.status).where(data_prep_reading.row_is(reading.id, Kind.USER, "sis"))
    )
    return {ident: status for ident, status in rows}


def two_students(engine: Engine) -> None:
    engine.sis.rows[Rows.STUDENTS] = [
        student(number="100001", first_name="Ann", last_name="Lee", login="ann.lee"),
        student(number="100002", first_name="Ben", last_name="Orr", login="ben.orr"),
    ]
    account(engine, "100001", first_name="Ann", last_name="Lee", username="ann.old", role_id="1")


def test_a_reading_that_broke_off_goes_on_and_doubles_nothing(engine: Engine) -> None:
    two_students(engine)
    read = engine.sis.read

    def broken(feed: Feed, key: str = "") -> object:
        if feed == Feed.COURSES:
            raise SisUnavailable("the network is down")
        return read(feed, key)

    engine.sis.read = broken  # type: ignore[assignment,method-assign]
    with pytest.raises(SisUnavailable):
        work(engine)
    engine.session.rollback()
    assert data_prep_reading.reading(District(engine.session, 1)) is None
    job = queue.active_job(District(engine.session, 1))
    assert job is not None
    engine.sis.read = read  # type: ignore[method-assign]
    engine.sis.reads.clear()

    work(engine, job_id=job.id)

    assert Feed.PEOPLE not in engine.sis.reads
    assert statuses(engine) == {"student:100001": PrepStatus.PAIRED, "student:100002": PrepStatus.ONLY}


def test_an_older_reading_holds_until_the_new_one_is_complete(engine: Engine) -> None:
    two_students(engine)
    work(engine)
    first = data_prep_reading.reading(District(engine.session, 1))
    engine.sis.short[Feed.PEOPLE] = 1
    with pytest.raises(Exception, match="announced"):
        work(engine)
    engine.session.rollback()
    assert data_prep_reading.reading(District(engine.session, 1)) is first


def test_confirming_twice_links_once_and_the_next_plan_updates(engine: Engine) -> None:
    two_students(engine)
    work(engine)
    decide.accept(District(engine.session, 1), Kind.USER, who=Who())
    engine.session.commit()
    work(engine, "confirm")
    work(engine, "confirm")
    link = engine.session.scalars(select(Link)).one()
    assert (link.state, link.fingerprint, link.schoology_id) == (LinkState.ADOPTED, "", "u-100001")
    logged = engine.session.scalar(select(func.count()).select_from(Change).where(Change.action == "adopt"))
    assert logged == 1

    run = engine.run("users", plan_only=True)

    lines = {(each.sis_id, each.action): each for each in engine.changes(run)}
    assert set(lines) == {("student:100001", "update"), ("student:100002", "create")}
    assert "ann.old" in lines["student:100001", "update"].before


def test_what_is_proposed_waits_and_forgetting_frees_it(engine: Engine) -> None:
    two_students(engine)
    work(engine)
    run = engine.run("users", plan_only=True)
    assert [each.sis_id for each in engine.changes(run)] == ["student:100002"]
    engine.session.get_one(SyncOptions, 1).prep = {}
    engine.session.commit()
    run = engine.run("users", plan_only=True)
    assert {each.sis_id for each in engine.changes(run)} == {"student:100001", "student:100002"}


def test_two_records_that_claim_one_account_are_a_conflict(engine: Engine) -> None:
    engine.sis.rows[Rows.STUDENTS] = [
        student(number="100001", first_name="Ann", last_name="Lee", login="ann1"),
        student(number="100002", first_name="Ann", last_name="Lee", login="ann2"),
    ]
    account(engine, "x", first_name="Ann", last_name="Lee", username="alee", role_id="1")
    for each in engine.sis.rows[Rows.STUDENTS]:
        object.__setattr__(each, "email", "")
    engine.schoology.objects[Kind.USER]["x"]["email"] = ""
    work(engine)
    assert engine.session.query(PrepPair).count() == 0
    assert set(statuses(engine).values()) <= {PrepStatus.CONFLICT, PrepStatus.AMBIGUOUS}


def linked(engine: Engine) -> None:
    """Everything that the reading proposed is accepted and linked."""
    work(engine)
    decide.accept(District(engine.session, 1), Kind.USER, who=Who())
    engine.session.commit()
    work(engine, "confirm")


def test_what_an_account_had_before_is_not_emptied_by_its_first_update(engine: Engine) -> None:
    engine.sis.rows[Rows.STUDENTS] = [student(number="100001", first_name="Ann", last_name="Lee", email="")]
    account(engine, "100001", first_name="Ann", last_name="Lea", username="ann", email="ann@home.example")
    linked(engine)

    engine.run("users")

    there = engine.schoology.objects[Kind.USER]["100001"]
    assert (there["last_name"], there["email"]) == ("Lee", "ann@home.example")


def test_the_first_update_of_a_pair_sends_the_whole_record(engine: Engine) -> None:
    two_students(engine)
    linked(engine)
    engine.schoology.objects[Kind.USER]["100001"]["first_name"] = "Changed since it was read"

    engine.run("users")

    assert engine.schoology.objects[Kind.USER]["100001"]["first_name"] == "Ann"


def test_a_synced_pair_cannot_be_parted_though_its_last_write_is_in_doubt(engine: Engine) -> None:
    two_students(engine)
    linked(engine)
    engine.run("users")
    link = engine.session.get_one(Link, (1, Kind.USER, "student:100001"))
    mark_uncertain(District(engine.session, 1), Kind.USER, sis_id="student:100001", payload=link.payload)
    engine.session.commit()

    with pytest.raises(decide.CannotDecide, match="prep_match_in_use"):
        decide.part(
            District(engine.session, 1),
            Kind.USER,
            sis_id="student:100001",
            schoology_id="u-100001",
            who=Who(),
        )


def test_namesakes_of_those_who_are_linked_are_no_one_that_is_there_already(engine: Engine) -> None:
    """What counts before a first sync is the people of Schoology that the app does not know."""
    half = [student(number=f"{n:03}", login=f"s{n}", email=f"s{n}@d.example") for n in range(10)]
    engine.sis.rows[Rows.STUDENTS] = half
    engine.run()
    twins = [student(number=f"1{n:02}", login=f"t{n}", email=f"t{n}@d.example") for n in range(30)]
    engine.sis.rows[Rows.STUDENTS] = [*half, *twins]

    run = engine.run()
    assert run.counts["already_there"] == {"number": 0, "of": 30}

    account(engine, "stranger", first_name=twins[0].first_name, last_name=twins[0].last_name)
    more = [student(number=f"2{n:02}", login=f"u{n}", email=f"u{n}@d.example") for n in range(90)]
    engine.sis.rows[Rows.STUDENTS] = [*half, *twins, *more]
    assert engine.run().counts["already_there"] == {"number": 90, "of": 90}
