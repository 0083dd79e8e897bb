"""One record is synced alone while the sync of everything is under way, over the real wire."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.extensions import db
from lti_app.jobs import queue
from lti_app.models import (
    Change,
    ChangeState,
    Installation,
    Job,
    JobState,
    Link,
    LinkState,
    Platform,
    Run,
    RunState,
    SisConnection,
)
from lti_app.sync import window
from lti_app.sync.overtaken import REASON, not_overtaken
from tests.functional.admin_pages import launch_acting_user
from tests.support.killed_days import a_day_passes
from tests.support.killed_worker import OVER
from tests.support.world import World, make_synced, running_app, settings


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_synced(tmp_path, public_url="http://localhost") as made:
        a_day_passes(made)
        yield made


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Something that happens once, in another thread, when the first lines of a sync are marked as sent and
    have not left."""

    def arrange(happens: Callable[[], None]) -> None:
        real, once = window.send, threading.Lock()

        def first(*args: Any) -> Any:
            if once.acquire(blocking=False):
                thread = threading.Thread(target=happens)
                thread.start()
                thread.join()
            return real(*args)

        monkeypatch.setattr(window, "send", first)

    return arrange


def alone(world: World, kind: str, sis_id: str) -> Job:
    """Sync this one now, to its end."""
    return world.sync("one", only={"kind": kind, "sis_id": sis_id})


def a_linked(world: World, kind: str, beginning: str = "") -> Link:
    with world.app.app_context():
        found = db.session.query(Link).filter(Link.kind == kind, Link.sis_id.startswith(beginning))
        link = found.order_by(Link.sis_id).first()
        assert link is not None
        db.session.expunge(link)
        return link


def state_of(world: World, job_id: int) -> str:
    with world.app.app_context():
        return db.session.get_one(Job, job_id).state


def test_what_was_corrected_and_synced_alone_is_not_put_back_by_the_sync_that_read_it_before(
    world: World, meanwhile: Callable[[Callable[[], None]], None]
) -> None:
    link = a_linked(world, "section")
    key, section = int(link.sis_id), world.store.sections[int(link.schoology_id)]
    sections = world.district.sections
    sections[key] = replace(sections[key], description="Misspelt")
    seen: list[tuple[str, str]] = []

    def correct() -> None:
        sections[key] = replace(sections[key], description="Corrected")
        running = state_of(world, newest(world))
        seen.append((running, alone(world, "section", link.sis_id).state))

    meanwhile(correct)
    job = world.sync()

    assert seen == [(JobState.RUNNING, JobState.DONE)]
    assert "Corrected" in section.section_title
    assert job.state in OVER, job.message
    overtaken = [each for each in world.changes(job) if each.reason == REASON]
    assert link.sis_id in {each.sis_id for each in overtaken}
    assert {each.state for each in overtaken} == {ChangeState.DISCARDED}
    assert {each.action for each in world.changes(world.sync())} == {"block"}


def newest(world: World) -> int:
    with world.app.app_context():
        return db.session.query(Job.id).order_by(Job.id.desc()).limit(1).scalar()


def test_what_is_on_its_way_is_neither_sent_a_second_time_nor_taken_for_lost(
    world: World, meanwhile: Callable[[Callable[[], None]], None]
) -> None:
    with world.app.app_context():
        students = [f"student:{key}" for key in world.district.students]
        renamed = students[::2]
        linked = db.session.query(Link).filter(Link.kind == "user", Link.sis_id.in_(renamed)).all()
        someone = min(each.sis_id for each in linked)
    asked: list[Job] = []
    meanwhile(lambda: asked.append(alone(world, "user", someone)))

    job = world.sync()

    assert job.state in OVER, job.message
    assert "has this record in hand" in asked[0].message
    sent = [each for each in world.changes(asked[0]) if each.state != ChangeState.DISCARDED]
    assert sent == []
    mine = [each.state for each in world.changes(job) if each.sis_id == someone]
    assert mine == [ChangeState.DONE]


def test_a_seat_that_was_made_alone_is_not_made_again(
    world: World, meanwhile: Callable[[Callable[[], None]], None]
) -> None:
    seat = a_linked(world, "enrollment", a_linked(world, "section").sis_id)
    with world.app.app_context():
        enrollment = int(seat.schoology_id)
        db.session.query(Link).filter(Link.sis_id == seat.sis_id).delete()
        db.session.commit()
    section, uid = world.store.enrollments[enrollment].section_id, world.store.enrollments[enrollment].uid
    world.store.unenroll(enrollment)
    for rows in world.district.enrollments.values():
        rows[:] = [each._replace(status="") if wanted(each, seat) else each for each in rows]
    done: list[Job] = []
    meanwhile(lambda: done.append(alone(world, "enrollment", seat.sis_id)))

    world.sync()

    assert [each.state for each in done] == [JobState.DONE]
    assert [each.uid for each in world.store.members(section)].count(uid) == 1
    assert a_linked(world, "enrollment", seat.sis_id).state == LinkState.OWNED


def wanted(row: Any, seat: Link) -> bool:
    return f"{row.section_key}:student:{row.student_id}" == seat.sis_id


def test_what_the_sis_took_back_is_not_sent_though_there_was_nothing_to_sync(
    world: World, meanwhile: Callable[[Callable[[], None]], None]
) -> None:
    """The sync of all plans a drop; then the office corrects the SIS, which Schoology still agrees with."""
    with world.app.app_context():
        linked = {sis_id for (sis_id,) in db.session.query(Link.sis_id).filter(Link.kind == "enrollment")}
    ended = [
        (rows, place)
        for rows in world.district.enrollments.values()
        for place, row in enumerate(rows)
        if row.status == "D" and f"{row.section_key}:student:{row.student_id}" in linked
    ]
    rows, place = ended[0]
    seat = f"{rows[place].section_key}:student:{rows[place].student_id}"
    enrollment = int(a_linked(world, "enrollment", seat).schoology_id)
    alone_job: list[Job] = []

    def correct() -> None:
        rows[place] = rows[place]._replace(status="A")
        alone_job.append(alone(world, "enrollment", seat))

    meanwhile(correct)
    world.sync()

    assert alone_job[0].message == "Everything was up to date."
    assert enrollment in world.store.enrollments
    others = [f"{rows[place].section_key}:student:{rows[place].student_id}" for rows, place in ended[1:]]
    assert not remaining(world, others)


def remaining(world: World, seats: list[str]) -> int:
    with world.app.app_context():
        return db.session.query(Link).filter(Link.kind == "enrollment", Link.sis_id.in_(seats)).count()


def test_a_class_that_cannot_be_synced_alone_yet_is_made_by_the_sync_of_all(
    world: World, meanwhile: Callable[[Callable[[], None]], None]
) -> None:
    """Its course is new as well, and one record brings no other."""
    district, link = world.district, a_linked(world, "section")
    like = district.sections[int(link.sis_id)]
    building, code = like.building, like.course
    district.courses[building, "NEW1"] = replace(district.courses[building, code], course="NEW1")
    district.sections[99001] = replace(like, section_key=99001, course="NEW1")
    rows = district.enrollments[int(link.sis_id)]
    district.enrollments[99001] = [each._replace(section_key=99001) for each in rows]
    asked: list[Job] = []
    meanwhile(lambda: asked.append(alone(world, "section", "99001")))

    job = world.sync()

    assert "records cannot be used" in asked[0].message
    assert job.state in OVER, job.message
    made = a_linked(world, "section", "99001")
    assert len(world.store.members(int(made.schoology_id))) > 1


def test_the_sync_of_all_waits_for_what_is_on_its_way_alone(
    world: World, meanwhile: Callable[[Callable[[], None]], None]
) -> None:
    """What hangs on it would fail otherwise, for it has no id in Schoology yet."""
    waited: list[int] = []

    def another_begins() -> None:
        with world.app.app_context():
            asked = queue.enqueue(
                db.session, 1, "provision", params={}, trigger="t", asked_by="t", lane=queue.ONE_RECORD
            )
            db.session.flush()
            only = {"only": {"kind": "course", "sis_id": "1|NONE"}}
            db.session.add(a_run(asked.job.id, "one", digest="made", checkpoint=only))
            db.session.commit()
            assert queue.claim(db.session, asked.job.id, "another worker")

    def and_ends(_seconds: float) -> None:
        waited.append(world.store.traffic.writes.get("enrollment", 0))
        with world.app.app_context():
            job = db.session.query(Job).filter(Job.lane == queue.ONE_RECORD).one()
            queue.finish(db.session, job.id, "another worker", JobState.DONE, message="")

    meanwhile(another_begins)
    world.app.extensions["wiring"].sleep = and_ends
    job = world.sync()

    assert waited == [0]
    assert job.state in OVER, job.message
    assert world.store.traffic.writes["enrollment"] > 0


def test_the_button_does_not_wait_for_the_sync_under_way(world: World) -> None:
    pages = launch_acting_user(world.app)
    one, other = (f"student:{key}" for key in list(world.district.students)[:2])
    with world.app.app_context():
        running = queue.enqueue(
            db.session, 1, "provision", params={"what": "all"}, trigger="manual", asked_by="t"
        )
        db.session.commit()
        assert queue.claim(db.session, running.job.id, "another worker")

    said = pages.words("/admin/why/sync", kind="user", sis_id=one)
    again = pages.words("/admin/why/sync", kind="user", sis_id=other)

    assert "Queued." in said and f"Sync of one user: {one}" in said
    assert "Another record is being synced alone" in again
    assert world.app.extensions["runner"].run_next() is None
    with world.app.app_context():
        ended = db.session.query(Job).order_by(Job.id.desc()).first()
        assert ended is not None and (ended.lane, ended.state) == (queue.ONE_RECORD, JobState.DONE)


def test_one_record_does_not_wait_for_the_end_of_an_outage(world: World) -> None:
    world.sis_faults.add([{"route": "POST ^.*/calls$", "fault": "close-before", "times": 99}])

    job = alone(world, "section", a_linked(world, "section").sis_id)

    assert job.state == JobState.FAILED
    assert "Try again in a few minutes" in job.message


def test_data_prep_and_one_record_keep_out_of_each_others_way(world: World) -> None:
    """Data Prep may pair the very record that would be made."""
    pages = launch_acting_user(world.app)
    one = a_linked(world, "user", "student").sis_id

    pages.press("/admin/data-prep/read")
    refused = pages.words("/admin/why/sync", kind="user", sis_id=one)
    assert "Data Prep is at work" in refused
    world.app.extensions["runner"].run_next()
    pages.press("/admin/why/sync", kind="user", sis_id=one)
    refused = pages.words("/admin/data-prep/read")

    assert "A record is being synced alone" in refused
    with world.app.app_context():
        waiting = db.session.query(Job).filter(Job.state == JobState.QUEUED).all()
        assert [each.lane for each in waiting] == [queue.ONE_RECORD]


@pytest.fixture
def postgres(tmp_path: Path, postgres_url: str) -> Iterator[Engine]:
    url = postgres_url.replace("postgresql://", "postgresql+psycopg://")
    with running_app(settings(tmp_path, database_url=url)) as app, app.app_context():
        yield db.engine


@pytest.mark.postgres
def test_two_runs_never_decide_at_once_who_sends_a_record(postgres: Engine) -> None:
    """Until one of them has written down what it sends, the other does not get to look."""
    with Session(postgres) as one, Session(postgres) as other:
        lines = [line_of(one, number) for number in (1, 2)]
        one.commit()
        theirs = other.get_one(Change, lines[1].id)
        assert not_overtaken(one, [lines[0]]) == [lines[0]]
        other.execute(text("SET lock_timeout = '100ms'"))

        with pytest.raises(OperationalError, match="lock timeout"):
            not_overtaken(other, [theirs])
        other.rollback()
        lines[0].state = ChangeState.SENT
        one.commit()

        assert not_overtaken(other, [other.get_one(Change, theirs.id)]) == []


def line_of(session: Session, number: int) -> Change:
    """A planned update of one person: the first in the sync of all, the second in one of its own."""
    if number == 1:
        session.add(Installation(id=1, platform=a_platform(), deployment_id="c-1", name="District"))
        session.flush()
        session.add(SisConnection(installation_id=1, domain="", site_code="", login_name="", password=""))
    lane = queue.ONE_RECORD if number == 2 else queue.PROVISION
    job = queue.enqueue(session, 1, "provision", params={}, trigger="manual", asked_by="t", lane=lane).job
    session.flush()
    what = "one" if number == 2 else "all"
    run = a_run(job.id, what)
    session.add(run)
    session.flush()
    whose = {"kind": "user", "action": "update", "sis_id": "student:001"}
    line = Change(installation_id=1, run_id=run.id, seq=1, state=ChangeState.PLANNED, **whose)
    session.add(line)
    session.flush()
    return line


def a_run(job_id: int, what: str, **more: Any) -> Run:
    known = {"installation_id": 1, "job_id": job_id, "what": what, "started_at": clock.now(), "counts": {}}
    return Run(**known, state=RunState.APPLYING, **more)


def a_platform() -> Platform:
    return Platform(issuer="i", client_id="c", auth_url="a", token_url="t", jwks_url="j", private_key="k")
