"""The sandbox Schoology's REST API keeps the manners of the real one, over a real socket."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import pytest
import requests
from flask import Flask, request
from requests_oauthlib import OAuth1

from lti_app.sandbox.schoology import gradebook
from lti_app.sandbox.schoology.objects import Grade, Token
from lti_app.sandbox.schoology.store import STUDENT, TEACHER, SchoologyStore
from lti_app.sandbox.serving import serve
from tests.support.apps import schoology_over
from tests.support.world import CONSUMER, DAY

JSON = "application/json"
QUIZ = {"title": "Quiz", "max_points": "10"}


@dataclass
class Far:
    """The API as a system administrator calls it."""

    url: str
    store: SchoologyStore

    def call(
        self, method: str, path: str, token: str = "admin", *, accept: str = JSON, **more: Any
    ) -> requests.Response:
        auth = OAuth1("test-key", "test-secret", token, f"{token}-secret")
        headers = {"Accept": accept}
        url = f"{self.url}/v1/{path}"
        return requests.request(
            method, url, auth=auth, headers=headers, timeout=10, allow_redirects=False, **more
        )

    def get(self, path: str, **more: Any) -> Any:
        answer = self.call("GET", path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def far(request: pytest.FixtureRequest) -> Iterator[Far]:
    options = getattr(request, "param", {"rate": None})
    store = SchoologyStore()
    store.seed_organisation("Sandbox District", [("N", "North High"), ("S", "South High")])
    for name, uid in (("admin", "avery.admin"), ("teacher", "casey.handmade"), ("student", "devon.guest")):
        store.tokens[name] = Token(name, f"{name}-secret", "test-key", store.user_by_username[uid], "access")
    api = schoology_over(store, consumers=CONSUMER, trigger_scale=0.0, **options)
    served = serve(api)
    yield Far(served.url, store)
    api.extensions["schoology_postman"].close()
    served.close()


def add_students(far: Far, number: int) -> None:
    building = next(iter(far.store.buildings))
    for n in range(number):
        far.store.add_user(
            name_first="S",
            name_last=f"N{n}",
            username=f"s{n}",
            school_uid=f"u{n}",
            building_id=building,
            role_id=STUDENT,
        )


def people(number: int, **fields: Any) -> dict[str, Any]:
    rows = [
        {
            "school_uid": f"x{n}",
            "name_first": "X",
            "name_last": f"Y{n}",
            "username": f"x{n}",
            "role_id": STUDENT,
            **fields,
        }
        for n in range(number)
    ]
    return {"users": {"user": rows}}


@pytest.mark.parametrize(("asked", "given"), [("", 20), ("?limit=50", 50), ("?limit=1000", 200)])
def test_a_page_has_20_rows_by_default_and_200_at_most(far: Far, asked: str, given: int) -> None:
    add_students(far, 230)

    assert len(far.get(f"users{asked}")["user"]) == given


def test_pages_lead_from_one_to_the_next_and_lose_no_one(far: Far) -> None:
    add_students(far, 65)
    found: list[str] = []
    path = "users?limit=30"
    while path:
        page = far.get(path)
        found += [str(each["uid"]) for each in page["user"]]
        path = str(page["links"].get("next", "")).partition("/v1/")[2]

    assert len(found) == len(set(found)) == len(far.store.users)


def test_a_bulk_answers_with_a_code_for_each_and_a_bad_one_stops_no_other(far: Far) -> None:
    body = people(3)
    body["users"]["user"][1]["username"] = "has blank"

    answer = far.call("POST", "users", json=body)

    assert answer.status_code == 207
    codes = [int(each["response_code"]) for each in answer.json()["user"]]
    assert [code // 100 for code in codes] == [2, 4, 2]
    assert {"x0", "x2"} <= set(far.store.user_by_school_uid) and "x1" not in far.store.user_by_school_uid


@pytest.mark.parametrize(("number", "fine"), [(50, True), (51, False)])
def test_a_bulk_takes_50(far: Far, number: int, fine: bool) -> None:
    answer = far.call("POST", "users", json=people(number))

    assert (answer.status_code == 207) is fine
    assert ("x0" in far.store.user_by_school_uid) is fine


def test_an_empty_list_drops_its_key(far: Far) -> None:
    assert "gradingperiods" not in far.get("gradingperiods")
    far.store.add_grading_period("Fall", DAY.date(), DAY.date())
    assert len(far.get("gradingperiods")["gradingperiods"]) == 1


@pytest.mark.parametrize(
    ("path", "token", "status"),
    [("users/999999999", "admin", 404), ("sections", "admin", 403), ("csvexport/users", "student", 403)],
)
def test_refusals_have_empty_bodies(far: Far, path: str, token: str, status: int) -> None:
    answer = far.call("GET", path, token=token)

    assert (answer.status_code, answer.text.strip()) == (status, "")


def test_xml_comes_unless_json_is_asked_for(far: Far) -> None:
    answer = far.call("GET", "users?limit=1", accept="*/*")

    assert answer.headers["Content-Type"].startswith("text/xml")
    assert ElementTree.fromstring(answer.text).find(".//uid") is not None  # noqa: S314 - our own server


def test_me_leads_elsewhere_with_303(far: Far) -> None:
    answer = far.call("GET", "users/me")

    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/users/{far.store.user_by_username['avery.admin']}")


def test_a_multiget_answers_in_order_with_a_code_for_each(far: Far) -> None:
    uid = far.store.user_by_username["devon.guest"]

    answer = far.call("POST", "multiget", json={"request": [f"/v1/users/{uid}", "/v1/users/999999999"]})

    first, second = answer.json()["response"]
    assert (int(first["response_code"]), str(first["body"]["uid"])) == (200, str(uid))
    assert int(second["response_code"]) == 404


def test_the_export_has_every_active_person_and_the_fields_asked_for(far: Far) -> None:
    lines = far.call("GET", "csvexport/users?fields=uid,school_uid,role_name", accept="text/csv").text.split()

    assert lines[0] == "uid,school_uid,role_name"
    assert len(lines) >= len(far.store.users)


def test_numbers_come_as_text_and_as_numbers(far: Far) -> None:
    row = far.get("users?limit=1")["user"][0]

    assert str(row["uid"]).isdigit()
    assert {type(row[name]) for name in ("uid", "role_id", "building_id", "synced")} == {int, str}


def test_enrolling_in_several_sections_and_ending_it(far: Far) -> None:
    section = next(iter(far.store.sections))
    add_students(far, 2)
    uids = [far.store.user_by_school_uid[f"u{n}"] for n in range(2)]
    plain = {"realm": "section", "section_id": section, "admin": 0, "status": 1}
    seats = [{**plain, "uid": uid} for uid in uids]

    made = far.call("POST", "enrollments", json={"enrollments": {"enrollment": seats}})
    assert made.status_code == 207
    ids = [str(far.store.enrollment(section, uid).id) for uid in uids]  # type: ignore[union-attr]
    far.call("DELETE", f"enrollments?enrollment_ids={','.join(ids)}")

    assert all(far.store.enrollment(section, uid) is None for uid in uids)


def test_a_teacher_reads_the_own_section_and_no_other_people(far: Far) -> None:
    section = next(iter(far.store.sections))

    assert far.call("GET", f"sections/{section}/enrollments", token="teacher").status_code == 200
    assert far.call("POST", "users", token="teacher", json=people(1)).status_code == 403


def test_scores_are_written_one_code_each_and_read_back(far: Far) -> None:
    section = next(iter(far.store.sections))
    guest = far.store.enrollment(section, far.store.user_by_username["devon.guest"])
    assert guest is not None
    item = far.call("POST", f"sections/{section}/assignments", json=QUIZ).json()
    grades = {
        "grades": {
            "grade": [
                {
                    "type": "assignment",
                    "assignment_id": item["id"],
                    "enrollment_id": guest.id,
                    "grade": "8.5",
                },
                {"type": "assignment", "assignment_id": item["id"], "enrollment_id": 1, "grade": "7"},
            ]
        }
    }

    answer = far.call("PUT", f"sections/{section}/grades", json=grades)
    read = far.get(f"sections/{section}/grades")["grades"]["grade"]

    assert answer.status_code == 204
    assert [(str(each["enrollment_id"]), float(each["grade"])) for each in read] == [(str(guest.id), 8.5)]

    for text in ("nan", "inf", "1_0", "١٠"):
        assert (
            far.call("POST", f"sections/{section}/assignments", json=QUIZ | {"max_points": text}).status_code
            == 400
        )
        for cell in grades["grades"]["grade"]:
            cell["grade"] = text
        far.call("PUT", f"sections/{section}/grades", json=grades)
    far.store.items[int(item["id"])].max_points = "ten"
    read = far.get(f"sections/{section}/grades")
    assert float(read["grades"]["grade"][0]["grade"]) == 8.5, "what is no number was not stored"
    assert read["final_grade"][0]["period"][0]["grade"] is None, (
        "work without readable points counts for nothing"
    )


@pytest.mark.parametrize("far", [{"rate": (3, 60.0)}], indirect=True)
def test_more_than_the_rate_is_answered_429(far: Far) -> None:
    codes = [far.call("GET", "users?limit=1").status_code for _ in range(5)]

    assert codes == [200, 200, 200, 429, 429]


def test_a_trigger_is_posted_and_tried_again_until_it_is_answered(far: Far) -> None:
    heard: queue.Queue[dict[str, Any]] = queue.Queue()
    answers = iter([500, 500, 200])
    listener = Flask("listener")

    @listener.post("/events")
    def events() -> tuple[str, int]:
        heard.put(request.get_json(force=True))
        return "", next(answers)

    served = serve(listener)
    target = far.call("POST", "triggers/targets", json={"target": f"{served.url}/events"}).json()
    wanted = {"target_id": target["id"], "trigger": "grade_item", "subscribed": 1}
    answer = far.call("PUT", "triggers/subscriptions", json={"subscription": [wanted]})
    section = next(iter(far.store.sections))
    far.call("POST", f"sections/{section}/assignments", json=QUIZ)

    try:
        assert answer.json()["subscription"][0]["status"] == 200
        bodies = [heard.get(timeout=10) for _ in range(3)]
        assert bodies[0] == bodies[1] == bodies[2]
    finally:
        served.close()


def test_a_role_that_is_not_there_is_refused(far: Far) -> None:
    answer = far.call("POST", "users", json=people(1, role_id=42))

    assert int(answer.json()["user"][0]["response_code"]) >= 400
    assert TEACHER in far.store.roles


class Counted(dict[Any, Any]):
    """Counts how often a cell is looked at."""

    looks = 0

    def get(self, key: Any, default: Any = None) -> Any:
        self.looks += 1
        return super().get(key, default)


def test_a_page_of_a_large_gradebook_looks_at_each_cell_once(far: Far) -> None:
    store = far.store
    add_students(far, 40)
    course = store.add_course(title="Large", course_code="LARGE")
    section = store.add_section(course.id, title="1", section_code="1")
    seats = [store.enroll(section.id, each.uid).id for each in store.users.values() if each.school_uid]
    kinds = [gradebook.add_category(store, section.id, title).id for title in ("Tests", "Homework", "Labs")]
    for number in range(30):
        made = gradebook.add_item(store, section.id, f"Item {number}", grading_category=kinds[number % 3])
        for seat in seats:
            store.grades[seat, made.id] = Grade(seat, made.id, 50 + number)
    store.grades = Counted(store.grades)

    page = far.get(f"sections/{section.id}/grades?limit=100&start=100")

    assert [row["grade"] for row in page["grades"]["grade"]] == [52] * 20 + [53] * 40 + [54] * 40
    assert len(page["final_grade"]) == 40
    assert store.grades.looks == 30 * 40 + 100
