"""The sandbox SIS keeps to docs/eschoolplus-wire.md: sign-in, typed calls, pages, refusals."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask

from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.district.records import District
from lti_app.sandbox.faults import Faults
from tests.support.apps import sis_over
from tests.unit.sandbox.sis.caller import Caller, code_of

NOON = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001  the wire speaks local time without a zone


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **by: float) -> None:
        self.time += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def district() -> District:
    return make_district(300, seed=7, as_of=NOON.date())


@pytest.fixture
def app(district: District, clock: Clock) -> Flask:
    return sis_over(district, clock=clock)


@pytest.fixture
def caller(app: Flask) -> Caller:
    return Caller(app)


def test_sign_in_tells_product_version_and_local_time(caller: Caller) -> None:
    assert caller.session.status_code == 201
    body = caller.session.get_json()
    assert body.pop("token")
    assert body == {
        "expiresIn": 1200,
        "product": "eSchoolPLUS",
        "version": "21.4.2",
        "serverTime": "2026-11-23T12:00:00",
    }


def test_an_old_version_says_so(district: District) -> None:
    old = sis_over(district, product_version="2.9")
    assert Caller(old).session.get_json()["version"] == "2.9"


def test_wrong_credentials_and_sites_are_refused(app: Flask) -> None:
    assert code_of(Caller(app, password="wrong").session) == (401, "AUTH_FAILED")
    assert code_of(Caller(app, site="elsewhere").session) == (404, "SITE_UNKNOWN")


def test_another_application_is_not_licensed(caller: Caller) -> None:
    body = {"applicationId": "other", "loginName": "schoology", "password": "sandbox-password"}
    answer = caller.http.post("/schoology/v1/demo/session", json=body)
    assert code_of(answer) == (403, "NOT_LICENSED")


@pytest.mark.parametrize(
    "body", [None, [], {}, {"applicationId": "schoology", "loginName": 5, "password": ""}]
)
def test_a_malformed_sign_in_is_a_bad_call(caller: Caller, body: object) -> None:
    assert code_of(caller.http.post("/schoology/v1/demo/session", json=body)) == (400, "BAD_CALL")


def test_five_wrong_passwords_lock_the_login_for_a_while(app: Flask, clock: Clock) -> None:
    for _ in range(5):
        Caller(app, password="wrong")
    locked = Caller(app).session
    assert code_of(locked) == (401, "AUTH_FAILED")
    assert "locked" in locked.get_json()["error"]["message"]
    clock.advance(minutes=16)
    assert Caller(app).session.status_code == 201


def test_a_token_is_needed_and_runs_out(caller: Caller, clock: Clock) -> None:
    assert caller.call("BUILDINGS").status_code == 201
    clock.advance(minutes=21)
    assert code_of(caller.call("BUILDINGS")) == (401, "TOKEN_EXPIRED")
    caller.headers = {}
    assert code_of(caller.call("BUILDINGS")) == (401, "TOKEN_EXPIRED")


def test_a_call_answers_with_a_job_and_its_pages_add_up(caller: Caller, district: District) -> None:
    answer = caller.call("STUDENTS", 128)
    assert answer.status_code == 201
    job = answer.get_json()
    assert len(bytes.fromhex(job.pop("jobId"))) == 16
    assert job == {"callType": "STUDENTS", "perPage": 128, "pageTotal": 3, "rowTotal": 300}
    rows = caller.rows("STUDENTS", 128)
    assert [row["STUDENT_ID"].strip() for row in rows] == list(district.students)


def test_a_page_names_its_job_and_number(caller: Caller) -> None:
    job = caller.call("STUDENTS", 128).get_json()
    page = caller.page(job["jobId"], 3).get_json()
    assert (page["jobId"], page["page"], page["pageTotal"], len(page["rows"])) == (job["jobId"], 3, 3, 44)
    assert code_of(caller.page(job["jobId"], 4)) == (404, "PAGE_UNKNOWN")
    assert code_of(caller.page(job["jobId"], 0)) == (404, "PAGE_UNKNOWN")


def test_an_empty_answer_has_no_page(caller: Caller, district: District) -> None:
    district.contacts.clear()
    job = caller.call("CONTACTS").get_json()
    assert (job["pageTotal"], job["rowTotal"]) == (0, 0)
    assert code_of(caller.page(job["jobId"], 1)) == (404, "PAGE_UNKNOWN")


def test_a_job_is_a_snapshot(caller: Caller) -> None:
    job = caller.call("ENROLLMENTS", 1000).get_json()
    before = [caller.page(job["jobId"], n).get_json()["rows"] for n in range(1, job["pageTotal"] + 1)]
    assert caller.http.post("/sandbox/tomorrow").status_code == 200
    after = [caller.page(job["jobId"], n).get_json()["rows"] for n in range(1, job["pageTotal"] + 1)]
    assert before == after
    assert [row for page in after for row in page] != caller.rows("ENROLLMENTS", 1000)


def test_a_job_is_forgotten_after_half_an_hour(caller: Caller, app: Flask, clock: Clock) -> None:
    job = caller.call("STUDENTS").get_json()
    clock.advance(minutes=31)
    assert code_of(Caller(app).page(job["jobId"], 1)) == (404, "JOB_UNKNOWN")


@pytest.mark.parametrize("per_page", [0, 1001, "20", None, True, 2.5])
def test_rows_a_page_are_1_to_1000(caller: Caller, per_page: object) -> None:
    assert code_of(caller.call("STUDENTS", per_page)) == (400, "BAD_CALL")


@pytest.mark.parametrize(
    ("call_type", "parameters"),
    [
        ("GRADES", {}),
        ("students", {}),
        (None, {}),
        ("STUDENTS", {"BUILDING": 101}),
        ("SCORES", {}),
        ("SCORES", {"SECTION_KEY": "40001"}),
    ],
)
def test_unknown_calls_and_parameters_are_bad_calls(
    caller: Caller, call_type: object, parameters: dict[str, object]
) -> None:
    assert code_of(caller.call(call_type, 500, **parameters)) == (400, "BAD_CALL")


def test_calls_that_are_switched_off_are_not_licensed(district: District) -> None:
    caller = Caller(sis_over(district, unlicensed_calls=frozenset(("CONTACTS",))))
    assert code_of(caller.call("CONTACTS")) == (403, "NOT_LICENSED")
    assert caller.call("STUDENTS").status_code == 201


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "calls"), ("POST", "calls/x/pages/1"), ("PUT", "session")]
)
def test_wrong_methods_are_refused_in_json(caller: Caller, method: str, path: str) -> None:
    answer = caller.http.open(f"{caller.base}/{path}", method=method, headers=caller.headers)
    assert code_of(answer) == (405, "METHOD_NOT_ALLOWED")


def test_an_unknown_path_is_refused_in_json(caller: Caller) -> None:
    assert code_of(caller.http.get(f"{caller.base}/nothing", headers=caller.headers)) == (404, "NOT_FOUND")


def test_char_columns_are_padded_and_flags_are_letters(caller: Caller) -> None:
    student = caller.rows("STUDENTS")[0]
    assert (len(student["STUDENT_ID"]), len(student["GRADE"])) == (10, 2)
    staff = caller.rows("STAFF")
    assert {len(row["STAFF_ID"]) for row in staff} == {10}
    assert {len(row["LOGIN_ID"]) for row in staff} == {20}
    assert "0         " in {row["STAFF_ID"] for row in staff}
    section = caller.rows("SECTIONS")[0]
    assert (len(section["COURSE"]), section["SUMMER_SCHOOL"], section["SCHOOL_YEAR"]) == (10, "N", 2027)
    assert {len(code) for code in section["SESSIONS"][0]["MARKING_PERIODS"]} == {3}


def test_a_students_address_stands_on_the_mailing_contact_only(caller: Caller, district: District) -> None:
    rows = {row["STUDENT_ID"].strip(): row for row in caller.rows("STUDENTS")}
    without = {
        key for key, row in rows.items() if "M" not in {tie["CONTACT_TYPE"] for tie in row["CONTACTS"]}
    }
    assert without == set(district.planted["student_without_email"])
    assert all("EMAIL" not in row for row in rows.values())


def test_enrollments_carry_drafts_drops_and_several_ranges(caller: Caller, district: District) -> None:
    rows = caller.rows("ENROLLMENTS", 1000)
    assert {row["MODELED"] for row in rows} == {"Y", "N"}
    assert {row["COURSE_STATUS"] for row in rows} == {"A", "D"}
    several = [row for row in rows if len(row["DATE_RANGES"]) > 1]
    assert len(several) == len(district.planted["returned"])
    assert several[0]["DATE_RANGES"][1]["DATE_DROPPED"] is None


def test_columns_are_those_of_the_page(caller: Caller) -> None:
    columns = {name: set(caller.rows(name)[0]) for name in ("BUILDINGS", "TERMS", "CONTACTS", "COURSES")}
    assert columns == {
        "BUILDINGS": {
            *("BUILDING", "NAME", "ABBREVIATION", "STREET1", "CITY"),
            *("STATE", "ZIP", "PHONE", "OUT_OF_DISTRICT"),
        },
        "TERMS": {
            *("BUILDING", "SCHOOL_YEAR", "SUMMER_SCHOOL", "TRACK", "MARKING_PERIOD"),
            *("DESCRIPTION", "MP_ORDER", "START_DATE", "END_DATE"),
        },
        "CONTACTS": {
            *("CONTACT_ID", "FIRST_NAME", "MIDDLE_NAME", "LAST_NAME", "EMAIL", "LOGIN_ID", "STUDENTS"),
        },
        "COURSES": {"BUILDING", "COURSE", "DESCRIPTION", "LONG_DESCRIPTION", "DEPARTMENT", "ACTIVE"},
    }


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("expire-token", (401, "TOKEN_EXPIRED")),
        ("expire-job", (404, "JOB_UNKNOWN")),
        ("429", (429, "THROTTLED")),
    ],
)
def test_scripted_faults_speak_the_wire(district: District, fault: str, expected: tuple[int, str]) -> None:
    route = "GET ^/schoology/v1/demo/calls/[0-9a-f]{32}/pages/2$"
    caller = Caller(sis_over(district, faults=Faults([{"route": route, "fault": fault}])))
    job = caller.call("STUDENTS", 100).get_json()
    assert caller.page(job["jobId"], 1).status_code == 200
    assert code_of(caller.page(job["jobId"], 2)) == expected


def test_pages_can_lose_rows_or_come_twice(district: District) -> None:
    script = [
        {"route": "GET ^.*/pages/1$", "fault": "drop-rows"},
        {"route": "GET ^.*/pages/2$", "fault": "repeat-page"},
    ]
    caller = Caller(sis_over(district, faults=Faults(script)))
    job = caller.call("STUDENTS", 100).get_json()
    short = caller.page(job["jobId"], 1).get_json()
    assert len(short["rows"]) == 99
    again = caller.page(job["jobId"], 2).get_json()
    assert (again["page"], len(again["rows"])) == (1, 100)
    assert again["rows"] == caller.page(job["jobId"], 1).get_json()["rows"]
