"""A request for one record is taken by the sync under way, and what it made right stays right."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from lti_app import clock
from lti_app.jobs import heartbeats, queue
from lti_app.models import Action, ChangeState, Job, JobState, Run, RunState
from lti_app.outbound.errors import Transient
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON
from lti_app.school.records import Kind
from lti_app.school.run_notes import RunNotes
from lti_app.schoology.port import BULK, Outcome, Outgoing
from lti_app.sis.port import Feed
from lti_app.store.district import District
from lti_app.sync.apply import in_flight
from lti_app.sync.apply.send import SchoologyDown
from lti_app.sync.ledger import start_or_resume
from lti_app.sync.plan import approval
from lti_app.sync.task import work_on
from tests.fakes import Rows
from tests.support.records import course, renumbered
from tests.unit.conftest import Engine
from tests.unit.sync.plan.brakes.test_brakes import leave, school
from tests.unit.sync.plan.test_approval import Avery

__all__ = ["school"]

LOST = Transient("reset", maybe_done=True)
NEVER_LEFT = Transient("no route", maybe_done=False)
SOMEONE = "student:020"


@pytest.fixture
def moving() -> Iterator[time_machine.Coordinates]:
    with time_machine.travel(clock.now(), tick=True) as traveller:
        yield traveller


def name(school: Engine, number: int, last_name: str) -> None:
    """The SIS calls a student so from now on."""
    people: list[Any] = school.sis.rows[Rows.STUDENTS]
    people[number] = replace(people[number], last_name=last_name)


def add_student(school: Engine, sis_id: str) -> None:
    people: list[Any] = school.sis.rows[Rows.STUDENTS]
    people.append(renumbered(people[0], sis_id, login=f"s{sis_id}", email=f"s{sis_id}@d.example"))


def while_reading(school: Engine, feed: Feed, happens: Callable[[], None]) -> None:
    """Once, when the sync of all begins to read a feed."""
    real = school.sis.read
    left = [happens]

    def read(asked: Feed, key: str = "") -> Any:
        if asked == feed and not key and left:
            left.pop()()
        return real(asked, key)

    school.sis.read = read  # type: ignore[method-assign]


def while_sending(school: Engine, happens: Callable[[], None], nth: int = 1) -> None:
    """Once, before the nth round of sending."""
    rounds = iter(range(1, 1000))

    def before() -> None:
        if next(rounds) == nth:
            happens()

    school.before_a_round = before


def run_of(school: Engine, job: Job) -> Run:
    return school.session.query(Run).filter(Run.job_id == job.id).order_by(Run.id.desc()).first()  # type: ignore[return-value]


def skipped(school: Engine, run: Run) -> list[str]:
    lines = [each for each in school.changes(run) if each.reason_code == Code.SYNCED_INDIVIDUALLY]
    assert {each.state for each in lines} <= {ChangeState.DISCARDED}
    assert run.counts.get("skipped", 0) == len(lines)
    return [each.sis_id for each in lines]


def last_name(school: Engine, uid: str) -> str:
    return str(school.schoology.objects[Kind.USER][uid]["last_name"])


def seats(school: Engine) -> int:
    return len(school.schoology.objects[Kind.ENROLLMENT])


def test_it_is_taken_between_two_pages_of_reading(school: Engine) -> None:
    name(school, 20, "Silva")
    while_reading(school, Feed.PEOPLE, lambda: asked.append(school.ask_for("user", SOMEONE)))
    asked: list[Job] = []

    run = school.run()

    read = list(zip(school.sis.reads, school.sis.keys, strict=True))
    assert read.index((Feed.PEOPLE, SOMEONE)) < len(read) - 1 - read[::-1].index((Feed.COURSES, ""))
    assert school.lines(run_of(school, asked[0])) == [("user", "update", SOMEONE, "done")]
    assert run.state == RunState.DONE and last_name(school, "020") == "Silva"


def test_what_was_corrected_during_the_reading_is_not_put_back(school: Engine) -> None:
    name(school, 20, "Misspelt")
    name(school, 21, "Silva")

    def correct() -> None:
        name(school, 20, "Corrected")
        school.ask_for("user", SOMEONE)

    while_reading(school, Feed.COURSES, correct)
    run = school.run()

    assert (last_name(school, "020"), last_name(school, "021")) == ("Corrected", "Silva")
    assert skipped(school, run) == [SOMEONE]
    assert school.lines(school.run()) == []


def test_a_seat_that_the_sis_took_back_is_not_dropped(school: Engine) -> None:
    """There is nothing to send for it, and the sync of all has planned its drop."""
    before = list(school.sis.rows[Rows.SEATS])
    leave(school, 3)

    def correct() -> None:
        school.sis.rows[Rows.SEATS] = before
        school.ask_for("enrollment", "5001:student:001")

    while_sending(school, correct)
    name(school, 25, "Silva")
    run = school.run()

    assert skipped(school, run) == ["5001:student:001"]
    assert seats(school) == 58


def test_a_section_covers_its_enrollments(school: Engine) -> None:
    before = list(school.sis.rows[Rows.SEATS])
    leave(school, 3)
    leave(school, 1, "5002")
    name(school, 25, "Silva")

    def correct() -> None:
        school.sis.rows[Rows.SEATS] = before
        school.ask_for("section", "5001")

    while_sending(school, correct)
    run = school.run()

    assert sorted(skipped(school, run)) == [f"5001:student:00{n}" for n in range(3)]
    assert seats(school) == 59


def test_what_is_on_its_way_comes_in_first_and_is_not_sent_twice(school: Engine) -> None:
    name(school, 20, "Silva")
    asked: list[Job] = []
    while_sending(school, lambda: asked.append(school.ask_for("user", SOMEONE)))

    run = school.run()

    assert school.lines(run) == [("user", "update", SOMEONE, "done")]
    one = run_of(school, asked[0])
    assert (one.state, school.lines(one)) == (RunState.DONE, [])
    assert [verb for verb, kind, _ in school.schoology.calls if verb == "update"] == ["update"]


def test_everything_that_is_under_way_comes_in_before_it_begins(
    school: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second answer comes when the run waits for all of them, or at the latest when the other reads."""
    for number in range(BULK * 2):
        add_student(school, f"9{number:03}")
    create, read, wait = school.schoology.create, school.sis.read, in_flight.wait
    calls, answered = iter(range(1000)), threading.Event()
    seen: list[bool] = []

    def second_takes_long(kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        if next(calls) == 1:
            assert answered.wait(60)
        return create(kind, batch)

    def reading(feed: Feed, key: str = "") -> Any:
        if key:
            seen.append(answered.is_set())
            answered.set()
        return read(feed, key)

    def waiting(flights: Any, **how: Any) -> Any:
        if not how:
            answered.set()
        return wait(flights, **how)

    school.schoology.create = second_takes_long  # type: ignore[method-assign]
    school.sis.read = reading  # type: ignore[method-assign]
    monkeypatch.setattr(in_flight, "wait", waiting)
    while_sending(school, lambda: school.ask_for("user", SOMEONE))

    school.run()

    assert seen == [True]


@pytest.mark.parametrize("lost", [LOST, NEVER_LEFT])
def test_someone_whose_answer_was_lost_is_looked_up_and_made_once(school: Engine, lost: Transient) -> None:
    add_student(school, "777")
    asked: list[Job] = []
    while_sending(school, lambda: asked.append(school.ask_for("user", "student:777")))
    made = school.schoology.calls.count(("create", Kind.USER, 1))
    school.schoology.script = [lost]

    run = school.run()

    assert run.state == run_of(school, asked[0]).state == RunState.DONE
    assert "student:777" in school.links()
    assert school.schoology.calls.count(("create", Kind.USER, 1)) - made == (1 if lost.maybe_done else 2)
    assert school.lines(school.run()) == []


def test_an_update_whose_answer_was_lost_is_made_good_by_the_request(school: Engine) -> None:
    """Schoology has the misspelt name, the app does not know that, and the SIS says its former one again."""
    former = last_name(school, "020")
    name(school, 20, "Misspelt")
    school.schoology.script = [LOST]

    def correct() -> None:
        name(school, 20, former)
        school.ask_for("user", SOMEONE)

    while_sending(school, correct)
    run = school.run()

    assert last_name(school, "020") == former
    assert skipped(school, run) == [SOMEONE]


def test_an_answer_that_was_lost_long_before_an_outage_is_not_forgotten(school: Engine) -> None:
    """The second attempt did not arrive; the first may have, and the SIS has another name by now."""
    former = last_name(school, "020")
    name(school, 20, "Misspelt")
    school.schoology.script = [LOST, Transient("busy", retry_after=600, maybe_done=False)]
    with pytest.raises(SchoologyDown):
        school.run()
    job = school.session.query(Job).order_by(Job.id.desc()).first()
    assert job is not None and last_name(school, "020") == "Misspelt"
    queue.finish(school.session, job.id, "test", JobState.QUEUED, message=NO_REASON)
    name(school, 20, former)

    assert school.take(school.ask_for("user", SOMEONE).id)

    assert last_name(school, "020") == former
    assert skipped(school, school.carry(job)) == [SOMEONE]
    assert last_name(school, "020") == former


def test_it_is_taken_within_a_long_pause(school: Engine) -> None:
    name(school, 20, "Silva")
    school.schoology.script = [Transient("busy", retry_after=60, maybe_done=False)]
    asked: list[Job] = []
    waited: list[float] = []

    class Waits(list[float]):
        def append(self, seconds: float) -> None:
            super().append(seconds)
            if len(self) == 2:
                asked.append(school.ask_for("course", "1|ALG1"))
            if asked and not waited:
                ended = school.session.get_one(Job, asked[0].id, populate_existing=True).state
                waited.extend([sum(self)] if ended == JobState.DONE else [])

    school.waits = Waits()
    school.run()

    assert sum(school.waits) == 60
    assert waited == [15.0]


def test_fewer_requests_are_under_way_at_a_slow_pace(school: Engine) -> None:
    """So that none waits for long to leave, and a request for one record waits for none of them."""
    run = school.run()
    context = school.context(run.job_id, run.id, "all")

    assert [replace(context, slowness=lambda: slow).room for slow in (1.0, 2.0, 16.0)] == [8, 4, 1]  # noqa: B023


def test_what_cannot_be_synced_alone_yet_is_made_by_the_sync_of_all(school: Engine) -> None:
    """The course of a new section is new as well, and one record brings no other."""
    rows = school.sis.rows
    rows[Rows.COURSES].append(course("1", "NEW1", "New"))
    rows[Rows.SECTIONS].append(replace(rows[Rows.SECTIONS][0], key="5003", course="1|NEW1"))
    rows[Rows.SEATS].extend(
        [replace(each, section="5003") for each in rows[Rows.SEATS] if each.section == "5001"]
    )
    asked: list[Job] = []
    while_reading(school, Feed.SECTIONS, lambda: asked.append(school.ask_for("section", "5003")))

    run = school.run()

    assert {state for _, _, _, state in school.lines(run_of(school, asked[0]))} == {"blocked"}
    assert skipped(school, run) == []
    assert seats(school) == 90


def test_what_a_person_approved_is_sent_but_for_what_was_synced_since(school: Engine) -> None:
    before = list(school.sis.rows[Rows.SEATS])
    leave(school, 10)
    run = school.run()
    school.session.get_one(Job, run.job_id).state = JobState.HELD
    school.session.commit()
    school.sis.rows[Rows.SEATS] = before
    assert school.take(school.ask_for("enrollment", "5001:student:001").id)
    job = approval.approve(District(school.session, 1), run.id, run.digest, who=Avery())
    school.session.commit()
    school.take(school.ask_for("enrollment", "5001:student:002").id)

    school.carry(job)

    assert skipped(school, run) == ["5001:student:002"]
    assert seats(school) == 51


def test_what_was_read_after_the_request_is_sent(school: Engine, moving: time_machine.Coordinates) -> None:
    """The run was interrupted and reads on another day: it knows better than yesterday's request."""
    name(school, 20, "Silva")
    school.sis.short = {Feed.COURSES: 1}
    with pytest.raises(Exception, match="announced"):
        school.run()
    job = school.session.query(Job).order_by(Job.id.desc()).first()
    assert job is not None
    queue.finish(school.session, job.id, "test", JobState.QUEUED, message=NO_REASON)
    assert school.take(school.ask_for("user", SOMEONE).id)
    moving.shift(timedelta(days=1))
    school.today += timedelta(days=1)
    name(school, 20, "Anders")
    school.sis.short = {}

    run = school.carry(job)

    assert skipped(school, run) == [] and last_name(school, "020") == "Anders"


def preview(school: Engine) -> Run:
    return school.run(plan_only=True)


def drift(school: Engine) -> Run:
    return school.run("drift")


def data_prep(school: Engine) -> Run:
    job = queue.enqueue(District(school.session, 1), "provision", params={}, trigger="t", asked_by="t").job
    school.session.commit()
    queue.claim(school.session, job.id, "test")
    run = start_or_resume(District(school.session, 1), job.id, "prep", notes=RunNotes(step="read"))
    return work_on(school.context(job.id, run.id, "prep"))


def undo(school: Engine) -> Run:
    name(school, 0, "Other")
    undone = school.run()
    job = queue.enqueue(District(school.session, 1), "provision", params={}, trigger="t", asked_by="t").job
    school.session.commit()
    queue.claim(school.session, job.id, "test")
    run = start_or_resume(District(school.session, 1), job.id, "undo", notes=RunNotes(undo_of=undone.id))
    return work_on(school.context(job.id, run.id, "undo"))


@pytest.mark.parametrize("long_job", [preview, drift, data_prep, undo])
def test_every_long_job_takes_it(school: Engine, long_job: Callable[[Engine], Run]) -> None:
    name(school, 20, "Silva")
    asked = school.ask_for("user", SOMEONE)

    run = long_job(school)

    one = run_of(school, asked)
    assert one.state == RunState.DONE and last_name(school, "020") == "Silva"
    assert one.finished_at is not None and run.finished_at is not None
    assert one.finished_at <= run.finished_at


def test_a_check_lists_no_difference_that_a_request_has_fixed(
    school: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list of people is from before the request, and they are compared a few at a time."""
    monkeypatch.setattr("lti_app.sync.drift.people.ROWS", 5)
    name(school, 20, "Silva")
    real = school.schoology.people

    def people() -> Iterator[Any]:
        listed = list(real())
        school.ask_for("user", SOMEONE)
        yield from listed

    school.schoology.people = people  # type: ignore[method-assign]
    run = school.run("drift")

    assert last_name(school, "020") == "Silva"
    assert [each.sis_id for each in school.changes(run) if each.action == Action.DIFFER] == []


def test_one_that_was_interrupted_reads_again(school: Engine) -> None:
    """The sync of all may have sent since what it had compared."""
    name(school, 20, "Silva")
    job = school.ask_for("user", SOMEONE)
    real = school.schoology.update

    def dies(*_: Any) -> Any:
        raise KeyboardInterrupt

    school.schoology.update = dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        school.take(job.id)
    school.schoology.update = real  # type: ignore[method-assign]
    heartbeats.requeue_silent(school.session, {"test"})
    name(school, 20, "Anders")

    school.run()

    assert last_name(school, "020") == "Anders"
    runs = school.session.query(Run).filter(Run.job_id == job.id).order_by(Run.id).all()
    assert [each.state for each in runs] == [RunState.CANCELED, RunState.DONE]
