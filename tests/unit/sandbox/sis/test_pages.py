"""The sandbox SIS shows its data to people."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask.testing import FlaskClient

from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.district.records import District
from tests.support.apps import sis_over
from tests.unit.sandbox.sis.caller import Caller

NOON = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001  the wire speaks local time without a zone


@pytest.fixture
def district() -> District:
    return make_district(300, seed=7, as_of=NOON.date())


@pytest.fixture
def caller(district: District) -> Caller:
    return Caller(sis_over(district, clock=lambda: NOON))


@pytest.fixture
def client(caller: Caller) -> FlaskClient:
    return caller.http


def test_home_shows_the_buildings_and_that_it_is_a_sandbox(client: FlaskClient, district: District) -> None:
    page = client.get("/").text
    assert "This is a sandbox" in page
    assert all(row.name in page for row in district.buildings.values())


@pytest.mark.parametrize("kind", ["students", "staff", "contacts"])
def test_people_can_be_searched(client: FlaskClient, district: District, kind: str) -> None:
    rows = {"students": district.students, "staff": district.staff, "contacts": district.contacts}[kind]
    wanted = list(rows.values())[-1]
    page = client.get("/people", query_string={"kind": kind, "q": wanted.last_name.upper()}).text
    assert wanted.first_name in page
    assert "No people match" in client.get("/people", query_string={"kind": kind, "q": "@@@"}).text


def test_long_lists_are_paged(client: FlaskClient) -> None:
    assert "page 1 of 6" in client.get("/people").text
    assert "page 6 of 6" in client.get("/people?page=99").text
    assert client.get("/people?kind=robots").status_code == 404


def test_sections_can_be_narrowed_to_a_building(client: FlaskClient, district: District) -> None:
    key = next(key for key, row in district.sections.items() if row.building == 201)
    assert f"/sections/{key}" in client.get("/sections?building=201").text
    assert f"/sections/{key}" not in client.get("/sections?building=101").text


def test_a_section_shows_roster_settings_and_gradebook(caller: Caller, district: District) -> None:
    key = next(key for key, row in district.sections.items() if row.building == 101)
    student = next(row.student_id for row in district.enrollments[key] if row.open_on(NOON.date()))
    path = f"sections/{key}/sessions/1/assignments/55"
    settings = caller.rows("GRADEBOOK_SETTINGS", SECTION_KEY=key)[0]["CATEGORIES"]
    category = settings[0]["CATEGORY"].strip()
    body = {"CATEGORY": category, "DESCRIPTION": "Leaf collection", "POINTS": 8, "DUE_DATE": "2026-11-23"}
    assert caller.put(path, body).status_code == 201
    caller.put(f"{path}/scores", {"SCORES": [{"STUDENT_ID": student, "ASMT_SCORE": 9}]})
    page = caller.http.get(f"/sections/{key}").text
    assert "Leaf collection" in page
    assert "9 (over)" in page
    assert "112.50" in page
    assert district.students[student].last_name in page
    assert caller.http.get("/sections/1").status_code == 404


def test_the_button_makes_tomorrow_and_shows_it(client: FlaskClient, district: District) -> None:
    before = len(district.students)
    page = client.post("/tomorrow", follow_redirects=True).text
    assert "Day 1" in page
    assert len(district.students) == before + 2
    assert list(district.students)[-1] in page


def test_tomorrow_answers_programs_in_json(client: FlaskClient, district: District) -> None:
    summary = client.post("/sandbox/tomorrow", json={"seed": 4}).get_json()
    assert set(summary["new_students"]) <= set(district.students)
    assert client.post("/sandbox/tomorrow", json={"seed": "x"}).status_code == 400


def test_faults_are_shown_added_and_cleared(client: FlaskClient) -> None:
    assert "No faults are set" in client.get("/faults").text
    script = '[{"route": "GET /people", "fault": "500"}]'
    assert "GET /people" in client.post("/faults", data={"script": script}, follow_redirects=True).text
    assert client.get("/people").status_code == 500
    bad = client.post("/faults", data={"script": "[{]"})
    assert bad.status_code == 400
    assert "This isn&#39;t valid JSON" in bad.text
    assert "field &#39;fault&#39;" in client.post("/faults", data={"script": '[{"route": "GET /"}]'}).text
    assert "No faults are set" in client.post("/faults", data={"clear": "1"}, follow_redirects=True).text
