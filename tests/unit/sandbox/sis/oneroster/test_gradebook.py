"""Line items and results that a client puts into the sandbox's gradebook, checked field by field."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.sis.oneroster.face import Face, Knobs
from tests.support.apps import sis_over
from tests.support.world import DAY
from tests.unit.sandbox.sis.oneroster.asker import Asker

HEAD = {"status": "active", "dateLastModified": "2026-11-23T15:00:00.000Z"}
CLASS = "cls-40001"


def ref(kind: str, sourced_id: str) -> dict[str, str]:
    return {"href": f"https://sis.example/{kind}/{sourced_id}", "sourcedId": sourced_id, "type": kind}


def served(**knobs: Any) -> Flask:
    district = make_district(60, 7, as_of=DAY.date())
    return sis_over(district, oneroster=Face(Knobs(**knobs)), clock=lambda: DAY)


def line_item(asker: Asker, **changes: Any) -> dict[str, Any]:
    category = asker.rows(f"classes/{CLASS}/categories", book=True)[0]["sourcedId"]
    found = HEAD | {
        "sourcedId": "li-1",
        "title": "Unit 1 quiz",
        "assignDate": "2026-11-12T12:00:00.000Z",
        "dueDate": "2026-11-20T12:00:00.000Z",
        "class": ref("class", CLASS),
        "category": ref("category", category),
        "resultValueMin": 0,
        "resultValueMax": 12.5,
    }
    own = {"school": ref("org", "org-2")}
    if asker.version == "1.1":
        own = {"gradingPeriod": ref("academicSession", "ses-2-R-2027-M2")}
    return {"lineItem": found | own | changes}


def result(who: str, /, **changes: Any) -> dict[str, Any]:
    found = HEAD | {
        "sourcedId": "re-1",
        "lineItem": ref("lineItem", "li-1"),
        "student": ref("user", who),
        "scoreStatus": "fully graded",
        "score": 8.25,
        "scoreDate": "2026-11-20",
    }
    return {"result": found | changes}


def student(asker: Asker) -> str:
    rows = asker.rows("enrollments", filter=f"class.sourcedId='{CLASS}' AND role='student'")
    return str(next(each for each in rows if "endDate" not in each)["user"]["sourcedId"])


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_what_was_put_is_read_back_and_put_again_without_a_second_row(version: str) -> None:
    asker = Asker(served(), version)
    who = student(asker)

    codes = [asker.put("lineItems/li-1", line_item(asker)).status_code for _ in range(2)]
    codes += [asker.put("results/re-1", result(who)).status_code for _ in range(2)]

    assert codes == [201, 200, 201, 200]
    (item,) = asker.rows(f"classes/{CLASS}/lineItems", book=True)
    assert (item["title"], item["resultValueMax"], item["dueDate"][:10]) == (
        "Unit 1 quiz",
        12.5,
        "2026-11-20",
    )
    (found,) = asker.rows(f"classes/{CLASS}/results", book=True)
    assert (found["sourcedId"], found["score"], found["student"]["sourcedId"]) == ("re-1", 8.25, who)

    exempt = {"scoreStatus": "exempt", "score": 0}
    assert asker.put("results/re-1", result(who, **exempt)).status_code == 200
    assert asker.rows(f"classes/{CLASS}/results", book=True)[0]["scoreStatus"] == "exempt"
    assert [asker.delete("results/re-1").status_code for _ in range(2)] == [204, 404]
    assert [asker.delete("lineItems/li-1").status_code for _ in range(2)] == [204, 404]


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("title", {"title": ""}),
    ("title", {"title": "x" * 256}),
    ("dueDate", {"dueDate": "2026-11-20"}),
    ("dueDate", {"dueDate": "2031-01-01T12:00:00.000Z"}),
    ("category", {"category": ref("category", "cat-NONE")}),
    ("class", {"class": ref("class", "cls-1")}),
    ("class", {"class": "cls-40001"}),
    ("resultValueMax", {"resultValueMax": "12"}),
    ("weight", {"weight": 3}),
    ("sourcedId", {"sourcedId": "li-2"}),
    ("status", {"status": "fine"}),
]


def test_a_line_item_is_refused_for_each_wrong_field_and_nothing_is_kept() -> None:
    asker = Asker(served())

    for field, change in REFUSED:
        answer = asker.put("lineItems/li-1", line_item(asker, **change))
        assert answer.status_code == 422, change
        assert field in answer.get_json()["imsx_description"], change
    assert asker.put("lineItems/li-1", line_item(asker)["lineItem"]).status_code == 400
    assert asker.rows(f"classes/{CLASS}/lineItems", book=True) == []


def test_a_result_is_refused_for_each_wrong_field() -> None:
    asker = Asker(served())
    asker.put("lineItems/li-1", line_item(asker))
    who = student(asker)
    wrong: list[tuple[int, dict[str, Any]]] = [
        (422, {"student": ref("user", "stu-none")}),
        (404, {"lineItem": ref("lineItem", "none")}),
        (422, {"scoreStatus": "graded"}),
        (422, {"score": "8"}),
        (422, {"scoreDate": "2026-11-20T12:00:00.000Z"}),
        (422, {"missing": True}),
        (422, {"comment": "x" * 256}),
    ]

    for status, change in wrong:
        assert asker.put("results/re-1", result(who, **change)).status_code == status, change
    assert asker.rows(f"classes/{CLASS}/results", book=True) == []


def test_a_lax_server_takes_bodies_without_the_head() -> None:
    body = line_item(Asker(served()))
    for name in ("status", "dateLastModified", "school"):
        del body["lineItem"][name]

    assert Asker(served()).put("lineItems/li-1", body).status_code == 422
    lax = Asker(served(strict=False))
    assert lax.put("lineItems/li-1", body).status_code == 201
    for text in ("many", "NaN", "1_0", "١٠"):
        assert lax.put("lineItems/li-1", line_item(lax, resultValueMax=text)).status_code == 422
        assert lax.put("results/re-1", result(student(lax), score=text)).status_code == 422


def test_a_server_may_give_ids_of_its_own_and_may_not_delete() -> None:
    asker = Asker(served(allocates=True, deletes=False))

    given = asker.put("lineItems/li-1", line_item(asker)).get_json()["lineItem"]["sourcedId"]

    assert given != "li-1"
    assert [each["sourcedId"] for each in asker.rows("lineItems", book=True)] == [given]
    assert asker.delete("lineItems/li-1").status_code == 405
