"""The seeded district is believable, repeatable and says what was planted."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.district.records import District, Session, school_year_of

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def district() -> District:
    return make_district(3000, seed=5, as_of=TODAY)


def test_the_same_seed_gives_the_same_district(district: District) -> None:
    again = make_district(3000, seed=5, as_of=TODAY)
    assert again == district
    assert make_district(3000, seed=6, as_of=TODAY).students != district.students


@pytest.mark.parametrize(("students", "buildings"), [(1, 1), (40, 1), (300, 4), (500, 5), (13000, 20)])
def test_the_number_of_buildings_follows_the_number_of_students(students: int, buildings: int) -> None:
    made = make_district(students, seed=1, as_of=TODAY)
    assert len(made.students) == students
    assert sum(not row.out_of_district for row in made.buildings.values()) == buildings


def test_a_chosen_number_of_buildings_is_kept() -> None:
    assert len(make_district(100, seed=1, buildings=12, as_of=TODAY).buildings) == 13


@pytest.mark.parametrize(("students", "buildings"), [(0, None), (10, 0), (10, 151)])
def test_impossible_sizes_are_refused(students: int, buildings: int | None) -> None:
    with pytest.raises(ValueError, match="a district"):
        make_district(students, seed=1, buildings=buildings)


def test_school_year_turns_on_the_first_of_july() -> None:
    assert (school_year_of(date(2026, 6, 30)), school_year_of(date(2026, 7, 1))) == (2026, 2027)


def test_today_lies_in_the_second_quarter_of_every_track(district: District) -> None:
    assert {row.school_year for row in district.terms} == {2027}
    assert {row.track for row in district.terms} == {"R", "Y"}
    running = {row.marking_period for row in district.terms if row.start <= TODAY <= row.end}
    assert running == {"YR", "S1", "M2"}


def test_names_of_terms_differ_between_buildings(district: District) -> None:
    names = {row.description for row in district.terms if row.marking_period == "M2"}
    assert len(names) > 1


def test_every_student_has_a_full_day_and_no_two_classes_in_one_period(district: District) -> None:
    periods: dict[str, list[tuple[str, str]]] = {}
    extra = set(district.planted["modeled"]) | set(district.planted["student_in_two_buildings"])
    for row in district.all_enrollments():
        session = district.sections[row.section_key].sessions[0]
        if row.key not in extra and row.student_id not in extra:
            periods.setdefault(row.student_id, []).append((session.period, session.marking_periods[0]))
    counts = Counter(len(places) for places in periods.values())
    assert set(counts) - {1} == {6, 7, 8}
    assert all(len(set(places)) == len(places) for places in periods.values())


def test_no_teacher_has_two_classes_at_once(district: District) -> None:
    hours: set[tuple[str, str, str]] = set()
    for session in _sessions(district):
        teacher = session.primary_staff_id
        for period in session.marking_periods:
            hour = (teacher, session.period, period)
            assert hour not in hours or teacher == "0"
            hours.add(hour)


def _sessions(district: District) -> list[Session]:
    extra = set(district.planted["two_sessions"])
    return [row.sessions[0] for key, row in district.sections.items() if str(key) not in extra]


def test_keys_refer_to_rows_that_exist(district: District) -> None:
    for section in district.sections.values():
        assert (section.building, section.course) in district.courses
        assert all(session.primary_staff_id in district.staff for session in section.sessions)
    ghosts = {row.student_id for row in district.all_enrollments() if row.student_id not in district.students}
    assert ghosts == {"999999"}
    ties = {tie.student_id for row in district.contacts.values() for tie in row.students}
    assert ties <= set(district.students)


def test_a_course_code_has_other_names_in_other_buildings(district: District) -> None:
    titles: dict[str, set[str]] = {}
    for row in district.courses.values():
        titles.setdefault(row.course, set()).add(row.description)
    assert any(len(names) > 1 for names in titles.values())


def test_columns_fit_their_widths(district: District) -> None:
    assert all(len(key) <= 10 for key in district.students)
    assert all(len(row.staff_id) <= 10 and len(row.login_id) <= 20 for row in district.staff.values())
    assert all(len(row.course) <= 10 and len(row.description) <= 30 for row in district.courses.values())
    assert all(len(row.abbreviation) <= 10 for row in district.buildings.values())


def test_shares_of_the_unusual_are_those_of_real_districts(district: District) -> None:
    planted, sections = district.planted, len(district.sections)
    rows = len(district.all_enrollments())
    assert 0.003 < len(planted["two_sessions"]) / sections < 0.015
    assert 0.02 < len(planted["co_teacher"]) / sections < 0.06
    assert 0.007 < len(planted["returned"]) / rows < 0.02
    teachers = sum(any(place.is_teacher for place in row.buildings) for row in district.staff.values())
    assert 10 < len(district.students) / teachers < 18


def test_every_kind_of_trap_is_planted_and_countable(district: District) -> None:
    assert {trap for trap, ids in district.planted.items() if ids} >= {
        *("student_without_email", "username_with_space", "shared_id", "duplicate_email", "zero_filled_id"),
        *("inactive_student", "graduated_student", "inactive_course", "course_without_title", "dummy_staff"),
        *("staff_without_email", "out_of_district_building", "section_without_term_dates", "two_sessions"),
        *("co_teacher", "dropped", "returned", "ended", "modeled", "enrollment_of_unknown_student"),
        *(
            "staff_in_several_buildings",
            "guardian_of_several",
            "guardian_is_staff",
            "section_without_teacher",
        ),
        *("out_of_district_student", "student_in_two_buildings"),
    }


def test_planted_lists_name_exactly_the_bad_rows(district: District) -> None:
    planted, students = district.planted, district.students
    assert set(planted["student_without_email"]) == {key for key, row in students.items() if not row.email}
    spaced = {key for key, row in students.items() if " " in row.login_id}
    assert set(planted["username_with_space"]) == spaced
    assert set(planted["inactive_student"]) == {key for key, row in students.items() if row.status == "I"}
    assert set(planted["shared_id"]) == set(students) & set(district.staff)
    mails = Counter(row.email for row in students.values() if row.email)
    twice = {key for key, row in students.items() if row.email and mails[row.email] > 1}
    assert set(planted["duplicate_email"]) == twice
    nobody = {key for key, row in district.staff.items() if not row.email and key != "0"}
    assert set(planted["staff_without_email"]) == nobody


def test_planted_lists_name_exactly_the_bad_classes(district: District) -> None:
    planted = district.planted
    untitled = {f"{b}|{c}" for (b, c), row in district.courses.items() if not row.description}
    assert set(planted["course_without_title"]) == untitled
    tracks = {(row.building, row.track) for row in district.terms}
    undated = {str(key) for key, row in district.sections.items() if (row.building, row.track) not in tracks}
    assert set(planted["section_without_term_dates"]) == undated
    modeled = {row.key for row in district.all_enrollments() if row.modeled}
    assert set(planted["modeled"]) == modeled
    several = {row.key for row in district.all_enrollments() if len(row.ranges) > 1}
    assert set(planted["returned"]) == several
    vacant = {str(key) for key, row in district.sections.items() if row.sessions[0].primary_staff_id == "0"}
    assert set(planted["section_without_teacher"]) == vacant


def test_whoever_is_gone_is_dropped_everywhere(district: District) -> None:
    gone = {*district.planted["inactive_student"], *district.planted["graduated_student"]}
    assert not [row for row in district.all_enrollments() if row.student_id in gone and row.open_on(TODAY)]
