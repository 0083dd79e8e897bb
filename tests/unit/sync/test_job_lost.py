"""A worker whose job another one took over writes nothing more: no sending, no outcome, no release."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import delete, func, select, update

from lti_app.jobs import queue
from lti_app.jobs.ownership import JobLost
from lti_app.models import Change, ChangeState, Job, Link, PrepKey, Run
from lti_app.outbound.errors import Transient
from lti_app.school.records import Kind
from lti_app.school.run_notes import RunNotes
from lti_app.schoology.port import Outcome, Outgoing
from lti_app.store.district import District
from lti_app.sync.apply.in_flight import Window
from lti_app.sync.apply.send import apply, release
from lti_app.sync.apply.when_to_stop import Tally
from lti_app.sync.context import RunContext
from lti_app.sync.data_prep.match import match
from lti_app.sync.ledger import start_or_resume
from lti_app.sync.task import work_on
from tests.fakes import Rows
from tests.support.moments import once
from tests.support.records import student
from tests.unit.conftest import Engine, ready
from tests.unit.sync.apply.test_lost_answers import ten_students


@pytest.fixture
def school(engine: Engine) -> Engine:
    """Ten students in two sections, synced."""
    return ready(engine, ten_students)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as made:
        yield made


def begun(school: Engine, what: str = "users") -> RunContext:
    """A run that is planned and that this worker is about to send."""
    run = school.run(what, plan_only=True)
    job = queue.enqueue(District(school.session, 1), "provision", params={}, trigger="t", asked_by="t").job
    school.session.commit()
    queue.claim(school.session, job.id, "test")
    run.job_id, run.plan_only = job.id, False
    school.session.commit()
    return school.context(job.id, run.id, what)


def taken_over(school: Engine) -> None:
    """Another worker has every job by now."""
    with school.session.get_bind().connect() as connection:  # as another process does
        connection.execute(update(Job).where(Job.state == "running").values(owner="another"))
        connection.commit()


def states(school: Engine, context: RunContext) -> set[str]:
    """What stands of the run's lines once its worker has given up."""
    school.session.rollback()
    school.session.expire_all()
    return set(school.session.scalars(select(Change.state).where(Change.run_id == context.run_id)))


def links(school: Engine) -> int:
    return school.session.scalar(select(func.count()).select_from(Link)) or 0


def one_more(school: Engine, number: int = 1) -> None:
    school.sis.rows[Rows.STUDENTS] += [
        student(number=f"N{n:04}", login=f"n{n}", email=f"n{n}@d.example", last_name=f"New{n}")
        for n in range(number)
    ]


def test_it_does_not_send(school: Engine, pool: ThreadPoolExecutor) -> None:
    one_more(school)
    context = begun(school)
    calls = len(school.schoology.calls)
    taken_over(school)

    with pytest.raises(JobLost):
        Window(context, pool, Tally.of(context)).launch()

    assert len(school.schoology.calls) == calls
    assert states(school, context) == {ChangeState.PLANNED}


def test_it_does_not_write_down_what_the_next_answer_says(school: Engine, pool: ThreadPoolExecutor) -> None:
    one_more(school)
    context, before = begun(school), links(school)
    window = Window(context, pool, Tally.of(context))
    window.launch()
    taken_over(school)

    with pytest.raises(JobLost):
        window.land()

    assert states(school, context) == {ChangeState.SENT}
    assert links(school) == before


def test_it_does_not_write_down_what_is_under_way_when_it_ends(
    school: Engine, pool: ThreadPoolExecutor
) -> None:
    one_more(school)
    context, before = begun(school), links(school)
    window = Window(context, pool, Tally.of(context))
    window.launch()
    taken_over(school)

    with pytest.raises(JobLost):
        window.land_all()

    assert states(school, context) == {ChangeState.SENT}
    assert links(school) == before


def test_it_does_not_put_back_what_it_is_told_never_happened(
    school: Engine, pool: ThreadPoolExecutor
) -> None:
    """The other worker may have sent these lines in the meantime."""
    one_more(school)
    context = begun(school)
    school.schoology.script = [Transient("no connection")]
    window = Window(context, pool, Tally.of(context))
    window.launch()
    taken_over(school)

    with pytest.raises(JobLost):
        window.land_all()

    assert states(school, context) == {ChangeState.SENT}


def test_it_lets_go_of_nothing(school: Engine) -> None:
    school.sis.rows[Rows.STUDENTS] = school.sis.rows[Rows.STUDENTS][1:]
    context, before = begun(school), school.links()
    assert states(school, context) == {ChangeState.PLANNED}
    taken_over(school)

    with pytest.raises(JobLost):
        release(context)

    assert states(school, context) == {ChangeState.PLANNED}
    assert school.links() == before


def test_a_worker_that_has_its_job_does_all_of_that(school: Engine) -> None:
    """What the tests above forbid does happen otherwise."""
    school.sis.rows[Rows.STUDENTS] = school.sis.rows[Rows.STUDENTS][1:]
    one_more(school)
    context, before = begun(school), school.links()

    apply(context)

    assert states(school, context) == {ChangeState.DONE}
    assert {key for key, value in school.links().items() if before.get(key) != value} == {
        "student:000",
        "student:N0000",
    }


def test_it_sends_nothing_more_when_it_is_lost_while_an_answer_is_under_way(school: Engine) -> None:
    """Of two requests one breaks off; while the other is waited for, someone else takes over."""
    one_more(school, 51)
    run_of_it = begun(school)
    context = replace(run_of_it, in_flight=2)
    before, broke_off, go_on = links(school), threading.Event(), threading.Event()
    real = school.schoology.create

    def create(kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        if len(batch) == 1:
            broke_off.set()
            raise Transient("reset", maybe_done=True)
        assert go_on.wait(60)
        return real(kind, batch)

    school.schoology.create = create  # type: ignore[method-assign]

    def lost() -> None:
        taken_over(school)
        go_on.set()

    def reported() -> bool:
        """From then on only the other request is waited for."""
        return broke_off.is_set() and _phase(school) == "sending_user"

    with once(reported, lost), pytest.raises(JobLost):
        apply(context)

    assert states(school, context) == {ChangeState.SENT}
    assert links(school) == before


def test_data_prep_keeps_no_keys_that_it_found_for_another(school: Engine) -> None:
    context, run = _reading(school)
    assert _keys(school)
    school.session.execute(delete(PrepKey))
    school.session.commit()

    reached = once(lambda: _phase(school) == "matching_user", lambda: taken_over(school))
    with reached as followed, pytest.raises(JobLost):
        match(context, run.id)

    assert followed
    school.session.rollback()
    assert _keys(school) == 0


def _reading(school: Engine) -> tuple[RunContext, Run]:
    """A reading of Data Prep that was matched once, and is to be matched again."""
    job = queue.enqueue(District(school.session, 1), "provision", params={}, trigger="t", asked_by="t").job
    school.session.commit()
    queue.claim(school.session, job.id, "test")
    run = start_or_resume(District(school.session, 1), job.id, "prep", notes=RunNotes(step="read"))
    context = school.context(job.id, run.id, "prep")
    work_on(context)
    school.session.execute(update(Job).where(Job.id == job.id).values(phase="reading"))
    school.session.commit()
    return context, run


def _phase(school: Engine) -> str | None:
    with school.session.get_bind().connect() as connection:
        return connection.scalar(select(Job.phase).where(Job.state == "running"))


def _keys(school: Engine) -> int:
    return school.session.scalar(select(func.count()).select_from(PrepKey)) or 0
