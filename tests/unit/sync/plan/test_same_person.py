"""One person under an old id and a new one: the old classes are not lost before the new ones are there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from lti_app.models import Action, Change, ChangeState, Link, LinkState, Run, RunState, TermRow
from lti_app.runs.words import sentence
from lti_app.school.reason_codes import Code
from lti_app.school.records import GuardianLink, Kind, Person, PersonGroup, PersonRole
from lti_app.sis.eschoolplus import codecs, decoding
from lti_app.store.district import District
from lti_app.sync.plan import approval, new_ids
from tests.factories import TICKED, add_building
from tests.fakes import Rows
from tests.support.records import course, link, number_of, renumbered, student, teacher
from tests.unit.conftest import Engine
from tests.unit.sync.data_prep.test_job import account, statuses, work
from tests.unit.sync.plan.brakes.test_brakes import CLASS, limit, school, trips
from tests.unit.sync.plan.test_approval import Avery

__all__ = ["school"]


def renumber(school: Engine, *numbers: int, stays: bool = False, **changes: str) -> None:
    """Students come under the new id 9… with the same seats; `stays`: the old record is served as well."""
    ids = {f"{n:03}" for n in numbers}
    people = school.sis.rows[Rows.STUDENTS]
    fresh: list[Person] = [
        renumbered(each, f"9{each.sis_id}", **changes)
        for each in people
        if isinstance(each, Person) and each.sis_id in ids
    ]
    old = [each for each in people if stays or not (isinstance(each, Person) and each.sis_id in ids)]
    school.sis.rows[Rows.STUDENTS] = [*old, *fresh]
    school.sis.rows[Rows.SEATS] = [
        replace(each, person=f"student:9{number_of(each)}") if number_of(each) in ids else each
        for each in school.sis.rows[Rows.SEATS]
    ]


def seats(school: Engine) -> int:
    return len(school.schoology.objects[Kind.ENROLLMENT])


def drops(school: Engine, run: Run) -> list[Change]:
    return [each for each in school.changes(run) if each.action == Action.DROP]


def test_the_old_seats_of_regenerated_ids_wait_with_the_new_ones(school: Engine) -> None:
    renumber(school, *range(8))

    run = school.run()

    assert trips(run) == [("regenerated_ids", "user", 8, 8), ("drops", "enrollment", 16, 60)]
    assert {each.state for each in drops(school, run)} == {ChangeState.HELD}
    assert seats(school) == 2 * CLASS


def test_the_old_seats_wait_even_where_they_are_a_small_share(school: Engine) -> None:
    limit(school, drop_share=0.5)
    renumber(school, *range(8))

    run = school.run()

    assert trips(run) == [("regenerated_ids", "user", 8, 8)]
    assert len(drops(school, run)) == 16
    assert {each.state for each in drops(school, run)} == {ChangeState.HELD}


def test_a_student_with_a_new_id_and_the_same_username_waits_to_be_linked(school: Engine) -> None:
    renumber(school, 0)

    run = school.run()

    assert trips(run) == [("same_account", "user", 1, 1)]
    assert {state for *_, state in school.lines(run)} == {ChangeState.HELD}
    assert new_ids.relink(school.session, run) == 1
    approval.discard(District(school.session, 1), run.id, run.digest, who=Avery())
    school.session.commit()
    after = school.run()
    assert school.lines(after) == [("user", "update", "student:9000", "done")]
    assert seats(school) == 2 * CLASS


def test_who_left_before_and_returns_under_a_new_id_waits_to_be_linked(school: Engine) -> None:
    people, seats_of_all = list(school.sis.rows[Rows.STUDENTS]), list(school.sis.rows[Rows.SEATS])
    limit(school, drop_share=0.9, drop_floor=90)
    school.sis.rows[Rows.STUDENTS] = people[1:]
    school.sis.rows[Rows.SEATS] = [each for each in seats_of_all if number_of(each) != "000"]
    school.run()
    assert school.links()["student:000"][0] == LinkState.RELEASED
    school.sis.rows[Rows.STUDENTS], school.sis.rows[Rows.SEATS] = people, seats_of_all
    renumber(school, 0)

    run = school.run()

    assert ("same_account", "user", 1, 1) in trips(run)
    assert new_ids.relink(school.session, run) == 1
    approval.discard(District(school.session, 1), run.id, run.digest, who=Avery())
    school.session.commit()
    after = school.run()
    assert ("user", "update", "student:9000", "done") in school.lines(after)
    assert seats(school) == 2 * CLASS
    assert len([each for each in school.links() if "000" in each and each.startswith("student")]) == 1


def test_a_namesake_with_the_number_of_who_left_before_is_not_sent(school: Engine) -> None:
    limit(school, drop_share=0.9, drop_floor=90)
    gone = school.sis.rows[Rows.STUDENTS].pop(0)
    school.sis.rows[Rows.SEATS] = [each for each in school.sis.rows[Rows.SEATS] if number_of(each) != "000"]
    school.run()
    assert isinstance(gone, Person)
    role = {
        "group": PersonGroup.STAFF,
        "role": PersonRole.TEACHER,
        "login": "else",
        "email": "else@d.example",
    }
    school.sis.rows[Rows.STAFF].append(
        student(number="000", first_name=gone.first_name, last_name=gone.last_name, **role)
    )
    school.schoology.calls.clear()

    run = school.run()

    (line,) = school.changes(run)
    assert (line.sis_id, line.state) == ("staff:000", ChangeState.BLOCKED)
    assert gone.last_name in sentence(line.reason)
    assert school.schoology.calls == []


@pytest.mark.parametrize("why", ["a row that hides", "another school"])
def test_a_new_id_waits_though_no_one_knows_whether_the_old_one_left(school: Engine, why: str) -> None:
    """Two accounts with one username would be made, if Schoology allowed it."""
    renumber(school, 0)
    if why == "another school":
        renumber_the_school(school)
    else:
        school.sis.rows[Rows.STUDENTS] += decoding.decode(codecs.student, None)

    run = school.run()

    assert ("same_account", "user", 1, 1) in trips(run)
    assert "9000" not in school.schoology.objects[Kind.USER]
    assert seats(school) == 2 * CLASS


def renumber_the_school(school: Engine) -> None:
    """School 1 is school 9 now; it's mapped to the same school of Schoology."""
    add_building(school.session, "9", name="North High", schoology_id="900", **TICKED)
    term = school.session.query(TermRow).filter_by(key="1|Q2").one()
    term.buildings = ["1", "9"]
    school.session.commit()
    rows = school.sis.rows
    rows[Rows.STUDENTS] = [replace(each, main_building="9") for each in rows[Rows.STUDENTS]]
    rows[Rows.COURSES] = [course("9", "ALG1", "Algebra I")]
    rows[Rows.SECTIONS] = [replace(each, building="9", course="9|ALG1") for each in rows[Rows.SECTIONS]]


def test_a_section_made_again_in_a_school_with_another_number_is_offered(school: Engine) -> None:
    renumber_the_school(school)
    sections = school.sis.rows[Rows.SECTIONS]
    sections[0] = replace(sections[0], key="5901")
    school.sis.rows[Rows.SEATS] = [
        replace(each, section="5901") if each.section == "5001" else each
        for each in school.sis.rows[Rows.SEATS]
    ]

    run = school.run()

    assert ("recreated", "section", 1, 1) in trips(run)
    assert len(school.schoology.objects[Kind.SECTION]) == 2
    assert seats(school) == 2 * CLASS


def test_an_approved_new_account_that_is_refused_does_not_end_the_old_seats(school: Engine) -> None:
    renumber(school, 0)
    school.schoology.refuse["9000"] = "The username is in use by another user."
    run = school.run()
    job = approval.approve(District(school.session, 1), run.id, run.digest, who=Avery())
    school.session.commit()

    run = school.carry(job)

    assert {each.state for each in drops(school, run)} == {ChangeState.DISCARDED}
    assert drops(school, run)[0].reason_code == Code.NEW_ID_NOT_MADE
    assert seats(school) == 2 * CLASS


def test_the_first_record_keeps_its_classes_until_the_second_is_made(school: Engine) -> None:
    renumber(school, 0, stays=True)
    school.schoology.refuse["9000"] = "The username is in use by another user."

    first, second = school.run(), school.run()

    for run, state in ((first, RunState.DONE_WITH_PROBLEMS), (second, RunState.DONE)):
        assert [each.state for each in drops(school, run)] == [ChangeState.DISCARDED] * 2
        assert run.state == state  # on the second night it is known
    assert seats(school) == 2 * CLASS
    people = school.sis.rows[Rows.STUDENTS]
    people[-1] = replace(people[-1], login="another")  # type: ignore[type-var]
    del school.schoology.refuse["9000"]
    third = school.run()
    assert [each.state for each in drops(school, third)] == [ChangeState.DONE] * 2
    assert seats(school) == 2 * CLASS


@pytest.mark.parametrize("later", [False, True])
def test_one_with_everything_new_is_proposed_before_a_second_account(school: Engine, later: bool) -> None:
    """New ID, login and email; the name and the classes are the same, in the same night or another."""
    students, seats_before = list(school.sis.rows[Rows.STUDENTS]), list(school.sis.rows[Rows.SEATS])
    if later:
        school.sis.rows[Rows.STUDENTS] = [each for each in students if each.sis_id != "000"]
        school.sis.rows[Rows.SEATS] = [each for each in seats_before if number_of(each) != "000"]
        school.run()
        school.sis.rows[Rows.STUDENTS], school.sis.rows[Rows.SEATS] = students, seats_before
    account_of = school.links()["student:000"][1]
    renumber(school, 0, login="other", email="other@d.example")

    run = school.run()

    assert trips(run) == [("same_person", "user", 1, 1)]
    assert {state for *_, state in school.lines(run)} == {ChangeState.HELD}
    assert "9000" not in school.schoology.objects[Kind.USER]
    assert new_ids.relink(school.session, run) == 1
    approval.discard(District(school.session, 1), run.id, run.digest, who=Avery())
    school.session.commit()
    school.run()
    assert school.links()["student:9000"] == ("owned", account_of)
    assert seats(school) == 2 * CLASS
    assert school.lines(school.run()) == []


BORN, ANOTHER_DAY = date(2011, 3, 4), date(2011, 3, 5)


def born(school: Engine, **days: date) -> None:
    """The SIS tells these birth dates: `of_000` of student 000."""
    people = school.sis.rows[Rows.STUDENTS]
    people[:] = [
        replace(each, birth_date=days.get(f"of_{each.sis_id}")) if isinstance(each, Person) else each
        for each in people
    ]


@pytest.mark.parametrize("later", [False, True])
def test_the_birth_date_tells_someone_in_other_classes(school: Engine, later: bool) -> None:
    born(school, of_000=BORN)
    assert school.lines(school.run()) == []
    students = list(school.sis.rows[Rows.STUDENTS])
    school.sis.rows[Rows.SEATS] = [each for each in school.sis.rows[Rows.SEATS] if number_of(each) != "000"]
    school.sis.rows[Rows.STUDENTS] = [each for each in students if each.sis_id != "000"]
    if later:
        school.run()
    fresh = renumbered(students[0], "9000", login="other", email="other@d.example")
    school.sis.rows[Rows.STUDENTS].append(fresh)

    run = school.run()

    assert trips(run) == [("same_person", "user", 1, 1)]
    assert "9000" not in school.schoology.objects[Kind.USER]
    assert new_ids.relink(school.session, run) == 1
    approval.discard(District(school.session, 1), run.id, run.digest, who=Avery())
    school.session.commit()
    school.run()
    assert school.lines(school.run()) == []


def test_a_namesake_with_another_birth_date_is_someone_else(school: Engine) -> None:
    born(school, of_000=BORN)
    school.run()
    renumber(school, 0, login="other", email="other@d.example")
    born(school, of_9000=ANOTHER_DAY)
    school.schoology.refuse["9000"] = "No."

    run = school.run()

    assert run.counts["trips"] == []
    assert [each.state for each in drops(school, run)] == [ChangeState.DONE] * 2  # for no one else's account


def test_the_birth_date_of_a_refused_account_keeps_the_classes(school: Engine) -> None:
    """The first record stays in the SIS, in no class; the second one comes to another class."""
    born(school, of_000=BORN)
    school.run()
    people = school.sis.rows[Rows.STUDENTS]
    people.append(renumbered(people[0], "9000", login="other", email="other@d.example"))
    school.sis.rows[Rows.SEATS] = [each for each in school.sis.rows[Rows.SEATS] if number_of(each) != "000"]
    school.schoology.refuse["9000"] = "No."

    run = school.run()

    assert [each.state for each in drops(school, run)] == [ChangeState.DISCARDED] * 2


def test_of_a_birth_date_only_a_hash_is_written(school: Engine) -> None:
    born(school, of_000=BORN, of_001=BORN)
    school.sis.rows[Rows.STUDENTS][1] = replace(school.sis.rows[Rows.STUDENTS][1], first_name="")  # type: ignore[type-var]
    school.sis.rows[Rows.STUDENTS].append(student(number="777", login="x", email="", birth_date=BORN))
    school.run()

    marks = set(school.session.scalars(select(Link.birth_mark).where(Link.birth_mark != "")))
    assert len(marks) == 3  # three names
    connection = school.session.connection().connection.driver_connection
    assert BORN.isoformat() not in "".join(connection.iterdump())
    assert school.lines(school.run()) == [("user", "block", "student:001", "blocked")]


def test_a_namesake_of_other_classes_gets_an_account_without_approval(school: Engine) -> None:
    students = school.sis.rows[Rows.STUDENTS]
    old = students.pop(0)
    school.sis.rows[Rows.SEATS] = [each for each in school.sis.rows[Rows.SEATS] if number_of(each) != "000"]
    students.append(renumbered(old, "9000", login="other", email="other@d.example"))

    run = school.run()

    assert run.state == RunState.DONE
    assert "9000" in school.schoology.objects[Kind.USER]


def test_where_no_classes_are_read_school_and_graduation_year_tell_a_person(school: Engine) -> None:
    renumber(school, 0, login="other", email="other@d.example")

    assert trips(school.run("users")) == [("same_person", "user", 1, 1)]


def test_someone_else_who_fails_in_the_class_keeps_no_one_in_it(school: Engine) -> None:
    renumber(school, 0, last_name="Else", login="else", email="else@d.example")
    school.schoology.refuse["9000"] = "No."

    run = school.run()

    assert [each.state for each in drops(school, run)] == [ChangeState.DONE] * 2


def test_a_sync_of_sections_alone_ends_no_seat_for_someone_it_does_not_know(school: Engine) -> None:
    renumber(school, 0)

    run = school.run("sections")

    assert [each.state for each in drops(school, run)] == [ChangeState.DISCARDED] * 2
    assert drops(school, run)[0].reason_code == Code.NEW_PERSON_UNKNOWN
    assert seats(school) == 2 * CLASS


@pytest.fixture
def taught(school: Engine) -> Engine:
    """Section 5001 has a teacher."""
    school.sis.rows[Rows.STAFF] = [
        student(
            group=PersonGroup.STAFF,
            number=n,
            role=PersonRole.TEACHER,
            last_name=f"Teacher{n}",
            login=f"t{n}",
            email=f"t{n}@d.example",
        )
        for n in ("80", "81", "82")
    ]
    teach(school, "80")
    assert school.run().state == RunState.DONE
    return school


def teach(school: Engine, staff: str) -> None:
    school.sis.rows[Rows.TEACHERS] = [*([teacher("5001", staff)] if staff else []), teacher("5002", "82")]


def test_the_last_teacher_of_a_section_waits(taught: Engine) -> None:
    teach(taught, "")

    run = taught.run()

    assert trips(run) == [("last_teacher", "section", 1, 2)]
    assert taught.lines(run) == [("enrollment", "drop", "5001:staff:80", "held")]


def test_a_teacher_who_is_replaced_leaves_without_approval(taught: Engine) -> None:
    teach(taught, "81")

    run = taught.run()

    assert (run.state, run.counts["trips"]) == (RunState.DONE, [])
    assert {sis_id: action for _, action, sis_id, _ in taught.lines(run)} == {
        "5001:staff:81": "create",
        "5001:staff:80": "drop",
    }


def test_a_teacher_stays_until_the_new_one_is_there(taught: Engine) -> None:
    teach(taught, "81")
    links = taught.links()
    taught.schoology.refuse[f"{links['5001'][1]}:{links['staff:81'][1]}"] = "No."

    run = taught.run()

    states = {each.sis_id: each.state for each in taught.changes(run)}
    assert states == {"5001:staff:81": ChangeState.FAILED, "5001:staff:80": ChangeState.DISCARDED}
    assert drops(taught, run)[0].reason_code == Code.NEW_TEACHER_NOT_ENROLLED


@pytest.mark.parametrize("alike", [True, False], ids=["of one name", "of names of their own"])
def test_after_linking_again_parents_are_updated_without_a_question(school: Engine, alike: bool) -> None:
    school.options(with_guardians=True)
    school.sis.rows[Rows.GUARDIANS] = [
        each
        for n in range(10)
        for name in ["Parent" if alike else f"Parent{n}"]
        for parent in [student(f"{n}", PersonGroup.CONTACT, login=f"p{n}", email="", last_name=name)]
        for each in (parent, link(parent, f"{n:03}"))
    ]
    school.run()
    renumber(school, *range(CLASS))
    school.sis.rows[Rows.GUARDIANS] = [
        replace(each, student=each.student.replace(":", ":9")) if isinstance(each, GuardianLink) else each
        for each in school.sis.rows[Rows.GUARDIANS]
    ]
    run = school.run()
    assert new_ids.relink(school.session, run) == CLASS
    school.session.commit()

    after = school.run()

    assert (after.state, after.counts["trips"]) == (RunState.DONE, [])
    assert {(kind, action) for kind, action, _, _ in school.lines(after)} == {
        ("user", "update"),
        ("parent_link", "update"),
    }


def test_the_old_seats_stay_while_the_new_record_waits_in_data_prep(school: Engine) -> None:
    """The account is linked to the old id, so Data Prep finds a conflict and leaves the new record out."""
    renumber(school, 0, login="other", email="other@d.example")
    account(school, "9000", first_name="Mei", last_name="Name0", username="somebody", role_id="1")
    account(school, "x", first_name="Mei", last_name="Name0", username="else", role_id="1")
    work(school)
    waits = statuses(school)["student:9000"]

    run = school.run()

    assert waits != "only"
    assert seats(school) == 2 * CLASS
    assert {each.state for each in drops(school, run)} == {ChangeState.DISCARDED}


def test_classes_under_new_ids_in_the_same_grading_period_wait(school: Engine) -> None:
    classes = [
        replace(each, key=f"51{n:02}", number=str(n))
        for each in school.sis.rows[Rows.SECTIONS][:1]
        for n in range(10, 18)
    ]
    school.sis.rows[Rows.SECTIONS] += classes
    assert school.run().state == RunState.DONE
    school.sis.rows[Rows.SECTIONS] = [
        *school.sis.rows[Rows.SECTIONS][:2],
        *(replace(each, key=f"9{each.key}") for each in classes),
    ]

    run = school.run()

    assert ("regenerated_ids", "section", 8, 8) in trips(run)
    assert new_ids.relink(school.session, run) == 8
