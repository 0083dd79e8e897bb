"""Courses, sections and enrollments."""

from __future__ import annotations

from datetime import date

import pytest

from lti_app.school.reason_codes import Code
from lti_app.school.reasons import because
from lti_app.school.records import Course, DateRange, Enrollment, mark_session
from lti_app.sync import rules
from tests.support.records import building, context, section, session


def course(**changes: object) -> Course:
    return Course(**{"building": "1", "code": "ALG1", "title": "Algebra I", **changes})  # type: ignore[arg-type]


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


def test_a_course_of_an_unticked_building_is_out() -> None:
    verdict = rules.course(course(), context(buildings={"1": building(for_courses=False)}))

    assert verdict is not None and verdict.state == "out"


def test_a_template_that_gives_nothing_is_blocked() -> None:
    verdict = rules.course(course(), context(course_code_template="{department}"))

    assert verdict is not None and verdict.state == "blocked"
    assert verdict.reason == because(Code.TEMPLATE_EMPTY, tab="Courses", field="code", kind="course")


def test_a_section_takes_the_grading_periods_of_its_mapped_terms() -> None:
    verdict, teacher = rules.section(section(), context())

    assert verdict.payload == {
        "section_school_code": "5001",
        "section_code": "ALG1-2",
        "title": "Algebra I",
        "grading_period_ids": ["gp1", "gp2"],
    }
    assert (teacher.person, teacher.payload) == ("staff:77", {"admin": True})


def test_a_section_whose_terms_are_unmapped_is_left_out_naming_them() -> None:
    verdict = rules.section(section(sessions=(session(marking_periods=("Q3",)),)), context())[0]

    assert verdict.state == "out"
    assert verdict.reason.code == Code.TERMS_NOT_MAPPED and verdict.reason.values["periods"] == "Q3"


def test_a_section_whose_terms_are_over_is_frozen() -> None:
    verdict = rules.section(section(sessions=(session(marking_periods=("Q1",)),)), context())[0]

    assert verdict.state == "out"
    assert verdict.reason == because(Code.TERMS_ENDED, day=date(2026, 10, 16))


def test_two_sessions_are_one_section_led_by_the_mark_receiving_one() -> None:
    lab = session(number=1, receives_marks=False, marking_periods=("Q1",), primary_staff="88")
    lecture = session(number=2, primary_staff="77")
    verdicts = rules.section(section(sessions=(lab, lecture)), context())

    assert mark_session(section(sessions=(lab, lecture))) == lecture
    assert [(each.person, each.state) for each in verdicts[1:]] == [("staff:77", "ok"), ("staff:88", "out")]


def test_co_teachers_join_only_by_option() -> None:
    crowded = section(sessions=(session(co_staff=("88",)),))

    assert [each.state for each in rules.section(crowded, context())] == ["ok", "ok", "out"]
    assert [each.state for each in rules.section(crowded, context(with_co_teachers=True))] == ["ok"] * 3


def test_a_section_without_teacher_is_still_a_section() -> None:
    assert len(rules.section(section(sessions=(session(primary_staff=""),)), context())) == 1


def test_a_section_without_session_is_blocked() -> None:
    assert rules.section(section(sessions=()), context())[0].state == "blocked"


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
    seat = Enrollment("5001", "1", "0012", False, (DateRange(added, dropped),))

    assert (rules.enrollment(seat, context()) is not None) is inside


def test_a_return_after_a_drop_counts() -> None:
    ranges = (DateRange(date(2026, 8, 17), date(2026, 9, 1)), DateRange(date(2026, 10, 1)))
    verdict = rules.enrollment(Enrollment("5001", "1", "0012", False, ranges), context())

    assert verdict is not None and verdict.sis_id == "5001:student:0012"


def test_a_dropped_status_wins_over_an_open_range() -> None:
    seat = Enrollment("5001", "1", "0012", True, (DateRange(date(2026, 8, 17)),))

    assert rules.enrollment(seat, context()) is None
