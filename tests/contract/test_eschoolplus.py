"""The SIS port's promises, kept by the eSchoolPLUS adapter over a real socket."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from lti_app.outbound.hosts import PublicOnlyAdapter
from lti_app.outbound.transport import Transport
from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.district.records import District
from lti_app.sandbox.faults import Faults
from lti_app.sandbox.serving import serve
from lti_app.school.records import (
    BadRecord,
    Course,
    GuardianLink,
    Person,
    PersonGroup,
    Seat,
    SeatRole,
    Section,
)
from lti_app.sis.errors import (
    IncompleteRead,
    JobExpired,
    Service,
    SisAuthError,
    SisConfigError,
    SisError,
    SisForbidden,
    SisUnavailable,
    SisVersionError,
)
from lti_app.sis.eschoolplus import wire
from lti_app.sis.eschoolplus.adapter import Eschoolplus
from lti_app.sis.eschoolplus.client import EschoolClient
from lti_app.sis.port import Feed, Proof
from tests.support.apps import sis_over
from tests.support.records import number_of
from tests.support.world import DAY

Open = Callable[..., Eschoolplus]


@pytest.fixture
def district() -> District:
    return make_district(60, 7, as_of=DAY.date())


@contextmanager
def running(app: Flask, **login: Any) -> Iterator[Eschoolplus]:
    served = serve(app)
    values = {
        "domain": served.url,
        "site_code": "demo",
        "login_name": "schoology",
        "password": "sandbox-password",
        **login,
    }
    try:
        with Transport(sleep=lambda _: None, time_out=(2.0, 2.0)) as transport:
            yield Eschoolplus(EschoolClient(transport, **values))
    finally:
        served.close()


def fault(route: str, kind: str, **more: Any) -> Faults:
    return Faults([{"route": route, "fault": kind, **more}])


def rows_of(sis: Eschoolplus, feed: Feed, key: str = "") -> list[Any]:
    return [row for page in sis.read(feed, key) for row in page]


def test_a_check_names_product_version_and_buildings(district: District) -> None:
    with running(sis_over(district)) as sis:
        found = sis.check()

    assert (found.product, found.version) == ("eSchoolPLUS", "21.4.2")
    assert found.buildings == sum(not each.out_of_district for each in district.buildings.values())


@pytest.mark.parametrize(
    ("login", "error", "words"),
    [
        ({"password": "wrong"}, SisAuthError, "may lock the account"),
        ({"login_name": "nobody"}, SisAuthError, "refused the login name or password"),
        ({"site_code": "elsewhere"}, SisConfigError, "doesn’t recognize this site code"),
    ],
    ids=["wrong-password", "wrong-login", "wrong-site"],
)
def test_wrong_credentials_are_told_in_words(
    district: District, login: dict[str, str], error: type[SisError], words: str
) -> None:
    with running(sis_over(district), **login) as sis, pytest.raises(error, match=words):
        sis.check()


def test_a_wrong_password_is_tried_once_only_so_that_no_account_is_locked(district: District) -> None:
    faults = Faults([{"route": "POST ^.*/session$", "nth": 99, "fault": "500"}])
    with running(sis_over(district, faults=faults), password="wrong") as sis:
        with pytest.raises(SisAuthError):
            sis.check()
        with pytest.raises(SisAuthError):
            rows_of(sis, Feed.PEOPLE)

    assert faults.entries[0].seen == 2


@pytest.mark.parametrize(
    ("path", "status", "error", "service"),
    [
        ("session", 401, SisAuthError, Service.SIGN_IN),
        ("session", 403, SisForbidden, Service.SIGN_IN),
        ("calls", 401, SisForbidden, None),
        ("calls", 403, SisForbidden, None),
    ],
)
def test_a_401_of_the_sign_in_and_a_401_of_data_are_two_things(
    path: str, status: int, error: type[SisError], service: Service | None
) -> None:
    """A server, or a gateway before it, may refuse without a code of its own."""
    other = Flask("other")

    @other.post("/schoology/v1/demo/<asked>")
    def anything(asked: str) -> Any:
        found = {"token": "t", "product": "eSchoolPLUS", "version": "21.4.2"}
        return ({"message": "no"}, status) if asked == path else found

    with running(other) as sis, pytest.raises(error) as raised:
        sis.buildings()

    assert raised.value.service is service


def test_version_2_9_is_refused_with_what_is_required(district: District) -> None:
    with (
        running(sis_over(district, product_version="2.9")) as sis,
        pytest.raises(SisVersionError, match=r"2\.9 was found, but version 3\.0 or later is required"),
    ):
        sis.check()


def test_an_unreachable_host_is_told() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    client = EschoolClient(
        Transport(sleep=lambda _: None),
        domain=f"http://127.0.0.1:{port}",
        site_code="1",
        login_name="a",
        password="b",
    )

    with pytest.raises(SisUnavailable, match="isn’t available right now"):
        Eschoolplus(client).check()


@pytest.mark.parametrize("answer", ["<h1>Welcome</h1>", '{"hello": "world"}', "[]"])
def test_a_host_that_is_not_eschoolplus_is_told(answer: str) -> None:
    other = Flask("other")

    @other.route("/<path:path>", methods=["GET", "POST"])
    def anything(path: str) -> str:
        return answer

    with running(other) as sis, pytest.raises(SisConfigError, match="not like eSchoolPLUS"):
        sis.check()


def test_a_host_that_sends_us_elsewhere_is_not_followed() -> None:
    other = Flask("other")

    @other.route("/<path:path>", methods=["GET", "POST"])
    def anything(path: str) -> Any:
        return "", 302, {"Location": "http://127.0.0.1:1/"}

    with running(other) as sis, pytest.raises(SisConfigError, match="redirects to another address"):
        sis.check()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "10.0.0.8", "169.254.169.254", "[::1]", "192.168.1.1"]
)
def test_private_hosts_are_refused_unless_allowed(host: str) -> None:
    client = EschoolClient(
        Transport(adapter=PublicOnlyAdapter()),
        domain=f"http://{host}",
        site_code="1",
        login_name="a",
        password="b",
    )

    with pytest.raises(SisConfigError, match="private or local network"):
        Eschoolplus(client).check()


def test_access_that_is_switched_off_is_told(district: District) -> None:
    app = sis_over(district, unlicensed_calls=frozenset({"STUDENTS"}))
    with running(app) as sis, pytest.raises(SisForbidden, match="doesn’t have API access"):
        rows_of(sis, Feed.PEOPLE)


def test_a_page_that_lost_a_row_leaves_the_read_incomplete(district: District) -> None:
    app = sis_over(district, faults=fault("GET ^.*/pages/", "drop-rows"))
    with running(app) as sis:
        reading = sis.read(Feed.SEATS)
        rows = sum(len(page) for page in reading)

        with pytest.raises(IncompleteRead, match=r"announced \d+ rows and sent"):
            reading.complete()

    assert reading.received == (reading.claimed or 0) - 1
    assert rows > 0


def test_a_page_that_comes_twice_is_noticed(district: District) -> None:
    app = sis_over(make_district(900, 7, as_of=DAY.date()), faults=fault("GET ^.*/pages/2", "repeat-page"))
    with running(app) as sis, pytest.raises(IncompleteRead, match="page 1 instead of page 2"):
        rows_of(sis, Feed.SEATS)


def moved(district: District, rows: list[Any]) -> None:
    """The sandbox answers with these courses, on pages of two rows."""
    district.courses = dict(enumerate(rows))  # type: ignore[arg-type]


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "PER_PAGE", 2)


@pytest.mark.usefixtures("short_pages")
def test_a_row_on_two_pages_is_a_list_that_moved_and_not_believed(district: District) -> None:
    first, second, third, *_ = district.courses.values()
    moved(district, [first, second, third, first])
    with running(sis_over(district)) as sis:
        reading = sis.read(Feed.COURSES)
        assert sum(len(page) for page in reading) == 4
        with pytest.raises(IncompleteRead, match="on two pages"):
            reading.complete()
        moved(district, [first, second, third])
        again = sis.read(Feed.COURSES)
        assert [len(page) for page in again] == [2, 1]
        assert again.complete() == Proof.TOTAL


@pytest.mark.usefixtures("short_pages")
def test_rows_that_a_second_look_finds_twice_again_are_what_the_sis_has(district: District) -> None:
    first, second, third, fourth, *_ = district.courses.values()
    moved(district, [first, second, third, first])
    with running(sis_over(district)) as sis:
        for rows in ([first, second, third, first], [first, second, fourth, first]):
            moved(district, rows)
            reading = sis.read(Feed.COURSES)
            assert sum(len(page) for page in reading) == 4
            with pytest.raises(IncompleteRead):
                reading.complete()
        same = sis.read(Feed.COURSES)
        assert sum(len(page) for page in same) == 4
        assert same.complete() == Proof.TOTAL


def test_a_job_that_ran_out_is_told(district: District) -> None:
    app = sis_over(district, faults=fault("GET ^.*/pages/", "expire-job"))
    with running(app) as sis, pytest.raises(JobExpired, match="dropped the data"):
        rows_of(sis, Feed.PEOPLE)


def test_a_token_that_ran_out_is_renewed_and_the_read_goes_on(district: District) -> None:
    app = sis_over(district, faults=fault("GET ^.*/pages/", "expire-token"))
    with running(app) as sis:
        reading = sis.read(Feed.COURSES)
        assert sum(len(page) for page in reading) == reading.claimed == reading.received
        assert reading.complete() == Proof.TOTAL


@pytest.mark.parametrize("kind", ["429", "429-retry-after", "500", "502-html", "close-before", "close-after"])
def test_a_passing_fault_is_waited_out(district: District, kind: str) -> None:
    app = sis_over(district, faults=fault("GET ^.*/pages/", kind))
    with running(app) as sis:
        reading = sis.read(Feed.COURSES)
        assert sum(len(page) for page in reading) == reading.claimed


def test_a_lasting_outage_is_told(district: District) -> None:
    app = sis_over(district, faults=fault("GET ^.*/pages/", "502-html", times=99))
    with running(app) as sis, pytest.raises(SisUnavailable, match="try again later"):
        rows_of(sis, Feed.PEOPLE)


def test_one_record_can_be_asked_for_and_none_is_no_error(district: District) -> None:
    with running(sis_over(district)) as sis:
        every = [each for each in rows_of(sis, Feed.SECTIONS) if isinstance(each, Section)]
        (one,) = rows_of(sis, Feed.SECTIONS, every[3].key)
        seats = rows_of(sis, Feed.SEATS, every[3].key)
        course = next(each for each in rows_of(sis, Feed.COURSES) if isinstance(each, Course))

        assert one == every[3]
        assert {each.section for each in seats} == {every[3].key}
        assert rows_of(sis, Feed.COURSES, course.key) == [course]
        assert rows_of(sis, Feed.PEOPLE, "no-such-id") == []
        assert rows_of(sis, Feed.PEOPLE, "student:no-such-id") == []
        assert rows_of(sis, Feed.GUARDIANS, "student:1") == []


def test_ids_lose_their_padding_and_nothing_else(district: District) -> None:
    key = next(iter(district.students))
    assert len(key.strip()) < 10
    with running(sis_over(district)) as sis:
        ids = {each.sis_id for each in rows_of(sis, Feed.PEOPLE) if isinstance(each, Person)}

    assert key.strip() in ids
    assert all(each == each.strip() for each in ids)


def test_course_codes_stay_apart_by_building() -> None:
    with running(sis_over(make_district(900, 7, as_of=DAY.date()))) as sis:
        courses = [each for each in rows_of(sis, Feed.COURSES) if isinstance(each, Course)]

    assert len({each.key for each in courses}) == len(courses)
    assert len({each.code for each in courses}) < len(courses)


def test_an_email_is_that_of_the_mailing_contact(district: District) -> None:
    wanted = {each.student_id.strip(): each.email for each in district.students.values()}
    with running(sis_over(district)) as sis:
        rows = [each for each in rows_of(sis, Feed.PEOPLE) if isinstance(each, Person)]

    people = {each.sis_id: each for each in rows if each.group == PersonGroup.STUDENT}
    assert {key: people[key].email for key in people} == {key: wanted[key] for key in people}


def test_modelled_rows_are_not_enrollments_and_every_range_is_kept(district: District) -> None:
    modelled = {each.key for each in district.all_enrollments() if each.modeled}
    assert modelled
    with running(sis_over(district)) as sis:
        every = [each for each in rows_of(sis, Feed.SEATS) if isinstance(each, Seat)]

    seats = [each for each in every if each.role == SeatRole.STUDENT]

    kept = {f"{each.section}|{number_of(each)}" for each in seats}
    twice = [each for each in district.all_enrollments() if len(each.ranges) > 1 and not each.modeled]
    assert twice
    ranges = {f"{each.section}|{number_of(each)}": len(each.ranges) for each in seats}
    real = {each.key.replace(" ", "") for each in district.all_enrollments() if not each.modeled}
    assert not kept & ({each.replace(" ", "") for each in modelled} - real)
    assert ranges[f"{twice[0].section_key}|{twice[0].student_id.strip()}"] == len(twice[0].ranges)


def test_the_dummy_member_of_staff_is_no_one(district: District) -> None:
    with running(sis_over(district)) as sis:
        people = [each for each in rows_of(sis, Feed.PEOPLE) if isinstance(each, Person)]
        seats = [each for each in rows_of(sis, Feed.SEATS) if isinstance(each, Seat)]

    assert "staff:0" not in {each.key for each in people}
    assert "staff:0" not in {each.person for each in seats}


def test_teachers_have_seats_and_one_of_a_section_answers_for_it(district: District) -> None:
    with running(sis_over(district)) as sis:
        seats = [each for each in rows_of(sis, Feed.SEATS) if isinstance(each, Seat)]
    teachers = [each for each in seats if each.role == SeatRole.TEACHER]
    primary = [each.section for each in teachers if each.primary]
    led = {
        str(each.section_key)
        for each in district.sections.values()
        if any(session.receive_mark and session.primary_staff_id.strip() != "0" for session in each.sessions)
    }

    assert len(set(primary)) == len(primary) and set(primary) <= {each.section for each in teachers}
    assert led <= set(primary)


def test_a_contact_comes_with_every_child(district: District) -> None:
    several = next(each for each in district.contacts.values() if len(each.students) > 1)
    with running(sis_over(district)) as sis:
        links = [each for each in rows_of(sis, Feed.GUARDIANS) if isinstance(each, GuardianLink)]

    theirs = [each.student for each in links if each.person == f"contact:{several.contact_id}"]
    assert sorted(theirs) == sorted(f"student:{each.student_id.strip()}" for each in several.students)


def test_a_row_that_cannot_be_read_is_named_and_stops_nothing(district: District) -> None:
    key = next(iter(district.sections))
    district.sections[key] = replace(district.sections[key], sessions=())
    person = next(iter(district.students))
    district.students[person] = replace(district.students[person], last_name="")
    with running(sis_over(district)) as sis:
        reading = sis.read(Feed.PEOPLE)
        rows = [row for page in reading for row in page]

    assert reading.received == reading.claimed
    assert all(isinstance(row, (Person, BadRecord)) for row in rows)
    assert f"student:{person.strip()}" in {row.key for row in rows}
