"""Whatever a server of eSchoolPLUS sends as rows becomes records or told faults, and never a crash."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_app.runs.words import sentence
from lti_app.school.reasons import because
from lti_app.school.records import BadRecord, Person, Seat, Section
from lti_app.school.row_codes import RowCode
from lti_app.sis.eschoolplus import codecs, decoding, gradebook_codecs, wire
from lti_app.sis.eschoolplus.cells import day, decimal_or_none, flag, number, text
from lti_app.sis.eschoolplus.columns import COLUMNS, ROW_TYPES
from lti_app.sis.eschoolplus.reading import UnreadableRow
from lti_app.sis.eschoolplus.words import EschoolCode, failed
from lti_app.sis.rows import CELL, CELLS, Columns, Row, RowType

STUDENT = {"STUDENT_ID": " 12 ", "FIRST_NAME": "Ada", "LAST_NAME": "L", "BUILDING": 10, "CURRENT_STATUS": "A"}
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=30)
    | st.sampled_from(["Y", "N", "7", " 12 ", "2026-11-30", "12.50", "1_0", "٣", "\ufeff5", "\x00"]),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=6,
)


def rows_of(columns: Columns) -> st.SearchStrategy[Any]:
    """Objects with the right columns and anything in them."""
    inside = {
        name: ANYTHING if kind in (CELL, CELLS) else ANYTHING | st.lists(rows_of(kind), max_size=2)
        for name, kind in columns.items()
    }
    return st.fixed_dictionaries({}, optional=inside)


def raw(row: Any) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(row).encode())


@pytest.mark.parametrize("decoder", sorted(decoding.TYPES, key=lambda each: each.__name__))
@given(data=st.data())
def test_any_row_of_a_feed_is_records_or_one_bad_record(
    decoder: decoding.Decoder, data: st.DataObject
) -> None:
    columns = decoding.TYPES[decoder].columns
    row = data.draw(rows_of(columns) | ANYTHING)

    for each in (raw(row), row):
        found = decoding.decode(decoder, each)
        bad = [record for record in found if isinstance(record, BadRecord)]
        assert not bad or len(found) == 1
        for record in bad:
            assert record.reason and len(sentence(record.reason)) < 30_000
            f"{record.key} {record.building} {sentence(record.reason)}".encode()


@pytest.mark.parametrize("call", [wire.GRADEBOOK_SETTINGS, wire.ASSIGNMENTS, wire.SCORES, wire.AVERAGES])
@given(data=st.data())
def test_any_row_of_a_gradebook_is_a_value_or_told(call: str, data: st.DataObject) -> None:
    decode = {
        wire.GRADEBOOK_SETTINGS: gradebook_codecs.settings,
        wire.ASSIGNMENTS: gradebook_codecs.assignment,
        wire.SCORES: gradebook_codecs.score,
        wire.AVERAGES: gradebook_codecs.average,
    }[call]
    row = ROW_TYPES[call].read(raw(data.draw(rows_of(COLUMNS[call]))))

    assert decode(row) is not None
    sentence(row.told()).encode()


def test_every_fault_of_a_row_is_told_in_one_bad_record() -> None:
    row = {**STUDENT, "FIRST_NAME": ["Ada"], "GRADUATION_YEAR": "soon", "CONTACTS": [{"EMAIL": True}]}

    (found,) = decoding.decode(codecs.student, raw(row))

    assert isinstance(found, BadRecord)
    assert (found.key, found.building, found.group) == ("student:12", "10", "student")
    assert sentence(found.reason) == (
        "FIRST_NAME is “['Ada']”, which isn’t text or a number. Correct it in the SIS. "
        "CONTACTS[0].EMAIL is “True”, which isn’t text or a number. Correct it in the SIS. "
        "GRADUATION_YEAR is “soon”, which isn’t a whole number. Correct it in the SIS."
    )


@pytest.mark.parametrize(
    ("value", "born"),
    [("2011-03-04", date(2011, 3, 4)), ("2011-03-04T00:00:00", date(2011, 3, 4))]
    + [(each, None) for each in (None, "", "1900-01-01", "04.03.2011", 20110304, {"a": 1}, "2011-03-04\x00")],
)
def test_a_birth_date_is_read_and_never_told(value: Any, born: date | None) -> None:
    (person,) = decoding.decode(codecs.student, {**STUDENT, "BIRTHDATE": value})
    (bad,) = decoding.decode(codecs.student, {**STUDENT, "BIRTHDATE": value, "FIRST_NAME": {}})

    assert isinstance(person, Person) and (person.birth_date, person.bad_fields) == (born, ())
    assert isinstance(bad, BadRecord) and "2011" not in sentence(bad.reason)


def test_a_sound_row_is_a_person_with_trimmed_cells() -> None:
    (found,) = decoding.decode(codecs.student, raw({**STUDENT, "LAST_NAME": "\ufeff Lovelace\u00a0"}))

    assert isinstance(found, Person)
    assert (found.key, found.last_name, found.main_building) == ("student:12", "Lovelace", "10")


@pytest.mark.parametrize("sessions", [None, []])
def test_a_section_without_sessions_is_a_section_without_terms(sessions: Any) -> None:
    row = {"SECTION_KEY": 7, "SCHOOL_YEAR": 2027, "BUILDING": 10, "COURSE": "ALG1", "SESSIONS": sessions}

    (found,) = decoding.decode(codecs.section, raw(row))

    assert isinstance(found, Section)
    assert (found.key, found.terms, found.session) == ("7", (), 1)


def test_days_of_a_seat_are_read_strictly() -> None:
    seat = {"SECTION_KEY": 7, "STUDENT_ID": "1", "DATE_RANGES": [{"DATE_ADDED": "2026-08-24T00:00:00"}]}
    (found,) = decoding.decode(codecs.enrollment, raw(seat))
    assert isinstance(found, Seat)
    assert found.ranges[0].added == date(2026, 8, 24)

    (bad,) = decoding.decode(codecs.enrollment, raw({**seat, "DATE_RANGES": [{"DATE_ADDED": "8/24/26"}, {}]}))
    assert isinstance(bad, BadRecord)
    told = sentence(bad.reason)
    assert "DATE_RANGES[0].DATE_ADDED is “8/24/26”, which isn’t a date." in told
    assert "DATE_RANGES[1].DATE_ADDED is empty." in told


ONE = RowType("One", {"X": CELL})


def one(value: Any) -> Row:
    return ONE.read(raw({"X": value}))


@pytest.mark.parametrize("value", ["1_0", "٣", "１２", "1.0", "0x1", "--1", "9" * 19, "", " ", "nan", 1.5])
def test_only_plain_digits_are_a_whole_number(value: Any) -> None:
    row = one(value)
    number(row, "X")

    assert row.is_faulty("X")


@pytest.mark.parametrize(("value", "found"), [(" 7 ", 7), (-3, -3), ("-3", -3), ("007", 7)])
def test_whole_numbers_may_be_padded(value: Any, found: int) -> None:
    row = one(value)

    assert (number(row, "X"), row.faults) == (found, [])


@pytest.mark.parametrize("value", ["1_0", "٣", "Infinity", "NaN", "abc", "1e99999", "1,5"])
def test_only_a_finite_decimal_is_a_number(value: str) -> None:
    row = one(value)

    assert decimal_or_none(row, "X") is None
    assert row.is_faulty("X")


@pytest.mark.parametrize(("value", "found"), [("12.50", "12.50"), (12.5, "12.5"), ("", None), (None, None)])
def test_a_number_keeps_its_decimals_and_an_empty_cell_is_none(value: Any, found: str | None) -> None:
    row = one(value)

    assert (decimal_or_none(row, "X"), row.faults) == (Decimal(found) if found else None, [])


def test_a_text_that_no_database_keeps_is_a_fault() -> None:
    row = one("a\x00b")
    text(row, "X")

    assert sentence(row.told()).startswith("X is “a\\x00b”, which has broken characters.")


@pytest.mark.parametrize(("read", "stand_in"), [(day, date.max), (flag, False), (number, 0)])
def test_a_faulty_cell_gives_a_stand_in_and_its_fault_once(read: Any, stand_in: Any) -> None:
    row = one("?")

    assert [read(row, "X"), read(row, "X")] == [stand_in, stand_in]
    assert len(row.faults) == 1


def test_settings_that_the_wire_leaves_empty_are_unknown_and_not_zero() -> None:
    empty = {"SECTION_KEY": 7, "ROUND_TRUNC": "", "CATEGORIES": [{"SESSION": 1, "CATEGORY": "HW"}]}

    found = gradebook_codecs.settings(ROW_TYPES[wire.GRADEBOOK_SETTINGS].read(raw(empty)))

    assert (found.total_points, found.truncates) == (None, None)
    (category,) = found.categories
    assert (category.weight, category.drop_lowest, category.exclude_missing) == (None, None, None)


def test_an_assignment_without_points_is_unreadable_and_not_worth_nothing() -> None:
    row = {"COURSE_SESSION": 1, "SCHOOLOGY_ID": "7", "DUE_DATE": "2026-11-30", "ASMT_NUMBER": "3"}

    found = gradebook_codecs.assignment(ROW_TYPES[wire.ASSIGNMENTS].read(raw(row)))

    assert (found.item_id, found.number) == ("7", "3")
    assert found.unreadable == because(RowCode.CELL_EMPTY, column="POINTS")


def test_an_error_about_a_row_keeps_its_codes_and_logs_no_value() -> None:
    row = one("a\x00b")
    text(row, "X")

    error = failed(UnreadableRow, EschoolCode.ROW_UNREADABLE, name="buildings", words=row.faulty())

    assert str(error) == "A row of buildings couldn’t be read: check X."
    assert "X is “a\\x00b”, which has broken characters." in sentence(error.reason)
