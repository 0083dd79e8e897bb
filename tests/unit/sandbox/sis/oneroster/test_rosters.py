"""The sandbox's OneRoster lists: who and what is in them, in both versions, and their pages."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.district.records import District
from lti_app.sandbox.faults import Faults
from lti_app.sandbox.sis.oneroster.face import Face, Knobs
from tests.support.apps import sis_over
from tests.support.world import DAY
from tests.unit.sandbox.sis.oneroster.asker import Asker, encoded

VERSIONS = ("1.1", "1.2")


@pytest.fixture
def district() -> District:
    return make_district(60, seed=7, as_of=DAY.date())


def served(district: District, *faults: dict[str, Any], **knobs: Any) -> Flask:
    return sis_over(district, oneroster=Face(Knobs(**knobs)), clock=lambda: DAY, faults=Faults(list(faults)))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_list_has_what_the_district_has(district: District, version: str) -> None:
    asker = Asker(served(district), version)

    counts = {name: len(asker.rows(name)) for name in ("schools", "courses", "classes", "academicSessions")}
    users = asker.rows("users")
    seats = asker.rows("enrollments")

    assert counts == {"schools": 1, "courses": 89, "classes": 89, "academicSessions": 7}
    assert len({each["sourcedId"] for each in users}) == len(users)
    students = [each for each in users if each["sourcedId"].startswith("stu-")]
    assert len(students) == 60
    named = {each["user"]["sourcedId"] for each in seats}
    assert named - {each["sourcedId"] for each in users} == {"stu-999999"}
    assert {each["role"] for each in seats} == {"student", "teacher"}


def test_a_user_is_spelled_as_each_version_wants_it(district: District) -> None:
    app = served(district)
    first = Asker(app, "1.1").get("users/emp-20001").get_json()["user"]
    second = Asker(app, "1.2").get("users/emp-20001").get_json()["user"]

    assert (first["role"], first["enabledUser"]) == ("teacher", "true")
    assert first["orgs"][0]["sourcedId"] == "org-2" and "roles" not in first
    assert second["enabledUser"] == "true" and "role" not in second
    assert second["roles"][0]["roleType"] == "primary"
    assert second["roles"][0]["org"]["href"].endswith("/ims/oneroster/rostering/v1p2/orgs/org-2")


def test_booleans_may_be_json(district: District) -> None:
    row = Asker(served(district, words=False), "1.1").get("users/emp-20001").get_json()["user"]

    assert row["enabledUser"] is True


def test_agents_point_both_ways(district: District) -> None:
    users = {each["sourcedId"]: each for each in Asker(served(district)).rows("users")}

    for user in users.values():
        for agent in user.get("agents", ()):
            back = users[agent["sourcedId"]]["agents"]
            assert user["sourcedId"] in {each["sourcedId"] for each in back}


def test_pages_overlap_nowhere_and_links_lead_on(district: District) -> None:
    asker = Asker(served(district, page_cap=50))
    one, two = asker.get("users", limit=500), asker.get("users", limit=500, offset=50)

    ids = [each["sourcedId"] for answer in (one, two) for each in answer.get_json()["users"]]
    assert len(set(ids)) == 100 and ids == sorted(ids)
    assert 'offset=50>; rel="next"' in one.headers["Link"]


def test_a_filter_is_obeyed_with_quotes_and_two_clauses(district: District) -> None:
    asker = Asker(served(district))

    found = asker.rows("enrollments", filter="class.sourcedId='cls-40001' AND role='student'")
    nested = asker.rows("schools/org-2/classes/cls-40001/enrollments")

    assert found and {each["class"]["sourcedId"] for each in found} == {"cls-40001"}
    assert [each for each in nested if each["role"] == "student"] == found
    assert asker.rows("users", filter="familyName='O''Nobody'") == []
    assert asker.get("users", filter="nonsense").status_code == 400


def test_ids_with_marks_are_found_again(district: District) -> None:
    asker = Asker(served(district, id_prefix="urn:id/é +|"))
    row = asker.rows("classes")[0]

    again = asker.get(f"classes/{encoded(row['sourcedId'])}")

    assert again.get_json()["class"] == row


def test_only_granted_schools_and_scopes_are_shown() -> None:
    district = make_district(600, seed=3, as_of=DAY.date())
    first, *others = [key for key, each in district.buildings.items() if not each.out_of_district]
    app = served(district, schools=frozenset({first}))
    asker = Asker(app)

    assert others
    assert [each["sourcedId"] for each in asker.rows("schools")] == [f"org-{first}"]
    assert {each["school"]["sourcedId"] for each in asker.rows("classes")} == {f"org-{first}"}
    core = Asker(app, scopes="roster-core.readonly")
    assert core.get("users").status_code == 200
    assert core.get(f"schools/org-{first}/classes/x/enrollments").status_code == 403
    assert core.get("categories", book=True).status_code == 403


@pytest.mark.parametrize(
    ("fault", "status"),
    [("404-list", 404), ("null-list", 200), ("no-list", 200), ("expire-token", 401), ("html-after", 200)],
)
def test_a_scripted_fault_strikes_once(district: District, fault: str, status: int) -> None:
    app = served(district, {"route": "GET /ims/oneroster/rostering", "fault": fault})
    asker = Asker(app)

    struck = asker.get("users")

    assert struck.status_code == status
    assert not (struck.get_json(silent=True) or {}).get("users")
    asker = Asker(app)
    assert asker.get("users").get_json()["users"]


def test_a_server_without_the_face_answers_404(district: District) -> None:
    assert sis_over(district).test_client().get("/ims/oneroster/v1p1/orgs").status_code == 404
