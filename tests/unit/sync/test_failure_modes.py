"""The failure modes of rosters as they are known from the field, one test each.

Numbers and names are those of the list of field notes. Three of them are proved elsewhere with the real wire:
8 (tests/functional/web/test_acting_user.py), 12 (tests/functional/operations/test_schedule.py) and 18
(test_periodic.py).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from lti_app.models import ChangeState, RunState, TermRow
from lti_app.outbound.errors import Throttled
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because, other
from lti_app.school.records import (
    BadRecord,
    DateRange,
    Kind,
    Person,
    PersonGroup,
    PersonRole,
    Seat,
)
from lti_app.sis.errors import IncompleteRead
from lti_app.sis.port import Feed
from tests.factories import add_term
from tests.fakes import Rows
from tests.support import records
from tests.support.records import number_of, renumbered, seat, section, student
from tests.unit.conftest import Engine
from tests.unit.sync.plan.brakes.test_brakes import CLASS, SEPTEMBER, leave, school

__all__ = ["school"]


def seats(school: Engine) -> int:
    return len(school.schoology.objects[Kind.ENROLLMENT])


def teacher(number: str) -> Person:
    return student(
        group=PersonGroup.STAFF,
        number=number,
        role=PersonRole.TEACHER,
        login=f"t{number}",
        email=f"t{number}@d.example",
    )


def enroll(key: str, student_id: str, *ranges: DateRange, dropped: bool = False) -> Seat:
    return seat(key, student_id, *(() if dropped else ranges or (SEPTEMBER,)))


def test_01_an_empty_source_is_not_read_as_truth(school: Engine) -> None:
    for feed in Rows:
        school.sis.rows[feed] = []

    run = school.run()

    assert school.lines(run) == []
    assert seats(school) == 2 * CLASS


def test_02_regenerated_ids_make_no_second_course(school: Engine) -> None:
    """A new year's export numbers people and sections again: no one and nothing is made a second time."""
    rows, objects = school.sis.rows, school.schoology.objects
    for number in ("3", "4", "5", "6"):
        rows[Rows.SECTIONS].append(section(key=f"500{number}", number=number, terms=("1|Q2",)))
    assert school.run().state == RunState.DONE
    rows[Rows.STUDENTS] = [renumbered(each, f"9{each.sis_id}") for each in rows[Rows.STUDENTS]]
    rows[Rows.SECTIONS] = [replace(each, key=f"9{each.key}") for each in rows[Rows.SECTIONS]]
    rows[Rows.SEATS] = [
        replace(each, section=f"9{each.section}", person=f"student:9{number_of(each)}")
        for each in rows[Rows.SEATS]
    ]

    run = school.run()

    assert run.state == RunState.HELD
    assert "regenerated_ids" in {each["brake"] for each in run.counts["trips"]}
    assert {kind: len(objects[kind]) for kind in (Kind.USER, Kind.COURSE, Kind.SECTION, Kind.ENROLLMENT)} == {
        Kind.USER: CLASS,
        Kind.COURSE: 1,
        Kind.SECTION: 6,
        Kind.ENROLLMENT: 2 * CLASS,
    }


def test_03_next_years_sections_wait_until_their_terms_are_mapped(school: Engine) -> None:
    school.sis.rows[Rows.SECTIONS].append(section(key="7001", year=2028, terms=("1|2028",)))

    run = school.run()

    assert school.lines(run) == []
    assert [each["code"] for each in run.counts["left_out"]["section"]] == [Code.TERMS_NOT_MAPPED]


def test_04_a_term_that_ends_takes_no_one_out_and_trips_nothing(school: Engine) -> None:
    """The SIS closes the enrollments of the old term; those of a section of the year go on."""
    rows = school.sis.rows
    rows[Rows.SECTIONS].append(section(key="6001", number="6", terms=("1|Y",)))
    quarter = school.session.query(TermRow).one()
    known = {name: getattr(quarter, name) for name in ("school_year", "start", "seen_at")}
    add_term(school.session, "1", "Y", "gpY", name="Year", end=date(2027, 6, 1), **known)
    school.session.commit()
    goes_on = replace(rows[Rows.SEATS][0], section="6001")
    rows[Rows.SEATS].append(goes_on)
    school.run()
    school.today = date(2027, 1, 16)
    rows[Rows.SEATS] = [goes_on]

    run = school.run()

    assert (run.state, run.counts["trips"]) == (RunState.DONE, [])
    assert seats(school) == 2 * CLASS + 1


def test_05_a_student_who_was_added_by_hand_stays(school: Engine) -> None:
    links = school.links()
    guest = f"{links['5001'][1]}:4711"
    school.schoology.objects[Kind.ENROLLMENT][guest] = {"id": "999", "admin": False}

    for _ in range(3):
        school.run()

    assert guest in school.schoology.objects[Kind.ENROLLMENT]


def test_06_a_field_that_was_set_by_hand_does_not_revert_over_night(school: Engine) -> None:
    school.schoology.objects[Kind.USER]["003"]["first_name"] = "Nick"

    school.run()

    assert school.schoology.objects[Kind.USER]["003"]["first_name"] == "Nick"


def test_07_a_deleted_section_is_not_made_again_empty(school: Engine) -> None:
    del school.schoology.objects[Kind.SECTION]["5001"]
    school.options(section_title_template="{title} {section}")

    school.run()
    school.run()

    assert set(school.schoology.objects[Kind.SECTION]) == {"5002"}
    assert school.links()["5001"][0] == "missing"


def test_09_a_username_with_a_blank_is_named_and_not_skipped_silently(school: Engine) -> None:
    school.sis.rows[Rows.STUDENTS].append(student(number="700", login="ann lee", email=""))

    run = school.run()

    (line,) = school.changes(run)
    assert (line.state, line.sis_id) == (ChangeState.BLOCKED, "student:700")
    assert line.reason == because(Code.USERNAME_NOT_VALID, username="ann lee")


def test_09_an_address_that_is_in_use_fails_that_person_only(school: Engine) -> None:
    school.sis.rows[Rows.STUDENTS] += [
        student(number="701", login="a701", email="x@d.example"),
        student(number="702", login="a702", email="y@d.example"),
    ]
    school.schoology.refuse["701"] = "The email address is already in use."

    run = school.run()

    states = {each.sis_id: (each.state, each.words) for each in school.changes(run)}
    assert states["student:701"] == (ChangeState.FAILED, "The email address is already in use.")
    assert states["student:702"][0] == ChangeState.DONE


def test_10_the_drop_of_a_dead_record_does_not_beat_the_live_one(school: Engine) -> None:
    gone = DateRange(date(2026, 9, 1), date(2026, 10, 1))
    school.sis.rows[Rows.SEATS] += [enroll("5001", "003", gone, dropped=True)]

    run = school.run()

    assert school.lines(run) == []
    assert seats(school) == 2 * CLASS


def test_10_a_second_record_that_is_refused_does_not_cost_the_person_a_class(school: Engine) -> None:
    """The old id is still served without its seats. They come under the new id, whose account cannot be made,
    for the old one has its username."""
    old = school.sis.rows[Rows.STUDENTS][0]
    school.sis.rows[Rows.STUDENTS].append(renumbered(old, "NEW"))
    school.sis.rows[Rows.SEATS] = [
        replace(each, person="student:NEW") if number_of(each) == "000" else each
        for each in school.sis.rows[Rows.SEATS]
    ]
    school.schoology.refuse["NEW"] = "The username is in use by another user."

    run = school.run()

    states = {(each.kind, each.action): each.state for each in school.changes(run)}
    assert states["user", "block"] == ChangeState.BLOCKED
    assert states["enrollment", "drop"] == ChangeState.DISCARDED
    assert seats(school) == 2 * CLASS


def test_10_who_has_an_id_keeps_it_and_the_other_one_is_blocked(school: Engine) -> None:
    twin = student(
        group=PersonGroup.STAFF, number="003", role=PersonRole.TEACHER, login="t3", email="t3@d.example"
    )
    school.sis.rows[Rows.STAFF] = [twin]

    run = school.run()

    blocked = {each.sis_id for each in school.changes(run) if each.state == ChangeState.BLOCKED}
    assert "staff:003" in blocked and "student:003" not in blocked
    assert seats(school) == 2 * CLASS


def test_11_what_someone_changed_by_hand_is_found_by_the_check(school: Engine) -> None:
    school.schoology.objects[Kind.USER]["003"]["last_name"] = "Byron"
    assert school.lines(school.run()) == []

    assert [sis_id for _, _, sis_id, _ in school.lines(school.run("drift"))] == ["student:003"]


def test_13_a_throttled_request_is_no_failure(school: Engine) -> None:
    school.sis.rows[Rows.STUDENTS].append(student(number="800", login="s800", email="s800@d.example"))
    school.schoology.script = [Throttled("slow down", retry_after=3.0)]

    run = school.run()

    assert run.state == RunState.DONE
    assert school.waits == [3.0]


def test_14_a_page_that_failed_suspends_no_one(school: Engine) -> None:
    school.sis.rows[Rows.SEATS] = school.sis.rows[Rows.SEATS][:5]
    school.sis.short[Feed.SEATS] = 55

    with pytest.raises(IncompleteRead, match="5 came"):
        school.run()

    assert seats(school) == 2 * CLASS


def test_15_a_class_of_two_sessions_with_two_teachers_is_one_section(school: Engine) -> None:
    school.options(with_co_teachers=True)
    school.sis.rows[Rows.STAFF] = [
        student(
            group=PersonGroup.STAFF, number=n, role=PersonRole.TEACHER, login=f"t{n}", email=f"t{n}@d.example"
        )
        for n in ("801", "802")
    ]
    school.sis.rows[Rows.TEACHERS] = [
        records.teacher("5001", "801"),
        records.teacher("5001", "802", primary=False),
    ]

    school.run()

    assert len(school.schoology.objects[Kind.SECTION]) == 2
    assert seats(school) == 2 * CLASS + 2


def test_16_emergency_contacts_get_no_accounts(school: Engine) -> None:
    school.options(with_guardians=True)
    person = student(
        group=PersonGroup.CONTACT, role=PersonRole.GUARDIAN, number="5", login="aunt", email="aunt@d.example"
    )
    school.sis.rows[Rows.GUARDIANS] = [person, records.link(person, "003", "C")]

    school.run()

    assert len(school.schoology.objects[Kind.USER]) == CLASS


def test_17_the_last_student_of_a_section_leaves_too(school: Engine) -> None:
    school.sis.rows[Rows.SECTIONS].append(section(key="5003", number="3", terms=("1|Q2",)))
    school.sis.rows[Rows.SEATS].append(enroll("5003", "001"))
    school.run()
    school.sis.rows[Rows.SEATS].pop()

    run = school.run()

    assert school.lines(run) == [("enrollment", "drop", "5003:student:001", "done")]


def test_a_record_that_cannot_be_read_drops_no_one(school: Engine) -> None:
    leave(school, 1)
    school.sis.rows[Rows.SEATS].append(
        BadRecord(Kind.ENROLLMENT, "5001:student:000", "1", other("The date can’t be read."))
    )

    run = school.run()

    assert [(action, state) for _, action, _, state in school.lines(run)] == [("block", "blocked")]
    assert seats(school) == 2 * CLASS
