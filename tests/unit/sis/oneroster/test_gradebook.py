"""Line items and results: what goes out field by field, what comes back, and what a lost answer may do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from lti_app.school.gradebook import Assignment, AssignmentRef, ScoreFlag, SisScore
from lti_app.school.reasons import NO_REASON
from lti_app.sis.errors import IncompleteRead, SisRejected, SisUnavailable
from lti_app.sis.oneroster.gradebook_codecs import line_item_id, result_id
from tests.support.oneroster.rows_server import (
    HOST,
    RowServer,
    a_class,
    adapter_over,
    answer,
    page_for_people,
    ref,
    session,
)

WORK = Assignment(
    session=1,
    item_id="5001",
    category="c1",
    title="Unit 1 quiz",
    points=Decimal("12.5"),
    weight=None,
    due=date(2026, 10, 16),
    assigned=date(2026, 10, 12),
    detail="Read pages 1–9",
)
ITEM = line_item_id("k", "5001")


def served(**lists: Any) -> RowServer:
    sessions = [
        session("y", "2026-08-24", "2027-06-10", "schoolYear"),
        session("q1", "2026-08-24", "2026-10-23", "gradingPeriod", parent=ref("y")),
    ]
    return RowServer(classes=[a_class("k")], academicSessions=sessions, **lists)


def named(item: str = "5001", sis_id: str = "") -> AssignmentRef:
    return AssignmentRef("k", 1, item, sis_id)


def graded(score: str = "8.25", **changes: Any) -> SisScore:
    return replace(SisScore("s+1", Decimal(score)), **changes)


def test_a_line_item_of_each_version_has_its_fields_and_no_others() -> None:
    bodies = {}
    for version, base in (
        ("1.1", f"{HOST}/ims/oneroster/v1p1"),
        ("1.2", f"{HOST}/ims/oneroster/rostering/v1p2"),
    ):
        server = served()
        assert adapter_over(server, base_url=base, version=version).put_assignment(named(), WORK) == ITEM
        (put,) = [each for each in server.requests if each.method == "PUT"]
        part = "v1p1" if version == "1.1" else "gradebook/v1p2"
        assert str(put.url) == f"{HOST}/ims/oneroster/{part}/lineItems/{ITEM}"
        ((name, bodies[version]),) = server.bodies("lineItems")[0].items()
        assert name == "lineItem"

    first, second = bodies["1.1"], bodies["1.2"]
    common = {"sourcedId", "status", "dateLastModified", "title", "description", "assignDate", "dueDate"}
    common |= {"class", "category", "gradingPeriod", "resultValueMin", "resultValueMax"}
    assert set(first) == common and set(second) == common | {"school"}
    assert (first["title"], first["description"]) == ("Unit 1 quiz", "Read pages 1–9 [schoology:5001]")
    assert (first["assignDate"], first["dueDate"]) == ("2026-10-12T12:00:00.000Z", "2026-10-16T12:00:00.000Z")
    assert (first["resultValueMin"], first["resultValueMax"]) == (0, 12.5)
    assert first["gradingPeriod"]["sourcedId"] == "q1"
    assert second["category"] == {
        "href": f"{HOST}/ims/oneroster/gradebook/v1p2/categories/c1",
        "sourcedId": "c1",
        "type": "category",
    }
    assert second["school"]["sourcedId"] == "S1"


SCORES: list[tuple[SisScore, str, dict[str, Any]]] = [
    (graded(), "1.1", {"scoreStatus": "fully graded", "score": 8.25}),
    (graded("0"), "1.2", {"scoreStatus": "fully graded", "score": 0}),
    (graded("13.75"), "1.2", {"scoreStatus": "fully graded", "score": 13.75}),
    (graded(score="1", flag=ScoreFlag.EXEMPT), "1.1", {"scoreStatus": "exempt", "score": 0}),
    (SisScore("s+1", flag=ScoreFlag.EXEMPT), "1.2", {"scoreStatus": "exempt"}),
    (
        graded("0", flag=ScoreFlag.MISSING),
        "1.2",
        {"scoreStatus": "fully graded", "score": 0, "missing": "true"},
    ),
    (
        graded("7", comment="Well done"),
        "1.1",
        {"scoreStatus": "fully graded", "score": 7, "comment": "Well done"},
    ),
]


@pytest.mark.parametrize(("value", "version", "told"), SCORES)
def test_a_result_says_what_the_score_is(value: SisScore, version: str, told: dict[str, Any]) -> None:
    base = f"{HOST}/ims/oneroster/" + ("v1p1" if version == "1.1" else "rostering/v1p2")
    server = served()
    sis = adapter_over(server, base_url=base, version=version)
    made = sis.put_assignment(named(), WORK)
    (said,) = sis.put_scores(named(sis_id=made), [value])

    (body,) = (each["result"] for each in server.bodies("results"))
    assert said.ok
    assert body["sourcedId"] == result_id(ITEM, "s+1")
    assert (body["lineItem"]["sourcedId"], body["student"]["sourcedId"]) == (ITEM, "s+1")
    assert len(body["scoreDate"]) == 10
    head = {"sourcedId", "status", "dateLastModified", "lineItem", "student", "scoreDate"}
    assert {name: each for name, each in body.items() if name not in head} == told


def test_the_same_item_in_two_classes_is_two_line_items_and_ids_never_change() -> None:
    assert ITEM == line_item_id("k", "5001") != line_item_id("k2", "5001") != line_item_id("k", "25001")
    assert result_id(ITEM, "s1") != result_id(ITEM, "s2")


def test_a_write_whose_answer_was_lost_is_sent_again_under_the_same_id() -> None:
    server = served()
    lost = [True]

    def after(request: Any, path: str, _: Any) -> Any:
        if request.method == "PUT" and lost:
            lost.clear()
            server._answer(request, path, {})
            return page_for_people(502)
        return None

    server.hooks.append(after)
    sis = adapter_over(server)
    ref_of = named(sis_id=sis.put_assignment(named(), WORK))
    lost.append(True)
    sis.put_scores(ref_of, [graded()])

    assert [each["sourcedId"] for each in server.lists["lineItems"]] == [ITEM]
    assert [each["sourcedId"] for each in server.lists["results"]] == [result_id(ITEM, "s+1")]


@pytest.mark.parametrize("told", ["object", "pairs", "nothing"])
def test_a_server_that_gives_ids_of_its_own_is_believed_and_asked_by_them(told: str) -> None:
    """Where the answer has no id, the marker in the description leads to it the next time."""
    server = served()

    def allocate(request: Any, path: str, _: Any) -> Any:
        if request.method != "PUT" or not path.startswith("lineItems"):
            return None
        body = server.bodies("lineItems")[-1]["lineItem"]
        key = "own 7/é"
        if f"/{ITEM}" in str(request.url):
            server.lists["lineItems"] = [{**body, "sourcedId": key}]
        pair = {"suppliedSourcedId": ITEM, "allocatedSourcedId": key}
        return {
            "object": answer({"lineItem": {"sourcedId": key}}, 201),
            "pairs": answer({"sourcedIdPairs": [pair]}, 201),
            "nothing": answer(None, 201),
        }[told]

    server.hooks.append(allocate)
    sis = adapter_over(server)
    given = sis.put_assignment(named(), WORK)
    assert given == ("own 7/é" if told != "nothing" else ITEM)

    again = adapter_over(server)
    assert [each.number for each in again.assignments("k")] == ["own 7/é"]
    again.put_assignment(named(), WORK)
    assert str(server.requests[-1].url).endswith("/lineItems/own%207%2F%C3%A9")


def test_what_others_made_is_shown_and_has_no_item_of_ours() -> None:
    mine = {"sourcedId": ITEM, "title": "Ours", "description": "x [schoology:5001]", "dueDate": "2026-10-16"}
    rows = [
        mine,
        {
            "sourcedId": "theirs",
            "title": "By hand",
            "dueDate": "2026-10-16T00:00:00Z",
            "resultValueMax": "20",
        },
        {"sourcedId": "gone", "title": "Gone", "status": "tobedeleted", "dueDate": "2026-10-16"},
        {"sourcedId": "odd", "title": "Odd", "dueDate": "some day"},
    ]
    for each in rows:
        each["class"] = ref("k", "class")  # type: ignore[assignment]
    found = adapter_over(served(lineItems=rows)).assignments("k")

    assert [(each.number, each.title, each.detail) for each in found] == [
        (ITEM, "Ours", "x"),
        ("theirs", "By hand", ""),
        ("odd", "Odd", ""),
    ]
    assert found[1].points == 20 and found[1].due == date(2026, 10, 16)
    assert found[2].unreadable


def result(key: str, **changes: Any) -> dict[str, Any]:
    return {
        "sourcedId": key,
        "lineItem": ref(ITEM, "lineItem"),
        "student": ref("s1"),
        "scoreStatus": "fully graded",
        "score": 8,
        **changes,
    }


READ: list[tuple[dict[str, Any], Any, Any]] = [
    ({"score": 8.25}, Decimal("8.25"), ScoreFlag.NONE),
    ({"score": "8.250"}, Decimal("8.250"), ScoreFlag.NONE),
    ({"score": 0}, Decimal(0), ScoreFlag.NONE),
    ({"score": None}, None, ScoreFlag.NONE),
    ({"score": 0, "scoreStatus": "Exempt"}, None, ScoreFlag.EXEMPT),
    ({"score": 0, "scoreStatus": "not_submitted"}, None, ScoreFlag.NONE),
    ({"score": 0, "missing": "TRUE"}, Decimal(0), ScoreFlag.MISSING),
    ({"score": 3, "scoreStatus": "partially graded"}, Decimal(3), ScoreFlag.NONE),
]


@pytest.mark.parametrize(("row", "number", "flag"), READ)
def test_a_score_is_a_number_only_where_the_server_means_one(
    row: dict[str, Any], number: Any, flag: ScoreFlag
) -> None:
    items = [{"sourcedId": ITEM, "title": "x", "class": ref("k", "class"), "dueDate": "2026-10-16"}]
    found = adapter_over(served(results=[result("r", **row)], lineItems=items)).scores("k")

    ((score,),) = found.values()
    assert (score.score, score.flag, score.sis_id, score.unreadable) == (number, flag, "r", NO_REASON)


def test_text_in_place_of_a_number_can_not_be_read_and_is_never_blank() -> None:
    items = [{"sourcedId": ITEM, "title": "x", "class": ref("k", "class"), "dueDate": "2026-10-16"}]
    rows = [result("r1", score="lots"), result("r2", student=ref("s2"), score=None, textScore="B+")]
    found = adapter_over(served(results=rows, lineItems=items)).scores("k")[1, ITEM]

    assert all(each.unreadable and each.score is None for each in found)


def test_a_result_that_a_teacher_made_is_changed_under_its_own_id() -> None:
    items = [{"sourcedId": ITEM, "title": "x", "class": ref("k", "class"), "dueDate": "2026-10-16"}]
    server = served(results=[result("by hand")], lineItems=items)
    sis = adapter_over(server)
    assert sis.assignments("k") and sis.scores("k")

    sis.put_scores(named(sis_id=ITEM), [SisScore("s1", Decimal(9))])

    assert [each["result"]["sourcedId"] for each in server.bodies("results")] == ["by hand"]


REFUSED = {
    "TITLE_TOO_LONG": ({"title": "x" * 31}, "powerschool"),
    "POINTS_INVALID": ({}, "infinite_campus"),
    "CATEGORY_UNKNOWN": ({"category": "gone"}, "other"),
}


@pytest.mark.parametrize("code", REFUSED)
def test_what_a_vendor_is_known_to_refuse_is_not_sent(code: str) -> None:
    server = served()
    change, profile = REFUSED[code]
    changed: Any = replace(WORK, **change)
    with pytest.raises(SisRejected) as error:
        adapter_over(server, profile=profile).put_assignment(named(), changed)

    assert error.value.code == code and server.bodies("lineItems") == []


@pytest.mark.parametrize(
    ("status", "words", "code"),
    [
        (422, "Category not found", "CATEGORY_UNKNOWN"),
        (400, "dueDate outside of term", "DATE_OUTSIDE_TERM"),
        (409, "The grading window is closed", "PERIOD_LOCKED"),
        (412, "whatever", ""),
    ],
)
def test_a_refusal_is_told_in_the_servers_words(status: int, words: str, code: str) -> None:
    server = served()
    said = answer({"imsx_StatusInfo": {"imsx_description": words}}, status)
    server.hooks.append(lambda request, *_: said if request.method == "PUT" else None)

    with pytest.raises(SisRejected, match=words) as error:
        adapter_over(server).put_assignment(named(), WORK)
    assert error.value.code == code


def test_one_refused_score_stops_no_other() -> None:
    server = served()
    server.hooks.append(
        lambda request, *_: (
            answer({"imsx_description": "Student is not enrolled"}, 422)
            if request.method == "PUT" and b"s2" in bytes(request.body or b"")
            else None
        )
    )
    sis = adapter_over(server)
    made = named(sis_id=sis.put_assignment(named(), WORK))

    said = sis.put_scores(made, [SisScore(each, Decimal(1)) for each in ("s1", "s2", "s3")])

    assert [each.ok for each in said] == [True, False, True]
    assert said[1].code == "STUDENT_NOT_IN_SECTION"


def test_a_line_item_that_vanished_is_named_as_such() -> None:
    server = served()
    sis = adapter_over(server)
    made = named(sis_id=sis.put_assignment(named(), WORK))
    server.lists["lineItems"].clear()
    server.hooks.append(
        lambda request, path, _: (
            answer({"imsx_description": "No such lineItem"}, 404)
            if request.method == "PUT" and path.startswith("results")
            else None
        )
    )

    with pytest.raises(SisRejected) as error:
        sis.put_scores(made, [graded()])
    assert error.value.code == "ASSIGNMENT_UNKNOWN"


@pytest.mark.parametrize(("version", "ok"), [("1.1", False), ("1.2", True)])
def test_a_server_that_deletes_nothing_clears_by_a_word_where_there_is_one(version: str, ok: bool) -> None:
    server = served()
    server.hooks.append(lambda request, *_: answer(None, 405) if request.method == "DELETE" else None)
    base = f"{HOST}/ims/oneroster/" + ("v1p1" if version == "1.1" else "rostering/v1p2")
    sis = adapter_over(server, base_url=base, version=version)
    made = named(sis_id=sis.put_assignment(named(), WORK))

    (said,) = sis.put_scores(made, [SisScore("s1")])

    assert said.ok is ok
    statuses = [each["result"]["scoreStatus"] for each in server.bodies("results")]
    assert statuses == (["not submitted"] if ok else [])


def test_a_body_that_is_empty_or_no_json_is_a_write_that_worked() -> None:
    server = served()
    for said in (answer(None, 200), answer(b"OK", 200)):
        server.hooks.append(lambda request, *_, said=said: said if request.method == "PUT" else None)  # type: ignore[misc]
        assert adapter_over(server).put_assignment(named(), WORK) == ITEM


def test_categories_of_other_classes_and_none_at_all() -> None:
    rows = [
        {"sourcedId": "c1", "title": "All"},
        {"sourcedId": "c2", "title": "Other", "metadata": {"classId": "k2"}},
        {"sourcedId": "c3", "title": "Mine", "metadata": {"classId": "k"}},
    ]
    found = adapter_over(served(categories=rows)).gradebook_settings("k")
    assert [each.code for each in found.categories] == ["c1", "c3"]
    assert found.total_points is None and found.categories[0].weight is None

    empty = served(categories=[])
    assert adapter_over(empty).gradebook_settings("k").categories == ()
    campus = adapter_over(empty, profile="infinite_campus").gradebook_settings("k")
    assert [each.code[:4] for each in campus.categories] == ["1111"]


def test_a_class_that_is_gone_is_no_outage() -> None:
    with pytest.raises(SisRejected) as error:
        adapter_over(served()).gradebook_settings("none")
    assert error.value.code == "SECTION_UNKNOWN"


@pytest.mark.parametrize("status", [500, 502])
def test_an_outage_is_never_an_empty_gradebook(status: int) -> None:
    server = served()
    server.hooks.append(
        lambda _, path, __: answer({}, status) if "results" in path or "lineItems" in path else None
    )
    sis = adapter_over(server)

    with pytest.raises(SisUnavailable):
        sis.assignments("k")
    with pytest.raises((SisUnavailable, IncompleteRead)):
        sis.scores("k")
