"""Courses, sections and enrollments."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.records import DateRange, SeatRole
from lti_app.sync import rules
from tests.support.records import building, context, course, seat, section, teacher


def test_a_course_code_carries_its_building() -> None:
    verdict = rules.course(course(), context())

    assert verdict is not None and verdict.payload is not None
    assert verdict.payload["code"] == "1-ALG1"
    assert verdict.natural_key == "1-ALG1"


def test_a_course_without_title_is_blocked() -> None:
    verdict = rules.course(course(title=""), context())

    assert verdict is not None and verdict.state == "blocked"
    assert verdict.reason == because(Code.COURSE_TITLE_EMPTY)


def test_an_inactive_course_is_no_row() -> None:
    assert rules.course(course(active=False), context()) is None


def test_a_course_of_an_not_selected_building_is_out() -> None:
    verdict = rules.course(course(), context(buildings={"1": building(for_courses=False)}))

    assert verdict is not None and verdict.state == "out"


def test_a_template_that_gives_nothing_is_blocked() -> None:
    verdict = rules.course(course(), context(course_code_template="{department}"))

    assert verdict is not None and verdict.state == "blocked"
    assert verdict.reason == because(Code.TEMPLATE_EMPTY, tab="Courses", field="code", kind="course")


def test_a_section_takes_the_grading_periods_of_its_mapped_terms() -> None:
    verdict = rules.section(section(), context())

    assert verdict.payload == {
        "section_school_code": "5001",
        "section_code": "ALG1-2",
        "title": "Algebra I",
        "grading_period_ids": ["gp1", "gp2"],
    }


def test_a_section_whose_terms_are_unmapped_is_left_out_naming_them() -> None:
    verdict = rules.section(section(terms=("1|Q3",)), context())

    assert verdict.state == "out"
    assert verdict.reason.code == Code.TERMS_NOT_MAPPED and verdict.reason.values["periods"] == "Q3"


def test_a_section_whose_terms_are_over_is_frozen() -> None:
    verdict = rules.section(section(terms=("1|Q1",)), context())

    assert verdict.state == "out"
    assert verdict.reason == because(Code.TERMS_ENDED, day=date(2026, 10, 16))


def test_a_teacher_teaches_the_section() -> None:
    verdict = rules.seat(teacher(), context())

    assert verdict is not None
    assert (verdict.sis_id, verdict.building, verdict.payload) == ("5001:staff:77", "1", {"admin": True})


def test_co_teachers_join_only_by_option() -> None:
    other = teacher(number="88", primary=False)
    off, on = rules.seat(other, context()), rules.seat(other, context(with_co_teachers=True))

    assert off is not None and on is not None
    assert (off.state, on.state) == ("out", "ok")


def test_a_teacher_whose_days_are_over_is_in_no_section() -> None:
    ended = teacher(ranges=(DateRange(date(2026, 8, 17), date(2026, 11, 22)),))

    assert rules.seat(ended, context()) is None


def test_who_neither_learns_nor_teaches_gets_no_seat() -> None:
    assert rules.seat(teacher(role=SeatRole.OTHER), context()) is None


def test_a_section_without_term_is_blocked() -> None:
    assert rules.section(section(terms=()), context()).state == "blocked"


@pytest.mark.parametrize(
    ("added", "dropped", "inside"),
    [
        (date(2026, 11, 23), None, True),
        (date(2026, 11, 24), None, False),
        (date(2026, 8, 17), date(2026, 11, 23), True),
        (date(2026, 8, 17), date(2026, 11, 22), False),
    ],
)
def test_only_ranges_open_today_count(added: date, dropped: date | None, inside: bool) -> None:
    found = rules.seat(seat("5001", "0012", DateRange(added, dropped)), context())

    assert (found is not None) is inside


def test_a_return_after_a_drop_counts() -> None:
    ranges = (DateRange(date(2026, 8, 17), date(2026, 9, 1)), DateRange(date(2026, 10, 1)))
    verdict = rules.seat(seat("5001", "0012", *ranges), context())

    assert verdict is not None and verdict.sis_id == "5001:student:0012"


def test_a_seat_without_any_range_is_nobodys() -> None:
    assert rules.seat(replace(seat("5001", "0012"), ranges=()), context()) is None
