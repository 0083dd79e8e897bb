"""The facts of rosters, whatever the SIS: who is named is there, and everybody is there once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from lti_app.school.records import (
    BadRecord,
    Course,
    GuardianLink,
    Person,
    PersonRole,
    Seat,
    SeatRole,
    Section,
)
from lti_app.sis.port import Feed
from tests.contract.rigs import Rig


def rows(rig: Rig, feed: Feed, kind: type, key: str = "") -> list[Any]:
    """The records of a kind in a feed that is whole."""
    reading = rig.sis.read(feed, key)
    found = [each for page in reading for each in page]
    assert reading.complete() is not None
    return [each for each in found if isinstance(each, kind)]


@pytest.mark.parametrize(
    ("feed", "kind"), [(Feed.PEOPLE, Person), (Feed.COURSES, Course), (Feed.SECTIONS, Section)]
)
def test_every_key_comes_once_and_is_trimmed(rig: Rig, feed: Feed, kind: type) -> None:
    keys = [each.key for each in rows(rig, feed, kind)]

    assert keys and all(each and each == each.strip() for each in keys)
    assert max(Counter(keys).values()) == 1


def test_a_person_has_a_name_an_id_and_roles_of_the_port(rig: Rig) -> None:
    people = rows(rig, Feed.PEOPLE, Person)

    assert all(each.sis_id and each.first_name and each.last_name for each in people)
    assert all(each.roles and each.roles <= set(PersonRole) for each in people)
    several = [each.key for each in people if len(each.roles) > 1]
    assert several == rig.of_two_roles


def test_buildings_and_terms_belong_together(rig: Rig) -> None:
    buildings = {each.sis_id for each in rig.sis.buildings()}
    terms = rig.sis.terms()
    keys = [each.key for each in terms]

    assert buildings and all(each for each in buildings)
    assert keys and len(set(keys)) == len(keys)
    assert all(each.name and each.start <= each.end for each in terms)
    assert all(set(each.buildings) <= buildings for each in terms)
    assert all(not each.parent or each.parent in keys for each in terms)


def test_a_section_names_a_course_a_school_and_terms_that_are_there(rig: Rig) -> None:
    courses = {each.key for each in rows(rig, Feed.COURSES, Course)}
    buildings = {each.sis_id for each in rig.sis.buildings()}
    terms = {each.key for each in rig.sis.terms()}
    sections = rows(rig, Feed.SECTIONS, Section)

    assert {each.course for each in sections} <= courses
    assert {each.building for each in sections} <= buildings
    assert {key for each in sections for key in each.terms} <= terms | rig.dangling
    assert any(each.terms for each in sections)


def test_a_seat_names_a_section_and_a_person_who_are_there(rig: Rig) -> None:
    people = {each.key: each for each in rows(rig, Feed.PEOPLE, Person)}
    sections = {each.key for each in rows(rig, Feed.SECTIONS, Section)}
    seats = rows(rig, Feed.SEATS, Seat)

    assert {each.section for each in seats} <= sections
    assert {each.person for each in seats} <= people.keys() | rig.dangling
    assert {each.role for each in seats} >= {SeatRole.STUDENT, SeatRole.TEACHER}
    students = {each.person for each in seats if each.role == SeatRole.STUDENT} - rig.dangling
    assert all(PersonRole.STUDENT in people[each].roles for each in students)
    assert max(Counter((each.section, each.person) for each in seats).values()) == 1


def test_at_most_one_teacher_answers_for_a_section(rig: Rig) -> None:
    primary = [each for each in rows(rig, Feed.SEATS, Seat) if each.primary]

    assert primary and all(each.role == SeatRole.TEACHER for each in primary)
    assert len({each.section for each in primary}) == len(primary)


def test_who_left_has_a_seat_that_is_over_or_none(rig: Rig) -> None:
    seats = rows(rig, Feed.SEATS, Seat, rig.section)
    students = [each for each in seats if each.role == SeatRole.STUDENT and each.is_open(rig.today)]

    assert {rig.sis.student_id(each.person) for each in students} == set(rig.students)


def test_the_gradebook_has_a_name_for_students_only(rig: Rig) -> None:
    people = rows(rig, Feed.PEOPLE, Person)
    others = [each for each in people if PersonRole.STUDENT not in each.roles]
    names = [rig.sis.student_id(each.key) for each in people if PersonRole.STUDENT in each.roles]

    assert others and {rig.sis.student_id(each.key) for each in others} == {""}
    assert all(names) and len(set(names)) == len(names)


def test_a_guardian_link_joins_two_people_by_a_type_of_the_adapter(rig: Rig) -> None:
    links = rows(rig, Feed.GUARDIANS, GuardianLink)
    people = {each.key: each for each in rows(rig, Feed.PEOPLE, Person)}
    adults = {each.key for each in rows(rig, Feed.GUARDIANS, Person)}

    assert links
    assert {each.kind for each in links} <= {each.code for each in rig.can.contact_types}
    assert {each.person for each in links} <= people.keys() | adults
    assert all(PersonRole.STUDENT in people[each.student].roles for each in links)


@pytest.mark.parametrize(
    ("feed", "kind", "name"),
    [
        (Feed.PEOPLE, Person, "key"),
        (Feed.GUARDIANS, GuardianLink, "person"),
        (Feed.COURSES, Course, "key"),
        (Feed.SECTIONS, Section, "key"),
        (Feed.SEATS, Seat, "section"),
    ],
)
def test_a_read_of_one_record_has_its_rows_and_no_others(rig: Rig, feed: Feed, kind: type, name: str) -> None:
    assert rig.can.narrow
    every = rows(rig, feed, kind)
    for key in dict.fromkeys(getattr(each, name) for each in every[:40:13]):
        wanted = [each for each in every if getattr(each, name) == key]
        assert sorted(map(repr, rows(rig, feed, kind, key))) == sorted(map(repr, wanted))


@pytest.mark.parametrize("feed", list(Feed))
def test_a_record_that_is_not_there_is_an_empty_read_that_is_whole(rig: Rig, feed: Feed) -> None:
    assert rows(rig, feed, object, rig.nowhere) == []


def test_a_row_that_cannot_be_read_is_named_and_stops_nothing(rig: Rig) -> None:
    before = rows(rig, Feed.PEOPLE, Person)
    key = rig.spoil()
    reading = rig.sis.read(Feed.PEOPLE)

    after = [each for page in reading for each in page]

    assert reading.complete() is not None
    bad = [each for each in after if isinstance(each, BadRecord)]
    assert [each.key for each in bad] == [key] and bad[0].reason
    assert {each.key for each in after} == {each.key for each in before}
