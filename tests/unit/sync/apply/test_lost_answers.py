"""An answer, a worker or a day that was lost on the way: the run goes on, and nothing else is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, select

from lti_app.jobs import queue
from lti_app.jobs.ownership import JobLost
from lti_app.models import Job, JobState, Link, Run, RunState
from lti_app.outbound.errors import Throttled, Transient
from lti_app.outbound.pace import IN_FLIGHT
from lti_app.runs import history
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON
from lti_app.school.records import DateRange, Kind, PersonGroup, PersonRole, Seat
from lti_app.school.run_notes import RunNotes
from lti_app.schoology.port import Outcome, Outgoing
from lti_app.sis.errors import SisUnavailable
from lti_app.sis.port import Feed
from lti_app.store.district import District
from lti_app.sync.apply.send import SchoologyDown
from lti_app.sync.ledger import start_or_resume
from lti_app.sync.plan import approval, undo
from lti_app.sync.review import lost_objects
from lti_app.sync.task import work_on
from tests.fakes import Rows
from tests.support.records import course, number_of, seat, section, student
from tests.unit.conftest import Engine, ready
from tests.unit.sync.plan.test_approval import Avery

SEP = DateRange(date(2026, 9, 1))
LOST = Transient("reset", maybe_done=True)
OVER = date(2027, 2, 1)
"""After the last day of the only term."""


class Killed(BaseException):
    """kill -9."""


@pytest.fixture
def school(engine: Engine) -> Engine:
    """Ten students in two sections, synced."""
    return ready(engine, ten_students)


def ten_students(engine: Engine) -> None:
    rows = engine.sis.rows
    rows[Rows.STUDENTS] = [_student(f"{n:03}") for n in range(10)]
    rows[Rows.COURSES] = [course("1", "ALG1", "Algebra I")]
    rows[Rows.SECTIONS] = [section(key=key, number=key, terms=("1|Q2",)) for key in ("5001", "5002")]
    rows[Rows.SEATS] = [_seat(key, f"{n:03}") for key in ("5001", "5002") for n in range(10)]
    assert engine.run().state == RunState.DONE


def _student(sis_id: str, **more: Any) -> Any:
    known = {"login": f"s{sis_id}", "email": f"s{sis_id}@d.example", "last_name": f"Name{sis_id}"}
    return student(number=sis_id, **{**known, **more})


def _seat(section_key: str, student_id: str) -> Seat:
    return seat(section_key, student_id, SEP)


def without(school: Engine, section_key: str, *student_ids: str) -> None:
    """The SIS ends these enrollments."""
    school.sis.rows[Rows.SEATS] = [
        each
        for each in school.sis.rows[Rows.SEATS]
        if each.section != section_key or number_of(each) not in student_ids
    ]


def killed_in(school: Engine, verb: str) -> None:
    """A run whose worker dies after Schoology did what the verb says; its job is canceled afterwards."""
    real: Callable[..., list[Outcome]] = getattr(school.schoology, verb)

    def die(kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        real(kind, batch)
        raise Killed

    setattr(school.schoology, verb, die)
    with pytest.raises(Killed):
        school.run()
    setattr(school.schoology, verb, real)
    newest(school).state = JobState.CANCELED
    school.session.commit()


def newest(school: Engine) -> Job:
    return school.session.scalars(select(Job).order_by(Job.id.desc())).first()  # type: ignore[return-value]


def start(school: Engine, what: str, **notes: Any) -> Run:
    job = queue.enqueue(District(school.session, 1), "provision", params={}, trigger="t", asked_by="t").job
    school.session.commit()
    queue.claim(school.session, job.id, "test")
    return start_or_resume(District(school.session, 1), job.id, what, notes=RunNotes(**notes))


def finish(school: Engine, run: Run) -> Run:
    done = work_on(school.context(run.job_id, run.id, run.what))
    queue.finish(school.session, run.job_id, "test", JobState.DONE, message=NO_REASON)
    return done


def one(school: Engine, kind: Kind, sis_id: str) -> Run:
    return finish(school, start(school, "one", only={"kind": str(kind), "sis_id": sis_id}))


def seats(school: Engine) -> int:
    return len(school.schoology.objects[Kind.ENROLLMENT])


def test_a_drop_without_an_answer_is_made_good_when_the_sis_takes_it_back(school: Engine) -> None:
    without(school, "5001", "001")
    killed_in(school, "drop")
    assert seats(school) == 19

    school.sis.rows[Rows.SEATS].append(_seat("5001", "001"))
    school.run()

    assert seats(school) == 20
    assert school.run().counts["plan"] == {}


def test_an_update_without_an_answer_is_made_good_when_the_sis_takes_it_back(school: Engine) -> None:
    students = school.sis.rows[Rows.STUDENTS]
    before = list(students)
    students[3] = replace(students[3], last_name="Silva", middle_name="Q")  # type: ignore[type-var]
    killed_in(school, "update")
    assert school.schoology.objects[Kind.USER]["003"]["middle_name"] == "Q"

    school.sis.rows[Rows.STUDENTS] = before
    school.run()

    there = school.schoology.objects[Kind.USER]["003"]
    assert (there["last_name"], there["middle_name"]) == ("Name003", "")


def test_an_update_whose_answer_was_lost_is_sent_whole_the_next_time(school: Engine) -> None:
    students = school.sis.rows[Rows.STUDENTS]
    students[3] = replace(students[3], last_name="Silva")  # type: ignore[type-var]
    killed_in(school, "update")
    school.schoology.objects[Kind.USER]["003"]["last_name"] = "Name003"  # as if it had not happened

    students[3] = replace(students[3], middle_name="Q")  # type: ignore[type-var]
    school.run()

    there = school.schoology.objects[Kind.USER]["003"]
    assert (there["last_name"], there["middle_name"]) == ("Silva", "Q")


def test_an_undo_empties_a_field_that_was_empty(school: Engine) -> None:
    students = school.sis.rows[Rows.STUDENTS]
    students[3] = replace(students[3], middle_name="Q")  # type: ignore[type-var]
    run = school.run()

    plan = finish(school, start(school, "undo", undo_of=run.id))
    plan_job = school.session.get_one(Job, plan.job_id)
    plan_job.state = JobState.HELD
    job = approval.approve(District(school.session, 1), plan.id, plan.digest, who=Avery())
    school.session.commit()
    school.carry(job, "undo")

    assert school.schoology.objects[Kind.USER]["003"]["middle_name"] == ""


def test_answers_that_say_nothing_pause_the_run_instead_of_ending_it(school: Engine) -> None:
    school.sis.rows[Rows.STUDENTS].append(_student("A1"))
    school.schoology.create = lambda kind, batch: [  # type: ignore[method-assign]
        Outcome(ok=False, ambiguous=True) for _ in batch
    ]

    with pytest.raises(SchoologyDown):
        school.run("users")


def test_a_long_retry_after_pauses_the_run_for_as_long(school: Engine) -> None:
    school.sis.rows[Rows.STUDENTS].append(_student("A1"))
    school.schoology.script = [Throttled("slow down", retry_after=900)]

    with pytest.raises(SchoologyDown) as raised:
        school.run("users")

    assert raised.value.retry_after == 900 and school.waits == []


def test_a_worker_that_lost_its_job_sends_nothing_more(school: Engine) -> None:
    school.sis.rows[Rows.STUDENTS].append(_student("A1"))
    run = start(school, "users")
    sent_before = len(school.schoology.calls)

    def another_takes_over() -> None:
        newest(school).owner = "another"
        school.session.commit()

    context = replace(school.context(run.job_id, run.id, "users"), confirm=another_takes_over)
    with pytest.raises(JobLost):
        work_on(context)

    assert len(school.schoology.calls) == sent_before


def test_a_slow_answer_does_not_keep_the_others_back(school: Engine) -> None:
    school.sis.rows[Rows.STUDENTS] += [_student(f"N{n:04}") for n in range(50 * (IN_FLIGHT + 3))]
    real = school.schoology.create
    guard, others = threading.Lock(), threading.Event()
    begun = 0

    def create(kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        nonlocal begun
        with guard:
            begun += 1
            number = begun
        if number > IN_FLIGHT + 1:
            others.set()
        if number == 1:
            assert others.wait(60), "the first answer held all others up"
        with guard:
            return real(kind, batch)

    school.schoology.create = create  # type: ignore[method-assign]

    assert school.run("users").state == RunState.DONE


@pytest.mark.parametrize(("enrollment_id", "state"), [("7", "adopted"), ("99999", "owned")])
def test_an_enrollment_found_after_a_lost_answer_is_ours_only_if_it_is_new(
    school: Engine, enrollment_id: str, state: str
) -> None:
    school.sis.rows[Rows.STUDENTS].append(_student("A1"))
    school.run()
    links = school.links()
    key = f"{links['5001'][1]}:{links['student:A1'][1]}"
    school.schoology.objects[Kind.ENROLLMENT][key] = {"id": enrollment_id, "admin": False}
    school.sis.rows[Rows.SEATS].append(_seat("5001", "A1"))
    school.schoology.script = [LOST]

    school.run()

    assert school.links()["5001:student:A1"] == (state, enrollment_id)


def test_a_run_that_goes_on_after_the_terms_end_drops_no_one(school: Engine) -> None:
    school.today = date(2027, 1, 15)
    run, read = start(school, "all"), school.sis.read

    def down(feed: Feed, key: str = "") -> Any:
        if feed == Feed.SEATS:
            raise SisUnavailable("down")
        return read(feed, key)

    school.sis.read = down  # type: ignore[method-assign]
    with pytest.raises(SisUnavailable):
        work_on(school.context(run.job_id, run.id, "all"))
    school.session.rollback()
    school.sis.read = read  # type: ignore[method-assign]
    without(school, "5001", "001")
    school.today = date(2027, 1, 16)

    assert school.lines(finish(school, run)) == []
    assert seats(school) == 20


def test_drops_that_are_approved_after_the_terms_end_are_not_sent(school: Engine) -> None:
    without(school, "5001", *(f"{n:03}" for n in range(8)))
    run = school.run()
    assert run.state == RunState.HELD
    school.today = OVER
    newest(school).state = JobState.HELD
    job = approval.approve(District(school.session, 1), run.id, run.digest, who=Avery())
    school.session.commit()

    run = school.carry(job)

    assert {(each.state, each.reason_code) for each in school.changes(run)} == {
        ("discarded", Code.SECTION_FROZEN)
    }
    assert seats(school) == 20


def test_an_undo_writes_nothing_into_a_frozen_section(school: Engine) -> None:
    without(school, "5001", "001")
    run = school.run()
    school.today = OVER

    plan = finish(school, start(school, "undo", undo_of=run.id))

    assert [each.state for each in school.changes(plan)] == ["discarded"]


def test_an_empty_feed_of_sections_enrolls_no_one(school: Engine) -> None:
    school.sis.rows[Rows.SECTIONS] = []
    school.sis.rows[Rows.STUDENTS].append(_student("A1"))
    school.sis.rows[Rows.SEATS].append(_seat("5001", "A1"))

    school.run()

    assert seats(school) == 20


def test_a_record_alone_is_judged_beside_the_others(school: Engine) -> None:
    students = school.sis.rows[Rows.STUDENTS]
    for n in (0, 1):
        students[n] = replace(students[n], email="home@d.example")  # type: ignore[type-var]
    school.sis.rows[Rows.STAFF] = [
        student(
            group=PersonGroup.STAFF, number="777", role=PersonRole.TEACHER, login="t7", email="t7@d.example"
        )
    ]
    school.run()
    students.append(_student("777"))
    school.run()

    one(school, Kind.USER, "student:000")
    blocked = one(school, Kind.USER, "student:777")

    assert school.schoology.objects[Kind.USER]["000"]["email"] in ("", "s000@d.example")
    assert [each[3] for each in school.lines(blocked)] == ["blocked"]
    assert school.schoology.objects[Kind.USER]["777"]["username"] == "t7"


def test_a_kill_between_a_held_run_and_its_job_makes_no_second_run(school: Engine) -> None:
    without(school, "5001", *(f"{n:03}" for n in range(8)))
    run = start(school, "all")
    work_on(school.context(run.job_id, run.id, "all"))
    job = newest(school)
    job.state = JobState.QUEUED
    school.session.commit()

    again = school.carry(job)

    line = history.one_run(District(school.session, 1), job.id)
    assert again.id == run.id and line is not None and line.run is not None and line.run.id == run.id
    assert again.state == RunState.HELD
    jobs = [each.job.id for each in history.runs_page(District(school.session, 1), 1).rows]
    assert len(jobs) == len(set(jobs))


def test_a_run_that_only_looked_cannot_be_undone(school: Engine) -> None:
    school.session.execute(delete(Link))
    school.session.commit()
    found = finish(school, start(school, "all", recover=True))
    drift = school.run("drift")

    for run in (found, drift):
        assert undo.undoable_until(run) is None
        with pytest.raises(undo.CannotUndo):
            undo.check(District(school.session, 1), run.id)


def test_after_a_restore_the_ids_of_enrollments_are_found_again(school: Engine) -> None:
    links = school.links()
    key = f"{links['5001'][1]}:{links['student:001'][1]}"
    school.schoology.objects[Kind.ENROLLMENT][key]["id"] = "88888"
    finish(school, start(school, "all", recover=True))
    without(school, "5001", "001")

    school.run()

    assert key not in school.schoology.objects[Kind.ENROLLMENT]


def test_a_section_that_drift_does_not_find_is_asked_about(school: Engine) -> None:
    del school.schoology.objects[Kind.SECTION]["5001"]

    school.run("drift")

    assert school.links()["5001"][0] == "missing" and lost_objects.count(District(school.session, 1)) == 1


def test_a_section_whose_seats_are_not_found_is_asked_about(school: Engine) -> None:
    school.sis.rows[Rows.STUDENTS].append(_student("A1"))
    school.sis.rows[Rows.SEATS].append(_seat("5001", "A1"))
    del school.schoology.objects[Kind.SECTION]["5001"]
    real = school.schoology.create

    def create(kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        gone = [Outcome(ok=False, code=404) for _ in batch]
        return gone if kind == Kind.ENROLLMENT else real(kind, batch)

    school.schoology.create = create  # type: ignore[method-assign]
    school.run()

    assert school.links()["5001"][0] == "missing" and lost_objects.count(District(school.session, 1)) == 1
