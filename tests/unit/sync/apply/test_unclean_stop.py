"""After a worker was lost with some of its rows, what the app had made is its own, and nothing else is."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, update

from lti_app.models import Change, Job, Link, RunState
from lti_app.school.reason_codes import Code
from lti_app.school.records import Kind
from tests.unit.conftest import Engine
from tests.unit.sync.apply.test_lost_answers import ten_students


def forget(school: Engine, *kinds: Kind) -> None:
    """The last commits are gone: no link and no line tells of these objects."""
    for table in (Link, Change):
        school.session.execute(delete(table).where(table.kind.in_(kinds)))
    school.session.commit()


def test_objects_of_lost_rows_are_linked_after_an_unclean_stop(engine: Engine) -> None:
    ten_students(engine)
    before = engine.links()
    forget(engine, Kind.COURSE, Kind.SECTION, Kind.ENROLLMENT)
    engine.session.execute(update(Job).values(take_overs=1))
    engine.session.commit()
    calls = len(engine.schoology.objects[Kind.SECTION])

    run = engine.run()

    assert run.state == RunState.DONE
    assert engine.links() == before
    assert len(engine.schoology.objects[Kind.SECTION]) == calls


def test_without_an_unclean_stop_it_is_someone_elses(engine: Engine) -> None:
    ten_students(engine)
    forget(engine, Kind.COURSE, Kind.SECTION, Kind.ENROLLMENT)

    run = engine.run()

    reasons = {each.reason.code for each in engine.changes(run) if each.kind == Kind.COURSE}
    assert reasons == {Code.KEY_TAKEN_IN_SCHOOLOGY}


@pytest.mark.parametrize("field", ["title"])
def test_what_reads_otherwise_was_there_before(engine: Engine, field: str) -> None:
    ten_students(engine)
    forget(engine, Kind.COURSE, Kind.SECTION, Kind.ENROLLMENT)
    engine.session.execute(update(Job).values(take_overs=1))
    engine.session.commit()
    (course,) = engine.schoology.objects[Kind.COURSE].values()
    course[field] = "Something of Schoology"

    run = engine.run()

    reasons = {each.reason.code for each in engine.changes(run) if each.kind == Kind.COURSE}
    assert reasons == {Code.KEY_TAKEN_IN_SCHOOLOGY}
