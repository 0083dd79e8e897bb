"""An answer was lost, and something is there: what makes it ours, and what leaves it alone.

A record is ours when every plain field that Schoology gives back reads as it was sent; an enrollment besides
only when it cannot have been there before. (An object that was there before and reads just the same is taken
for ours today.)
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from lti_app.jobs import queue
from lti_app.models import Change, Job, JobState, Link, Run
from lti_app.outbound.errors import Transient
from lti_app.school.reason_codes import Code
from lti_app.school.records import Kind
from lti_app.store.district import District
from lti_app.sync.ledger import start_or_resume
from lti_app.sync.task import work_on
from tests.fakes import Rows
from tests.support.records import course, section
from tests.unit.conftest import Engine, ready
from tests.unit.sync.apply.test_lost_answers import (
    LOST,
    _seat,
    _student,
    finish,
    start,
    ten_students,
    without,
)

USER = ("school_uid", "role_id", "first_name", "last_name", "username", "email", "building_id")
COURSE = ("code", "title", "building_id")
SECTION = ("section_school_code", "section_code", "title")
FIELDS = [
    *((Kind.USER, field) for field in (*USER, "graduation_year", "middle_name")),
    *((Kind.COURSE, field) for field in COURSE),
    *((Kind.SECTION, field) for field in SECTION),
]
NEW = {Kind.USER: "student:A1", Kind.COURSE: "1:NEW1", Kind.SECTION: "6001"}
ID = "77777"


@pytest.fixture
def school(engine: Engine) -> Engine:
    """Ten students in two sections, synced."""
    return ready(engine, ten_students)


def one_of_each(school: Engine) -> dict[Kind, dict[str, Any]]:
    """A new student, course and section in the SIS, and what would be sent of each."""
    rows = school.sis.rows
    rows[Rows.STUDENTS].append(_student("A1"))
    rows[Rows.COURSES].append(course("1", "NEW1", "New course"))
    rows[Rows.SECTIONS].append(section(key="6001", number="1", course="1|NEW1", title="New", terms=("1|Q2",)))
    run = school.run(plan_only=True)
    return {Kind(each.kind): json.loads(each.after) for each in school.changes(run)}


def there_before(school: Engine, kind: Kind, fields: dict[str, Any]) -> None:
    """Schoology has it by the time of the request that would make it, whose answer is lost."""
    key = fields[{Kind.USER: "school_uid", Kind.COURSE: "code", Kind.SECTION: "section_school_code"}[kind]]
    _lose_the_answer(school, kind, appears=(key, {"id": ID, **fields}))


def _lose_the_answer(school: Engine, kind: Kind, appears: tuple[str, dict[str, Any]] | None = None) -> None:
    real, left = school.schoology.create, [LOST]

    def create(of: Kind, batch: Any) -> Any:
        if of == kind and left and appears is not None:
            key, there = appears
            school.schoology.objects[kind].setdefault(key, there)
        answer = real(of, batch)
        if of == kind and left:
            raise left.pop()
        return answer

    school.schoology.create = create  # type: ignore[method-assign]


def line_of(school: Engine, run: Run, kind: Kind) -> Change:
    (found,) = [each for each in school.changes(run) if each.kind == kind and each.action == "create"]
    return found


@pytest.mark.parametrize("kind", NEW)
def test_what_reads_as_it_was_sent_is_ours(school: Engine, kind: Kind) -> None:
    there_before(school, kind, one_of_each(school)[kind])

    line = line_of(school, school.run(), kind)

    assert (line.state, line.schoology_id) == ("done", ID)
    assert school.links()[line.sis_id] == ("owned", ID)


@pytest.mark.parametrize(
    ("kind", "field"),
    [each for each in FIELDS if each[1] not in ("school_uid", "code", "section_school_code")],
)
def test_what_reads_otherwise_in_one_field_is_not_ours(school: Engine, kind: Kind, field: str) -> None:
    wanted = one_of_each(school)[kind]
    there_before(school, kind, {**wanted, field: "otherwise"})

    line = line_of(school, school.run(), kind)

    assert line.state == "failed"
    assert line.reason_code == Code.KEY_TAKEN_IN_SCHOOLOGY
    assert line.sis_id not in school.links()
    assert (
        next(each for each in school.schoology.objects[kind].values() if each["id"] == ID)[field]
        == "otherwise"
    )


@pytest.mark.parametrize(
    ("kind", "field"), [(Kind.USER, "email"), (Kind.COURSE, "title"), (Kind.SECTION, "title")]
)
def test_case_blanks_and_what_schoology_does_not_return_make_no_difference(
    school: Engine, kind: Kind, field: str
) -> None:
    wanted = one_of_each(school)[kind]
    untidy = {**wanted, field: f"  {wanted[field].upper().replace(' ', '  ')} "}
    left_out = {"role_id", "building_id", "section_code"}
    there_before(school, kind, {name: value for name, value in untidy.items() if name not in left_out})

    assert line_of(school, school.run(), kind).state == "done"


def test_a_number_and_its_text_and_nothing_and_an_empty_text_are_the_same(school: Engine) -> None:
    wanted = one_of_each(school)[Kind.USER]
    there_before(
        school, Kind.USER, {**wanted, "graduation_year": str(wanted["graduation_year"]), "middle_name": None}
    )

    assert line_of(school, school.run(), Kind.USER).state == "done"


def test_lists_are_not_compared(school: Engine) -> None:
    """Schoology answers some of them for other times and places than they were sent for."""
    wanted = one_of_each(school)[Kind.SECTION]
    there_before(school, Kind.SECTION, {**wanted, "grading_period_ids": ["elsewhere"]})

    assert line_of(school, school.run(), Kind.SECTION).state == "done"


@pytest.mark.parametrize("kind", NEW)
def test_what_is_not_there_is_sent_again_and_made_once(school: Engine, kind: Kind) -> None:
    one_of_each(school)
    real, left = school.schoology.create, [Transient("reset", maybe_done=True)]

    def create(of: Kind, batch: Any) -> Any:
        if of == kind and left:
            raise left.pop()
        return real(of, batch)

    school.schoology.create = create  # type: ignore[method-assign]
    before = len(school.schoology.objects[kind])

    line = line_of(school, school.run(), kind)

    assert line.state == "done" and "look-up" not in line.words
    assert len(school.schoology.objects[kind]) == before + 1


# Enrollments: the only thing to compare is whether someone administers the section, so it must be newer too.


def place(school: Engine, sis_section: str, student: str) -> str:
    links = school.links()
    return f"{links[sis_section][1]}:{links[f'student:{student}'][1]}"


def found_seat(
    school: Engine,
    seat_id: str,
    admin: bool = False,
    section: str = "5001",
    this_run: Callable[[Engine], None] = lambda school: None,
) -> tuple[str, str]:
    """A seat is found under this id after the answer was lost: the state of its link, and the id."""
    school.sis.rows[Rows.STUDENTS].append(_student("A1"))
    school.run()
    school.schoology.objects[Kind.ENROLLMENT][place(school, section, "A1")] = {"id": seat_id, "admin": admin}
    school.sis.rows[Rows.SEATS].append(_seat(section, "A1"))
    this_run(school)
    _lose_the_answer(school, Kind.ENROLLMENT)
    school.run()
    return school.links()[f"{section}:student:A1"]


def newest_seat(school: Engine) -> int:
    return max(int(each["id"]) for each in school.schoology.objects[Kind.ENROLLMENT].values())


@pytest.mark.parametrize(("above", "state"), [(1, "owned"), (-1, "adopted")], ids=["newer", "older"])
def test_a_seat_is_ours_when_its_id_is_newer_than_all_that_were_known(
    school: Engine, above: int, state: str
) -> None:
    known, newest = newest_seat(school), 50_000
    school.session.execute(
        update(Link)
        .where(Link.kind == Kind.ENROLLMENT, Link.schoology_id == str(known))
        .values(schoology_id=str(newest))
    )
    school.session.commit()

    assert found_seat(school, str(newest + above)) == (state, str(newest + above))


@pytest.mark.parametrize("seat_id", ["999", "x99999"], ids=["shorter, though its text is later", "no number"])
def test_ids_are_compared_as_numbers(school: Engine, seat_id: str) -> None:
    assert newest_seat(school) > 999

    assert found_seat(school, seat_id) == ("adopted", seat_id)


def test_the_newest_id_that_is_known_is_the_highest_number(school: Engine) -> None:
    """As text, 999 comes after 50000."""
    seats = school.session.scalars(select(Link).where(Link.kind == Kind.ENROLLMENT).limit(2)).all()
    for seat, seat_id in zip(seats, ("999", "50000"), strict=True):
        seat.schoology_id = seat_id
    school.session.commit()

    assert found_seat(school, "5000") == ("adopted", "5000")


def test_a_seat_that_administers_otherwise_than_it_was_sent_is_not_ours(school: Engine) -> None:
    assert found_seat(school, "99999", admin=True) == ("adopted", "99999")


def test_a_seat_of_a_section_that_this_run_made_is_ours_whatever_its_id(school: Engine) -> None:
    school.sis.rows[Rows.SECTIONS].append(section(key="6001", number="6001", terms=("1|Q2",)))
    school.sis.rows[Rows.SEATS].append(_seat("6001", "001"))
    _lose_and_renumber(school, "7")

    school.run()

    assert school.links()["6001:student:001"] == ("owned", "7")


def another_section(school: Engine) -> None:
    school.sis.rows[Rows.SECTIONS].append(section(key="6001", number="6001", terms=("1|Q2",)))


def another_title(school: Engine) -> None:
    rows = school.sis.rows[Rows.SECTIONS]
    rows[0] = replace(rows[0], title="Another title")  # type: ignore[type-var]


@pytest.mark.parametrize(("this_run", "action"), [(another_section, "create"), (another_title, "update")])
def test_a_section_that_was_there_before_the_run_proves_nothing(
    school: Engine, this_run: Callable[[Engine], None], action: str
) -> None:
    assert found_seat(school, "7", this_run=this_run) == ("adopted", "7")

    run = school.session.scalars(select(Run).order_by(Run.id.desc())).first()
    assert run is not None
    assert (Kind.SECTION, action) in {(each.kind, each.action) for each in school.changes(run)}


def test_what_the_run_itself_made_is_no_measure_of_what_is_new(school: Engine) -> None:
    """Fifty seats have their answers and higher ids when the one whose answer was lost is looked up."""
    school.sis.rows[Rows.STUDENTS] += [_student(f"B{n:03}") for n in range(51)]
    school.run()
    between = school.schoology.new_id()
    school.sis.rows[Rows.SEATS] += [_seat("5001", f"B{n:03}") for n in range(51)]
    real = school.schoology.create

    def create(of: Kind, batch: Any) -> Any:
        answer = real(of, batch)
        if of == Kind.ENROLLMENT and len(batch) == 1:
            (made,) = [each.schoology_id for each in answer]
            seat = next(each for each in school.schoology.objects[of].values() if each["id"] == made)
            seat["id"] = between
            raise LOST
        return answer

    school.schoology.create = create  # type: ignore[method-assign]
    school.run()

    (line,) = [each for each in school.links().values() if each[1] == between]
    assert line == ("owned", between)


def test_a_seat_is_not_ours_where_no_older_seat_was_known(school: Engine) -> None:
    school.session.execute(delete(Link).where(Link.kind == Kind.ENROLLMENT))
    school.session.execute(delete(Change).where(Change.kind == Kind.ENROLLMENT))
    school.session.commit()
    school.schoology.objects[Kind.ENROLLMENT] = {
        place(school, "5001", "001"): {"id": "99999", "admin": False}
    }
    school.sis.rows[Rows.SEATS] = [_seat("5001", "001")]
    school.schoology.script = [LOST]

    school.run()

    assert school.links()["5001:student:001"] == ("adopted", "99999")


def test_a_seat_that_the_app_itself_had_ended_is_ours_whatever_its_id(school: Engine) -> None:
    without(school, "5001", "001")
    school.run()
    school.sis.rows[Rows.SEATS].append(_seat("5001", "001"))
    _lose_and_renumber(school, "7")

    school.run()

    assert school.links()["5001:student:001"] == ("owned", "7")


def test_after_a_restore_no_id_is_new(school: Engine) -> None:
    """The app does not know what it knew: whoever made the seat, it is not the app's to end."""
    school.sis.rows[Rows.STUDENTS].append(_student("A1"))
    school.run()
    school.schoology.objects[Kind.ENROLLMENT][place(school, "5001", "A1")] = {"id": "99999", "admin": False}
    school.sis.rows[Rows.SEATS].append(_seat("5001", "A1"))

    finish(school, start(school, "all", recover=True))

    assert school.links()["5001:student:A1"] == ("adopted", "99999")


def _lose_and_renumber(school: Engine, seat_id: str) -> None:
    """The seat is made, under this id, and the answer is lost."""
    real, left = school.schoology.create, [LOST]

    def create(of: Kind, batch: Any) -> Any:
        answer = real(of, batch)
        if of == Kind.ENROLLMENT and left:
            made = {each.schoology_id for each in answer}
            for each in school.schoology.objects[of].values():
                if each["id"] in made:
                    each["id"] = seat_id
            raise left.pop()
        return answer

    school.schoology.create = create  # type: ignore[method-assign]


# What another run left behind.


def left_behind(school: Engine, verb: str, happens: bool) -> None:
    """A run sends and dies before it hears the answer; someone cancels its job."""
    real = getattr(school.schoology, verb)

    class Died(BaseException):
        pass

    def die(kind: Kind, batch: Any) -> Any:
        if happens:
            real(kind, batch)
        raise Died

    setattr(school.schoology, verb, die)
    job = queue.enqueue(District(school.session, 1), "provision", params={}, trigger="t", asked_by="t").job
    school.session.commit()
    queue.claim(school.session, job.id, "test")
    run = start_or_resume(District(school.session, 1), job.id, "all")
    with pytest.raises(Died):
        work_on(school.context(job.id, run.id, "all"))
    school.session.rollback()
    setattr(school.schoology, verb, real)
    school.session.execute(update(Job).where(Job.id == job.id).values(state=JobState.CANCELED))
    school.session.commit()


@pytest.mark.parametrize("happened", [True, False])
def test_a_create_that_another_run_left_behind_is_found_or_planned_again(
    school: Engine, happened: bool
) -> None:
    school.sis.rows[Rows.STUDENTS].append(_student("A1"))
    left_behind(school, "create", happened)

    later = school.run()

    there = school.schoology.objects[Kind.USER]["A1"]["id"]
    assert school.links()["student:A1"] == ("owned", there)
    assert [each.action for each in school.changes(later)] == ([] if happened else ["create"])


@pytest.mark.parametrize("happened", [True, False])
def test_a_drop_that_another_run_left_is_found_or_planned_again(school: Engine, happened: bool) -> None:
    without(school, "5001", "001")
    seat = place(school, "5001", "001")
    left_behind(school, "drop", happened)

    later = school.run()

    assert seat not in school.schoology.objects[Kind.ENROLLMENT]
    assert "5001:student:001" not in school.links()
    assert [each.action for each in school.changes(later)] == ([] if happened else ["drop"])
