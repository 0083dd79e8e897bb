"""One record is synced while the sync of everything is under way, over the real wire."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.extensions import db
from lti_app.jobs import heartbeats, queue
from lti_app.models import ChangeState, Job, JobState, Link, LinkState, Run, SisConnection
from lti_app.runs.words import sentence
from lti_app.sandbox.serving import Served
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON
from lti_app.store.district import District
from tests.factories import add_installation
from tests.support.admin_pages import launch_acting_user
from tests.support.killed_days import a_day_passes
from tests.support.killed_worker import OVER
from tests.support.world import World, make_synced, running_app, settings

Arrange = Callable[[Callable[[], None]], None]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with make_synced(tmp_path, public_url="http://localhost") as made:
        a_day_passes(made)
        yield made


def at_request(served: Served, nth: int, wanted: Callable[[Any], bool], happens: Callable[[], None]) -> None:
    """Once, when the far system gets the nth request of some sort and has not handled it."""
    inner, counted, guard = served.app.wsgi_app, iter(range(1, 10**6)), threading.Lock()

    def serve(environ: Any, start_response: Any) -> Any:
        with guard:
            strikes = wanted(environ) and next(counted) == nth
        if strikes:
            happens()
        return inner(environ, start_response)

    served.app.wsgi_app = serve  # type: ignore[method-assign]


def is_bulk_write(environ: Any) -> bool:
    return environ["REQUEST_METHOD"] in ("POST", "PUT") and "/multi" not in environ["PATH_INFO"]


@pytest.fixture
def meanwhile(world: World) -> Arrange:
    """Something that happens once: the first lines of a sync are sent and Schoology has not handled them."""
    return lambda happens: at_request(world.schoology, 1, is_bulk_write, happens)


def press(world: World, kind: str, sis_id: str) -> int:
    """The button, while a sync runs: the id of its job, which no other thread of the worker takes."""
    with world.app.app_context():
        params = {"what": "one", "only": {"kind": kind, "sis_id": sis_id}}
        asked = queue.enqueue(
            District(db.session, 1),
            "provision",
            params=params,
            trigger="t",
            asked_by="t",
            lane=queue.ONE_RECORD,
        )
        db.session.commit()
        job_id = asked.job.id
        assert not world.app.extensions["runner"].run_now(job_id), "it ran beside the sync of all"
        return job_id


def job_of(world: World, job_id: int) -> Job:
    with world.app.app_context():
        job = db.session.get_one(Job, job_id, populate_existing=True)
        db.session.expunge(job)
        return job


def a_linked(world: World, kind: str, beginning: str = "") -> Link:
    with world.app.app_context():
        found = db.session.query(Link).filter(Link.kind == kind, Link.sis_id.startswith(beginning))
        link = found.order_by(Link.sis_id).first()
        assert link is not None
        db.session.expunge(link)
        return link


def test_a_sync_does_not_put_back_what_was_synced_alone_after_it_read(
    world: World, meanwhile: Arrange
) -> None:
    link = a_linked(world, "section")
    key, section = int(link.sis_id), world.store.sections[int(link.schoology_id)]
    sections = world.district.sections
    sections[key] = replace(sections[key], description="Misspelt")
    asked: list[int] = []

    def correct() -> None:
        sections[key] = replace(sections[key], description="Corrected")
        asked.append(press(world, "section", link.sis_id))

    meanwhile(correct)
    job = world.sync()

    one = job_of(world, asked[0])
    assert one.state == JobState.DONE and one.finished_at < job.finished_at  # type: ignore[operator]
    assert "Corrected" in section.section_title
    assert job.state in OVER, sentence(job.message)
    skipped = [each for each in world.changes(job) if each.reason_code == Code.SYNCED_INDIVIDUALLY]
    assert link.sis_id in {each.sis_id for each in skipped}
    assert {each.state for each in skipped} == {ChangeState.DISCARDED}
    number = len(skipped)
    said = (
        f"{number} changes were skipped because those records were synced individually during this run."
        if number > 1
        else "1 change was skipped because that record was synced individually during this run."
    )
    assert said in sentence(job.message)
    assert {each.action for each in world.changes(world.sync())} == {"block"}


def test_what_is_on_its_way_is_neither_sent_a_second_time_nor_taken_for_lost(
    world: World, meanwhile: Arrange
) -> None:
    with world.app.app_context():
        renamed = [f"student:{key}" for key in world.district.students][::2]
        linked = db.session.query(Link).filter(Link.kind == "user", Link.sis_id.in_(renamed)).all()
        someone = min(each.sis_id for each in linked)
    asked: list[int] = []
    meanwhile(lambda: asked.append(press(world, "user", someone)))

    job = world.sync()

    assert job.state in OVER, sentence(job.message)
    one = job_of(world, asked[0])
    assert sentence(one.message) == "Everything was up to date."
    assert world.changes(one) == []
    assert [each.state for each in world.changes(job) if each.sis_id == someone] == [ChangeState.DONE]


def test_a_seat_that_was_made_alone_is_not_made_again(world: World, meanwhile: Arrange) -> None:
    seat = a_linked(world, "enrollment", a_linked(world, "section").sis_id)
    with world.app.app_context():
        enrollment = int(seat.schoology_id)
        db.session.query(Link).filter(Link.sis_id == seat.sis_id).delete()
        db.session.commit()
    section, uid = world.store.enrollments[enrollment].section_id, world.store.enrollments[enrollment].uid
    world.store.unenroll(enrollment)
    for rows in world.district.enrollments.values():
        rows[:] = [each._replace(status="") if wanted(each, seat) else each for each in rows]
    asked: list[int] = []
    meanwhile(lambda: asked.append(press(world, "enrollment", seat.sis_id)))

    job = world.sync()

    one = job_of(world, asked[0])
    assert one.state == JobState.DONE
    assert [each.state for each in world.changes(one)] == [ChangeState.DONE]
    assert [each.reason_code for each in world.changes(job) if each.sis_id == seat.sis_id] == [
        Code.SYNCED_INDIVIDUALLY
    ]
    assert [each.uid for each in world.store.members(section)].count(uid) == 1
    assert a_linked(world, "enrollment", seat.sis_id).state == LinkState.OWNED


def wanted(row: Any, seat: Link) -> bool:
    return f"{row.section_key}:student:{row.student_id}" == seat.sis_id


def test_what_the_sis_took_back_is_not_sent_though_there_was_nothing_to_sync(
    world: World, meanwhile: Arrange
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
    asked: list[int] = []

    def correct() -> None:
        rows[place] = rows[place]._replace(status="A")
        asked.append(press(world, "enrollment", seat))

    meanwhile(correct)
    world.sync()

    assert sentence(job_of(world, asked[0]).message) == "Everything was up to date."
    assert enrollment in world.store.enrollments
    others = [f"{rows[place].section_key}:student:{rows[place].student_id}" for rows, place in ended[1:]]
    assert not remaining(world, others)


def remaining(world: World, seats: list[str]) -> int:
    with world.app.app_context():
        return db.session.query(Link).filter(Link.kind == "enrollment", Link.sis_id.in_(seats)).count()


def test_a_class_that_cannot_be_synced_alone_yet_is_made_by_the_sync_of_all(
    world: World, meanwhile: Arrange
) -> None:
    """Its course is new as well, and one record brings no other."""
    district, link = world.district, a_linked(world, "section")
    like = district.sections[int(link.sis_id)]
    building, code = like.building, like.course
    district.courses[building, "NEW1"] = replace(district.courses[building, code], course="NEW1")
    district.sections[99001] = replace(like, section_key=99001, course="NEW1")
    rows = district.enrollments[int(link.sis_id)]
    district.enrollments[99001] = [each._replace(section_key=99001) for each in rows]
    asked: list[int] = []
    meanwhile(lambda: asked.append(press(world, "section", "99001")))

    job = world.sync()

    assert "with problems to fix" in sentence(job_of(world, asked[0]).message)
    assert job.state in OVER, sentence(job.message)
    made = a_linked(world, "section", "99001")
    assert len(world.store.members(int(made.schoology_id))) > 1


def test_a_press_while_a_first_sync_reads_is_over_before_the_next_feed(tmp_path: Path) -> None:
    """Counted in requests: so many pass between the press and the end, whatever the size of the district."""
    with make_synced(tmp_path, public_url="http://localhost") as world:
        someone = a_linked(world, "user", "student").sis_id
        with world.app.app_context():
            db.session.query(Link).delete()
            db.session.commit()
        asked: list[int] = []
        pages: list[str] = []

        def counts(environ: Any) -> bool:
            if asked and job_of(world, asked[0]).state in (JobState.QUEUED, JobState.RUNNING):
                pages.append(environ["PATH_INFO"])
            return bool(environ["PATH_INFO"].endswith("/calls"))

        at_request(world.sis, 4, counts, lambda: asked.append(press(world, "user", someone)))
        world.sync()

        assert job_of(world, asked[0]).state in OVER
        assert 1 <= len(pages) <= 6


def test_a_request_that_schoology_refuses_ends_with_its_own_words(world: World, meanwhile: Arrange) -> None:
    someone = a_linked(world, "user", "student").sis_id
    asked: list[int] = []

    def press_and_break() -> None:
        asked.append(press(world, "user", someone))
        world.sis_faults.add([{"route": "POST ^.*/calls$", "fault": "close-before", "times": 99}])

    meanwhile(press_and_break)
    job = world.sync()

    one = job_of(world, asked[0])
    assert one.state == JobState.FAILED and "Try again in a few minutes" in sentence(one.message)
    assert job.state in OVER, sentence(job.message)
    assert "skipped" not in sentence(job.message)


def test_an_sis_that_cannot_look_up_one_record_says_so(world: World) -> None:
    with world.app.app_context():
        db.session.get_one(SisConnection, 1).capabilities = {"narrow": False}
        db.session.commit()
    world.sis.app.wsgi_app = None  # type: ignore[method-assign,assignment]

    job = world.sync("one", only={"kind": "user", "sis_id": a_linked(world, "user", "student").sis_id})

    assert job.state == JobState.FAILED
    assert sentence(job.message) == "This SIS can’t look up one record at a time. Run a full sync instead."


def test_the_button_is_queued_while_a_sync_runs_and_shown(world: World) -> None:
    pages = launch_acting_user(world.app)
    one, other = (f"student:{key}" for key in list(world.district.students)[:2])
    with world.app.app_context():
        running = queue.enqueue(
            District(db.session, 1), "provision", params={"what": "all"}, trigger="manual", asked_by="t"
        )
        everything = running.job.id
        db.session.commit()
        assert queue.claim(db.session, everything, "another worker")

    said = pages.words("/admin/why/sync", kind="user", sis_id=one)
    again = pages.words("/admin/why/sync", kind="user", sis_id=other)

    assert "Queued." in said and f"Sync of one user: {one.replace(':', ' ')}" in said
    assert "Another record is being synced" in again
    runner = world.app.extensions["runner"]
    runner.run_next()
    assert newest(world) == (queue.ONE_RECORD, JobState.QUEUED)
    with world.app.app_context():
        later = clock.now().replace(year=2099)
        queue.finish(
            db.session, everything, "another worker", JobState.QUEUED, message=NO_REASON, resume_at=later
        )
    runner.run_next()
    assert newest(world) == (queue.ONE_RECORD, JobState.DONE)


def newest(world: World) -> tuple[str, str]:
    with world.app.app_context():
        job = db.session.query(Job).order_by(Job.id.desc()).first()
        assert job is not None
        return job.lane, job.state


def test_one_record_does_not_wait_for_the_end_of_an_outage(world: World) -> None:
    world.sis_faults.add([{"route": "POST ^.*/calls$", "fault": "close-before", "times": 99}])

    job = world.sync("one", only={"kind": "section", "sis_id": a_linked(world, "section").sis_id})

    assert job.state == JobState.FAILED
    assert "Try again in a few minutes" in sentence(job.message)


def test_a_request_during_an_outage_finds_what_became_of_open_lines(world: World) -> None:
    """The sync of all waits for the end of the outage; what it has made is neither made again nor lost."""
    with world.app.app_context():
        seat = a_linked(world, "enrollment", a_linked(world, "section").sis_id)
        db.session.query(Link).filter(Link.sis_id == seat.sis_id).delete()
        db.session.commit()
    world.store.unenroll(int(seat.schoology_id))
    for rows in world.district.enrollments.values():
        rows[:] = [each._replace(status="") if wanted(each, seat) else each for each in rows]
    world.schoology_faults.add(
        [
            {"route": "POST /v1/enrollments", "fault": "502-after"},
            {"route": "POST /v1/multiget", "fault": "close-before", "times": 999},
        ]
    )
    job = world.sync()
    assert job.state == JobState.QUEUED, sentence(job.message)
    world.schoology_faults.clear()

    one = world.sync("one", only={"kind": "enrollment", "sis_id": seat.sis_id})

    assert one.state == JobState.DONE, sentence(one.message)
    section = int(a_linked(world, "section", seat.parent).schoology_id)
    uids = [each.uid for each in world.store.members(section)]
    assert len(uids) == len(set(uids))
    assert a_linked(world, "enrollment", seat.sis_id).state == LinkState.OWNED
    with world.app.app_context():
        db.session.query(Job).filter(Job.id == job.id).update({"resume_at": None})
        db.session.commit()
        world.app.extensions["runner"].run_now(job.id)
    assert job_of(world, job.id).state in OVER


def test_a_process_that_dies_during_the_request_leaves_both_to_be_recovered(
    world: World, meanwhile: Arrange
) -> None:
    """It dies when Schoology has handled the request's own change and the app has not heard of it."""
    someone = next(
        each for each in world.district.students if a_linked(world, "user", f"student:{each}").sis_id
    )
    link = a_linked(world, "user", f"student:{someone}")
    asked: list[int] = []
    runner = world.app.extensions["runner"]

    def rename_and_press() -> None:
        students = world.district.students
        students[someone] = replace(students[someone], last_name="Corrected")
        asked.append(press(world, "user", link.sis_id))
        at_request(world.schoology, 1, lambda environ: is_bulk_write(environ) and is_taken(), dies)

    def is_taken() -> bool:
        return job_of(world, asked[0]).state == JobState.RUNNING

    def dies() -> None:
        with world.app.app_context():
            rows = db.session.query(Job).filter(Job.state == JobState.RUNNING)
            rows.update({"owner": "gone", "heartbeat_at": clock.now()})
            db.session.commit()

    meanwhile(rename_and_press)
    job = world.sync()
    both = [job.id, asked[0]]
    assert {job_of(world, each).state for each in both} == {JobState.RUNNING}
    with world.app.app_context():
        assert heartbeats.requeue_silent(db.session, {"gone"}) == 2

    runner.run_now(job.id)

    assert all(job_of(world, each).state in OVER for each in both)
    assert world.store.users[int(link.schoology_id)].name_last == "Corrected"
    with world.app.app_context():
        runs = db.session.query(Run).filter(Run.finished_at.is_(None)).count()
        assert runs == 0


def test_data_prep_takes_a_request_between_two_pages(world: World) -> None:
    pages = launch_acting_user(world.app)
    one = a_linked(world, "user", "student").sis_id

    pages.press("/admin/data-prep/read")
    said = pages.words("/admin/why/sync", kind="user", sis_id=one)
    assert "Queued." in said
    with world.app.app_context():
        waiting = db.session.query(Job).filter(Job.state == JobState.QUEUED).order_by(Job.id).all()
        prep, asked = (each.id for each in waiting)
    world.app.extensions["runner"].run_now(prep)

    assert [job_of(world, each).state for each in (prep, asked)] == [JobState.DONE, JobState.DONE]


@pytest.fixture
def postgres(tmp_path: Path, postgres_url: str) -> Iterator[Engine]:
    url = postgres_url.replace("postgresql://", "postgresql+psycopg://")
    with running_app(settings(tmp_path, database_url=url)) as app, app.app_context():
        yield db.engine


@pytest.mark.postgres
def test_two_workers_never_begin_a_sync_and_a_request_of_a_district_at_once(postgres: Engine) -> None:
    """Until one of them has written down what it takes, the other does not get to look."""
    with Session(postgres) as one, Session(postgres) as other:
        everything, request = jobs_of_a_district(one)
        tried: list[str] = []

        @event.listens_for(one, "before_commit")
        def meanwhile(_session: Session) -> None:
            other.execute(text("SET lock_timeout = '100ms'"))
            with pytest.raises(OperationalError, match="lock timeout"):
                queue.claim(other, request, "w2")
            other.rollback()
            tried.append("request")

        assert queue.claim(one, everything, "w1")

        assert tried == ["request"]
        assert not queue.claim(other, request, "w2")
        assert queue.claim(other, request, "w1", inside=everything)


def jobs_of_a_district(session: Session) -> tuple[int, int]:
    add_installation(session)
    jobs = [
        queue.enqueue(
            District(session, 1), "provision", params={}, trigger="manual", asked_by="t", lane=lane
        ).job
        for lane in (queue.PROVISION, queue.ONE_RECORD)
    ]
    session.commit()
    return jobs[0].id, jobs[1].id
