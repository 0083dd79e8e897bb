"""One row that can't be used affects only itself, and no one it may be about is dropped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from lti_app.models import Change, ChangeState, ReviewState, Run, RunState
from lti_app.runs.words.reasons import sentence
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import other
from lti_app.school.records import BadRecord, Kind, SeatRole
from lti_app.sis.eschoolplus import codecs, decoding
from lti_app.store import access_review
from lti_app.store.access_review import ReviewTopic
from lti_app.store.audit import THE_APP
from lti_app.store.district import District
from tests.fakes import Rows
from tests.support.records import course, renumbered, seat, section, student, teacher
from tests.unit.conftest import Engine, ready

LISTS = {
    codecs.student: Rows.STUDENTS,
    codecs.staff: Rows.STAFF,
    codecs.contact: Rows.GUARDIANS,
    codecs.course: Rows.COURSES,
    codecs.section: Rows.SECTIONS,
    codecs.enrollment: Rows.SEATS,
}
ENROLLMENT = {
    "SECTION_KEY": "1001",
    "BUILDING": "1",
    "STUDENT_ID": "01001",
    "DATE_RANGES": [{"DATE_ADDED": "2026-09-01"}],
}


def make(engine: Engine) -> None:
    """Four students in the classes 1001 and 1002, two each, with a teacher."""
    rows = engine.sis.rows
    rows[Rows.STUDENTS] = [
        student(number=f"0100{n}", login=f"s{n}", email=f"s{n}@d.example", last_name=f"Okafor{n}")
        for n in (1, 2, 3, 4)
    ]
    staff = student(group=codecs.PersonGroup.STAFF, number="77", login="t77", email="t77@d.example")
    rows[Rows.STAFF] = [staff]
    rows[Rows.COURSES] = [course("1", "ALG1", "Algebra I")]
    rows[Rows.SECTIONS] = [section(key=key, terms=("1|Q2",), number=key) for key in ("1001", "1002")]
    rows[Rows.TEACHERS] = [teacher("1001"), teacher("1002")]
    rows[Rows.SEATS] = [
        seat("1001", "01001"),
        seat("1001", "01002"),
        seat("1002", "01003"),
        seat("1002", "01004"),
    ]
    engine.run()


@pytest.fixture
def school(engine: Engine) -> Engine:
    return ready(engine, make)


def night(school: Engine, number: int = 1) -> Run:
    school.today += timedelta(number)
    return school.run()


def add(school: Engine, decoder: decoding.Decoder, raw: Any) -> None:
    """A raw row at the end of a list, instead of the one with the same key."""
    rows = school.sis.rows[LISTS[decoder]]  # type: ignore[index]
    for each in decoding.decode(decoder, raw):
        key = getattr(each, "key", None)
        rows[:] = [row for row in rows if getattr(row, "key", None) != key]
        rows.append(each)


def remove_seat(school: Engine, number: str) -> None:
    seats = school.sis.rows[Rows.SEATS]
    seats[:] = [each for each in seats if getattr(each, "person", "") != f"student:{number}"]


def in_classes(school: Engine) -> set[str]:
    """`section:number` of every student's seat that Schoology has."""
    return {key.replace("student:", "") for key, (state, _) in school.links().items() if _is_seat(key, state)}


def _is_seat(key: str, state: str) -> bool:
    return ":student:" in key and state == "owned"


def blocked(school: Engine, run: Run) -> list[Change]:
    return [each for each in school.changes(run) if each.state == ChangeState.BLOCKED]


def words(change: Change) -> str:
    return sentence(change.reason)


EVERYBODY = {"1001:01001", "1001:01002", "1002:01003", "1002:01004"}


def test_the_district_is_as_the_tests_say(school: Engine) -> None:
    assert in_classes(school) == EVERYBODY
    assert school.lines(night(school)) == []


@pytest.mark.parametrize(
    ("raw", "stays"),
    [
        (None, EVERYBODY),
        ({**ENROLLMENT, "STUDENT_ID": None}, EVERYBODY - {"1002:01003"}),
        ({**ENROLLMENT, "STUDENT_ID": {"a": 1}}, EVERYBODY - {"1002:01003"}),
        ({**ENROLLMENT, "SECTION_KEY": "ten"}, EVERYBODY - {"1002:01003"}),
        ({**ENROLLMENT, "DATE_RANGES": [None]}, EVERYBODY - {"1002:01003"}),
        ({**ENROLLMENT, "DATE_RANGES": [{"DATE_ADDED": "0001-01-01"}]}, EVERYBODY - {"1002:01003"}),
        (
            {**ENROLLMENT, "DATE_RANGES": [{"DATE_ADDED": "2026-09-01", "DATE_DROPPED": "1900-01-01"}]},
            EVERYBODY - {"1002:01003"},
        ),
        (
            {**ENROLLMENT, "DATE_RANGES": [{"DATE_ADDED": "2026-09-09", "DATE_DROPPED": "2026-09-01"}]},
            EVERYBODY - {"1002:01003"},
        ),
        ({**ENROLLMENT, "STUDENT_ID": "1001"}, EVERYBODY - {"1002:01003"}),
        ({**ENROLLMENT, "STUDENT_ID": " 01001\u200b"}, EVERYBODY - {"1002:01003"}),
        ({**ENROLLMENT, "STUDENT_ID": "01001\x00"}, EVERYBODY - {"1002:01003"}),
        ({**ENROLLMENT, "SECTION_KEY": 9001}, EVERYBODY - {"1002:01003"}),
    ],
)
def test_a_row_that_may_be_somebodys_keeps_them(school: Engine, raw: Any, stays: set[str]) -> None:
    """Student 01001's row is broken on the night on which 01003 leaves."""
    remove_seat(school, "01001")
    remove_seat(school, "01003")
    add(school, codecs.enrollment, raw)

    run = night(school)

    assert in_classes(school) == stays
    assert run.state == RunState.DONE_WITH_PROBLEMS
    (line,) = blocked(school, run)
    assert line.kind == Kind.ENROLLMENT and len(words(line)) < 400


def test_a_whole_number_with_a_point_is_that_number(school: Engine) -> None:
    remove_seat(school, "01001")
    add(school, codecs.enrollment, {**ENROLLMENT, "SECTION_KEY": 1001.0})

    assert school.lines(night(school)) == []


def test_a_probable_typing_error_is_named(school: Engine) -> None:
    remove_seat(school, "01001")
    add(school, codecs.enrollment, {**ENROLLMENT, "STUDENT_ID": "1001"})

    (line,) = blocked(school, night(school))

    assert line.reason.code == Code.ROW_PROBABLY_MEANS
    assert "“student 1001”" in words(line) and "“student 01001”" in words(line)


def test_a_row_waits_after_three_nights_until_it_is_ignored(school: Engine) -> None:
    remove_seat(school, "01001")
    add(school, codecs.enrollment, None)
    district = District(school.session, 1)
    states = []
    for _ in range(4):
        night(school)
        states += [each.state for each in access_review.entries(district, ReviewTopic.ROW)]
    assert states == [ReviewState.COUNTING] * 2 + [ReviewState.WAITING] * 2
    assert "1001:01001" in in_classes(school)

    (entry,) = access_review.entries(district)
    access_review.decide(district, entry, ReviewState.IGNORED, THE_APP)
    run = night(school)

    assert in_classes(school) == EVERYBODY - {"1001:01001"}
    (line,) = blocked(school, run)
    assert "ignore this row" in words(line)


def test_a_row_that_was_corrected_leaves_the_list(school: Engine) -> None:
    add(school, codecs.enrollment, None)
    night(school)
    assert len(access_review.entries(District(school.session, 1))) == 1

    school.sis.rows[Rows.SEATS].pop()
    night(school)

    assert access_review.entries(District(school.session, 1)) == []


def test_someone_known_as_gone_keeps_no_one(school: Engine) -> None:
    """The SIS lists them as inactive, and left their class open."""
    school.sis.rows[Rows.STUDENTS].append(student(number="500", active=False))
    school.sis.rows[Rows.SEATS].append(seat("1001", "500"))
    remove_seat(school, "01001")

    night(school)

    assert "1001:01001" not in in_classes(school)


@pytest.mark.parametrize("same", [True, False])
def test_equal_rows_are_one_and_others_contradict(school: Engine, same: bool) -> None:
    row = school.sis.rows[Rows.STUDENTS][0]
    school.sis.rows[Rows.STUDENTS].append(row if same else replace(row, last_name="Other"))

    lines = blocked(school, night(school))

    assert [each.reason.code for each in lines] == ([] if same else [Code.ROWS_CONTRADICT])
    if lines:
        assert "“Okafor1, Mei” and “Other, Mei”" in words(lines[0])


def test_equal_rows_of_a_section_are_one(school: Engine) -> None:
    school.sis.rows[Rows.SECTIONS].append(school.sis.rows[Rows.SECTIONS][0])

    assert school.lines(night(school)) == []


def test_rows_that_differ_only_in_their_school_are_one_account(school: Engine) -> None:
    new = student(number="9", login="nine", email="nine@d.example")
    school.sis.rows[Rows.STUDENTS] += [new, replace(new, main_building="2", other_buildings=("1",))]

    run = night(school)

    assert school.lines(run) == [("user", "create", "student:9", "done")]


BadField = Callable[[Any], Any]


@pytest.mark.parametrize(
    "change",
    [
        {"email": "none"},
        {"login": ""},
        {"login": "a b"},
        {"graduation_year": 99999},
        {"bad_fields": (("graduation_year", "SPED"),), "graduation_year": None},
        {"bad_fields": (("email", "[null]"),), "email": ""},
        {"first_name": "\u200b"},
        {"last_name": ""},
        {"login": "", "email": "n/a"},
    ],
)
def test_whatever_is_wrong_with_someone_they_are_moved(school: Engine, change: dict[str, Any]) -> None:
    """Their account keeps every way in."""
    before = dict(school.schoology.objects[Kind.USER]["01001"])
    school.sis.rows[Rows.STUDENTS][0] = replace(school.sis.rows[Rows.STUDENTS][0], **change)
    remove_seat(school, "01001")
    school.sis.rows[Rows.SEATS].append(seat("1002", "01001"))

    night(school)

    assert in_classes(school) == (EVERYBODY - {"1001:01001"}) | {"1002:01001"}
    after = school.schoology.objects[Kind.USER]["01001"]
    assert [after[name] for name in ("username", "email")] == [before[name] for name in ("username", "email")]
    assert school.lines(night(school)) == [] or "name" in next(iter(change))


def test_no_one_leaves_for_a_class_that_cannot_be_used(school: Engine) -> None:
    """Its row is unreadable tonight; someone else leaves school."""
    bad = BadRecord(Kind.SECTION, "1003", "1", other("SESSIONS[0] isn’t an object."))
    school.sis.rows[Rows.SECTIONS].append(bad)
    remove_seat(school, "01001")
    remove_seat(school, "01003")
    school.sis.rows[Rows.SEATS].append(seat("1003", "01001"))

    night(school)

    assert in_classes(school) == EVERYBODY - {"1002:01003"}


def test_a_null_row_of_a_student_keeps_their_account_and_moves_them(school: Engine) -> None:
    school.sis.rows[Rows.STUDENTS][0] = decoding.decode(codecs.student, None)[0]
    remove_seat(school, "01001")
    school.sis.rows[Rows.SEATS].append(seat("1002", "01001"))

    run = night(school)

    assert in_classes(school) == (EVERYBODY - {"1001:01001"}) | {"1002:01001"}
    assert not [each for each in school.changes(run) if each.action == "release"]


def test_a_cleaned_name_says_so_and_the_next_night_is_quiet(school: Engine) -> None:
    new = student(number="9", login="nine", email="nine@d.example", last_name="Lee\ud83d\u202e\x00\r\n")
    school.sis.rows[Rows.STUDENTS].append(new)

    run = night(school)

    (line,) = school.changes(run)
    assert (line.state, line.label, line.reason.code) == (ChangeState.DONE, "Lee, Mei", Code.TEXT_CLEANED)
    assert "\\ud83d" in words(line)
    assert school.lines(night(school)) == []


def test_a_name_that_cannot_be_seen_is_an_empty_name(school: Engine) -> None:
    school.sis.rows[Rows.STUDENTS].append(student(number="9", login="nine", email="", first_name="\u200b"))

    (line,) = blocked(school, night(school))

    assert "first name is empty" in words(line)


def test_names_that_are_spelled_in_other_characters_are_no_update(school: Engine) -> None:
    """What an older version applied without cleaning stays as it is."""
    first = school.sis.rows[Rows.STUDENTS][0]
    school.sis.rows[Rows.STUDENTS][0] = replace(first, last_name="Nun\u0303ez")
    night(school)
    for number, name in enumerate(("Nu\u00f1ez", "Nun\u0303ez", "Nu\u00f1ez\u200b")):
        school.sis.rows[Rows.STUDENTS][0] = replace(first, last_name=name)
        assert school.lines(night(school)) == [], number


def test_a_bad_record_of_any_sis_is_kept_in_both_databases(school: Engine) -> None:
    bad = BadRecord(Kind.ENROLLMENT, "\x00", "1\ud83d", other("Bad \x00"), role=SeatRole.STUDENT)
    school.sis.rows[Rows.SEATS].append(bad)
    school.sis.rows[Rows.STUDENTS].append(renumbered(school.sis.rows[Rows.STUDENTS][0], "8\x00", login="b"))

    assert len(blocked(school, night(school))) == 2
