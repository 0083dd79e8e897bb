"""Rows as servers really send them: each trap of both versions and of vendors, by what comes of it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from lti_app.runs.words import sentence
from lti_app.school.bad_rows import BadRow
from lti_app.school.records import (
    BadRecord,
    Course,
    DateRange,
    GuardianLink,
    Person,
    PersonRole,
    Seat,
    SeatRole,
    Section,
    Term,
    TermKind,
)
from lti_app.sis.oneroster.kept import OTHER
from lti_app.sis.port import Feed
from tests.support.oneroster.rows_server import (
    RowServer,
    a_class,
    adapter_over,
    answer,
    enrollment,
    ref,
    session,
    user,
)


def read(server: RowServer, feed: Feed, key: str = "", **settings: str) -> list[Any]:
    reading = adapter_over(server, **settings).read(feed, key)
    found = [each for page in reading for each in page]
    assert reading.complete() is not None
    return found


def person(**row: Any) -> Any:
    (found,) = read(RowServer(users=[user("1", **row)]), Feed.PEOPLE)
    return found


ROLES: list[tuple[dict[str, Any], set[PersonRole]]] = [
    ({"role": "STUDENT"}, {PersonRole.STUDENT}),
    ({"role": "Teacher"}, {PersonRole.TEACHER}),
    ({"role": "parent"}, {PersonRole.GUARDIAN}),
    ({"role": "relative"}, {PersonRole.GUARDIAN}),
    ({"role": "ext:coach"}, {PersonRole.STAFF}),
    ({"role": "administrator"}, {PersonRole.STAFF}),
    ({"role": None}, {PersonRole.STAFF}),
    ({"role": ["student"]}, {PersonRole.STUDENT}),
    (
        {"role": "", "roles": [{"roleType": "primary", "role": "teacher"}, {"role": "Parent"}]},
        {PersonRole.TEACHER, PersonRole.GUARDIAN},
    ),
    ({"role": "", "roles": {"role": "student", "org": {"sourcedId": "S2"}}}, {PersonRole.STUDENT}),
]


@pytest.mark.parametrize(("row", "roles"), ROLES)
def test_roles_of_both_versions_in_any_case(row: dict[str, Any], roles: set[PersonRole]) -> None:
    assert person(**row).roles == roles


def test_missing_and_null_and_empty_are_the_same() -> None:
    optional = ("username", "email", "identifier", "middleName", "grades", "agents", "enabledUser", "status")
    for nothing in (None, "", [], {}):
        found = person(**dict.fromkeys(optional, nothing))
        assert (found.login, found.email, found.number, found.grade, found.active) == ("", "", "", "", True)


def test_numbers_may_be_ids_and_lists_may_be_text() -> None:
    found = person(sourcedId=4411, identifier=4411.0, grades="09,10", orgs="S2")

    assert (found.key, found.number, found.grade, found.main_building) == ("4411", "4411", "09", "S2")


def test_field_names_may_come_in_another_case() -> None:
    row = {"SourcedID": "1", "GivenName": "Ann", "familyname": "Lee", "ROLE": "student", "orgs": [ref("S1")]}
    (found,) = read(RowServer(users=[row]), Feed.PEOPLE)

    assert (found.key, found.first_name, found.last_name, found.roles) == ("1", "Ann", "Lee", {"student"})


def test_a_reference_may_be_an_address_behind_a_proxy_only() -> None:
    found = person(orgs=[{"href": "http://10.0.0.7/ims/oneroster/v1p1/orgs/S%32", "type": "org"}])

    assert found.main_building == "S2"


def test_the_main_school_is_the_primary_one_and_never_the_district() -> None:
    other = [{"roleType": "secondary", "role": "student", "org": ref("S1")}]
    main = [{"roleType": "primary", "role": "student", "org": ref("S2")}]

    assert person(roles=other + main).main_building == "S2"
    assert person(roles=other + main, primaryOrg=ref("S1")).main_building == "S1"
    hidden = person(orgs=[ref("D"), ref("hidden"), ref("S2"), ref("S1")])
    assert (hidden.main_building, hidden.other_buildings) == ("hidden", ("S2", "S1"))
    assert person(orgs=[ref("D")]).main_building == "D"
    assert person(orgs=[ref("hidden")]).main_building == "hidden"


@pytest.mark.parametrize(
    ("status", "active"),
    [("tobedeleted", False), ("ToBeDeleted", False), ("ACTIVE", True), ("enrolled", True), (7, True)],
)
def test_only_a_deleted_user_has_left(status: Any, active: bool) -> None:
    assert person(status=status, enabledUser="false").active is active


def test_every_id_of_a_user_is_kept() -> None:
    profile = {"credentials": [{"type": "LTI", "username": "by.profile"}]}
    found = person(
        username="",
        identifier="004411",
        userMasterIdentifier="um-1",
        userIds=[{"type": "SIS", "identifier": "99"}],
        userProfiles=[profile],
    )

    assert (found.sis_id, found.number, found.master_id) == ("1", "004411", "um-1")
    assert (found.user_ids, found.login) == ((("SIS", "99"),), "by.profile")


def test_a_row_that_cannot_be_used_is_named_and_stops_nothing() -> None:
    found = read(RowServer(users=[user("1"), user("2", familyName={"a": 1}), user("")]), Feed.PEOPLE)

    assert [type(each) for each in found] == [Person, BadRecord, BadRecord]
    assert (found[1].key, found[1].has_key) == ("2", True) and "familyName" in sentence(found[1].reason)
    assert not found[2].has_key and "sourcedId" in sentence(found[2].reason)


def links(*users: dict[str, Any]) -> set[tuple[str, str, str]]:
    sis = adapter_over(RowServer(users=list(users)))
    found = [each for page in sis.read(Feed.GUARDIANS) for each in page]
    assert all(isinstance(each, GuardianLink) for each in found)
    return {(each.person, each.student, each.kind) for each in found}


def test_agents_of_either_side_are_one_link_whatever_the_agent_is() -> None:
    child = user("s1", agents=[ref("g1"), ref("t1"), ref("gone"), ref("s2")])
    people = [
        user("g1", "parent", agents=[ref("s1"), ref("s2"), ref("not shown today")]),
        user("t1", "teacher", agents=[ref("nobody")]),
        user("s2"),
    ]

    assert links(child, *people) == {
        ("g1", "s1", "parent"),
        ("g1", "s2", "parent"),
        ("g1", "not shown today", "parent"),
        ("t1", "s1", OTHER),
        ("gone", "s1", OTHER),
    }


def test_users_are_asked_for_once_however_many_feeds_they_tell() -> None:
    server = RowServer(users=[user("s1", agents=[ref("g1")]), user("g1", "guardian")])
    sis = adapter_over(server)
    for feed in (Feed.PEOPLE, Feed.GUARDIANS):
        reading = sis.read(feed)
        assert [each for page in reading for each in page] and reading.complete()

    assert len([each for each in server.asked if "/users" in each]) == 1
    assert (sis.student_id("s1"), sis.student_id("g1"), sis.student_id("new")) == ("s1", "", "new")


SEATS: list[tuple[str, list[dict[str, Any]], Any]] = [
    ("open", [{}], [DateRange()]),
    ("words", [{"beginDate": "2026-08-24", "endDate": "2026-11-23T05:00:00.000Z"}], [(24, 23)]),
    ("american", [{"beginDate": "8/24/2026"}], [(24, 0)]),
    ("empty year", [{"endDate": "1900-01-01"}], [DateRange()]),
    ("deleted", [{"status": "tobedeleted"}], []),
    ("one of two deleted", [{"status": "tobedeleted"}, {"sourcedId": "e2"}], [DateRange()]),
]


@pytest.mark.parametrize(("name", "rows", "ranges"), SEATS, ids=[each[0] for each in SEATS])
def test_days_of_an_enrollment(name: str, rows: list[dict[str, Any]], ranges: list[Any]) -> None:
    assert name
    made = [enrollment(f"e{n}", "1") | row for n, row in enumerate(rows)]
    (found,) = read(RowServer(enrollments=made, classes=[a_class("k")]), Feed.SEATS)

    told = [
        each if each == DateRange() else (each.added.day, each.dropped.day if each.dropped else 0)
        for each in found.ranges
    ]
    assert told == ranges


def test_rows_of_one_pair_on_two_pages_are_one_seat_and_the_teacher_counts() -> None:
    rows = [enrollment("e1", "1"), enrollment("e2", "2"), enrollment("e3", "1", role="TEACHER")]
    server = RowServer(enrollments=rows)
    server.cap = 1

    found = {each.person: each for each in read(server, Feed.SEATS)}

    assert {key: each.role for key, each in found.items()} == {"1": SeatRole.TEACHER, "2": SeatRole.STUDENT}


TEACHERS: list[tuple[list[dict[str, Any]], str]] = [
    ([{"primary": "false"}, {"primary": "True"}], "t1"),
    ([{"primary": True}, {"primary": True}], "t0"),
    ([{"primary": "false"}], "t0"),
    ([{"primary": None}, {}], ""),
    ([{"primary": "true", "endDate": "2020-01-01"}, {"primary": "false"}], "t1"),
]


@pytest.mark.parametrize(("rows", "primary"), TEACHERS)
def test_one_teacher_at_most_answers_for_a_class(rows: list[dict[str, Any]], primary: str) -> None:
    """A word is no boolean: the text “false” is not true."""
    made = [enrollment(f"e{n}", f"t{n}", role="teacher", **row) for n, row in enumerate(rows)]

    found = read(RowServer(enrollments=made), Feed.SEATS)

    assert "".join(each.person for each in found if each.primary) == primary


def test_an_impossible_day_is_a_bad_value_and_never_an_end() -> None:
    rows = [
        enrollment("e1", "1", endDate="2026-02-30"),
        enrollment("e2", "2", beginDate="2026-11-01", endDate="2026-10-01"),
        enrollment("e3", "", role="student"),
    ]
    found = read(RowServer(enrollments=rows), Feed.SEATS)

    assert [type(each) for each in found] == [BadRecord] * 3
    assert [(each.section, each.person) for each in found] == [("k", "1"), ("k", "2"), ("k", "")]


def test_a_bad_row_beside_an_ended_one_takes_no_one_out() -> None:
    rows = [enrollment("e1", "1", endDate="2020-01-01"), enrollment("e2", "1", endDate="soon")]

    assert not [each for each in read(RowServer(enrollments=rows), Feed.SEATS) if isinstance(each, Seat)]


def test_a_course_of_the_district_has_no_school_of_its_own() -> None:
    rows = [
        {"sourcedId": "1", "title": "Art", "courseCode": "A", "org": ref("S1")},
        {"sourcedId": "2", "title": "Math", "courseCode": "M", "org": ref("D")},
        {"sourcedId": "3", "title": "Gym", "org": None, "status": "tobedeleted"},
    ]
    found = read(RowServer(courses=rows), Feed.COURSES)

    assert [each.buildings for each in found] == [("S1",), (), ()]
    assert [(each.code, each.active) for each in found] == [("A", True), ("M", True), ("3", False)]
    assert all(isinstance(each, Course) for each in found)


def test_a_class_may_have_several_terms_or_none_and_a_deleted_one_is_gone() -> None:
    sessions = [
        session("y", "2026-08-24", "2027-06-10", "schoolYear"),
        session("t", "2026-08-24", "2027-01-15"),
    ]
    rows = [
        a_class("k1", terms=[ref("y"), ref("t")], periods=["3", "4"], title=""),
        a_class("k2", terms=None),
        a_class("k3", status="tobedeleted"),
        a_class("k4", school=None),
    ]
    found = read(RowServer(classes=rows, academicSessions=sessions), Feed.SECTIONS)

    assert [type(each) for each in found] == [Section, Section, BadRecord]
    assert (found[0].terms, found[0].period, found[0].year) == (("y", "t"), "3", 2027)
    assert found[1].terms == ()
    assert found[2].key == "k4" and "school" in sentence(found[2].reason)


def test_terms_are_of_the_schools_whose_classes_use_them_or_their_parts() -> None:
    sessions = [
        session("y", "2026-08-24", "2027-06-10", "SchoolYear", children=[ref("h1"), ref("h2")]),
        session("h1", "2026-08-24", "2027-01-15", "semester", parent=ref("y")),
        session("h2", "2027-01-15", "2027-06-10", "semester"),
        session("q1", "2026-08-24", "2026-10-23", "gradingPeriod", parent=ref("h1"), schoolYear=2027),
        session("lost", "", "", "term"),
        session("unused", "2026-08-24", "2026-09-24", "ext:block", parent=ref("none")),
    ]
    classes = [a_class("k1", terms=[ref("h1")]), a_class("k2", terms=[ref("y")], school=ref("S2"))]
    every = adapter_over(RowServer(academicSessions=sessions, classes=classes)).terms()
    found = {each.key: each for each in every if isinstance(each, Term)}

    assert [each.key for each in every if isinstance(each, BadRow)] == ["lost"]
    assert {key: each.buildings for key, each in found.items()} == {
        "y": ("S1", "S2"),
        "h1": ("S1", "S2"),
        "h2": ("S2",),
        "q1": ("S1", "S2"),
        "unused": (),
    }
    assert (found["h2"].parent, found["q1"].parent, found["unused"].parent) == ("y", "h1", "")
    assert (found["y"].kind, found["q1"].kind) == (TermKind.YEAR, TermKind.GRADING_PERIOD)
    assert found["h1"].end == date(2027, 1, 14), "the second half begins on its last day"
    assert found["h2"].end == date(2027, 6, 10)
    assert {each.year for each in found.values()} == {2027}


ODD_IDS = ["a/b", "a b", "urn:x", "a|b", "s+1", "{é}", "50%", "it's", "ünï/ cödé"]


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("key", ODD_IDS)
def test_an_object_is_found_by_its_id_whatever_stands_in_it(key: str, single: bool) -> None:
    server = RowServer(users=[user("1"), user(key)], classes=[a_class(key)])
    server.lists["enrollments"] = [enrollment("e1", "1", key), enrollment("e2", "1", "other")]
    server.single = single

    assert [each.key for each in read(server, Feed.PEOPLE, key)] == [key]
    assert [each.key for each in read(server, Feed.SECTIONS, key)] == [key]
    assert [(each.section, each.person) for each in read(server, Feed.SEATS, key)] == [(key, "1")]
    assert read(server, Feed.PEOPLE, f"{key}?") == []


def test_a_filter_that_is_ignored_does_no_harm() -> None:
    server = RowServer(classes=[a_class("k"), a_class("k2")], users=[user("1"), user("2")])
    server.lists["enrollments"] = [enrollment("e1", "1"), enrollment("e2", "2", "k2")]
    server.single = server.filters = False

    assert [each.key for each in read(server, Feed.PEOPLE, "2")] == ["2"]
    assert [each.person for each in read(server, Feed.SEATS, "k2")] == ["2"]


def test_bytes_before_the_text_and_other_alphabets_are_read() -> None:
    rows = {"users": [user("1", familyName="Müller")]}
    for body, kind in (
        (b"\xef\xbb\xbf" + json.dumps(rows).encode(), "application/json"),
        (json.dumps(rows, ensure_ascii=False).encode("latin-1"), "application/json; charset=ISO-8859-1"),
    ):
        server = RowServer()
        told = answer(body, **{"Content-Type": kind, "X-Total-Count": "1"})
        server.hooks.append(lambda _, path, __, told=told: told if path == "users" else None)  # type: ignore[misc]
        (found,) = read(server, Feed.PEOPLE)
        assert found.last_name == "Müller"


def test_schools_come_from_the_list_of_schools_where_orgs_are_not_offered() -> None:
    rows = [
        {"sourcedId": "S9", "name": "Nine", "type": "SCHOOL"},
        {"sourcedId": "S8", "type": "campus"},
        {"sourcedId": "D", "type": "District"},
        {"sourcedId": "X", "type": "ext:bus depot"},
    ]
    server = RowServer(schools=rows)
    del server.lists["orgs"]

    found, other = adapter_over(server).buildings()

    assert (found.sis_id, found.name, found.code) == ("S9", "Nine", "S9")
    assert other.sis_id == "S8"
