"""The look-ups of the Schoology adapter: an object is found by its whole key, and by nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask, jsonify, request

from lti_app.outbound.errors import Transient
from lti_app.outbound.transport import Transport
from lti_app.sandbox.serving import serve
from lti_app.schoology.api.classes import Courses, Enrollments
from lti_app.schoology.api.client import SchoologyClient
from lti_app.schoology.api.creates import MadeHere
from lti_app.schoology.api.people import Users
from lti_app.schoology.api.sections import Sections
from lti_app.schoology.port import Found, Outgoing


@dataclass
class Server:
    """A Schoology that answers each list with what the test put there, whatever it was asked for."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    parts: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    answer_of_create: tuple[Any, int] = ({}, 502)
    client: SchoologyClient = field(init=False)


@pytest.fixture
def server() -> Iterator[Server]:
    there, app = Server(), Flask("server")

    @app.get("/v1/<path>")
    def rows(path: str) -> Any:
        there.asked.append(request.args.to_dict())
        key = path.removesuffix("s")
        return jsonify({key: there.rows[path], "total": len(there.rows[path])})

    @app.post("/v1/courses")
    def make() -> Any:
        there.rows["courses"] += [{**row, "id": 7} for row in request.get_json()["courses"]["course"]]
        body, status = there.answer_of_create
        return jsonify(body), status

    @app.post("/v1/multiget")
    def multiget() -> Any:
        there.asked.append({"paths": " ".join(request.get_json()["request"])})
        return jsonify({"response": there.parts}), 207

    served = serve(app)
    with Transport(sleep=lambda seconds: None) as transport:
        there.client = SchoologyClient(f"{served.url}/v1", transport)
        yield there
    served.close()


def wanted(**payload: Any) -> Outgoing:
    return Outgoing(payload)


def ids(found: list[Found | None]) -> list[str | None]:
    return [each.schoology_id if each else None for each in found]


def test_people_are_found_by_their_whole_unique_id(server: Server) -> None:
    server.rows["users"] = [
        {"uid": 1, "school_uid": "100", "name_first": "Ann"},
        {"uid": 2, "school_uid": "1001"},
        {"uid": 3, "school_uid": ""},
    ]

    found = Users(server.client, MadeHere()).find([wanted(school_uid=each) for each in ("1001", "100", "10")])

    assert ids(found) == ["2", "1", None]
    assert found[1] is not None and found[1].fields["first_name"] == "Ann"
    assert server.asked[0]["school_uids"] == "1001,100,10"


def test_courses_are_found_by_their_whole_code_of_all_that_there_are(server: Server) -> None:
    server.rows["courses"] = [{"id": 1, "course_code": "ALG"}, {"id": 2, "course_code": "ALG1"}]

    assert ids(
        Courses(server.client, MadeHere()).find([wanted(code=each) for each in ("ALG1", "AL", "ALG")])
    ) == [
        "2",
        None,
        "1",
    ]


def test_a_course_that_was_made_without_an_answer_is_found_afterward(server: Server) -> None:
    server.rows["courses"], item = [{"id": 1, "course_code": "ALG"}], wanted(code="ALG1", title="Algebra")
    courses = Courses(server.client, MadeHere())

    with pytest.raises(Transient):
        courses.create([item])

    assert ids(courses.find([item])) == ["7"]


def test_a_course_that_an_answer_did_not_name_is_found_afterward(server: Server) -> None:
    server.rows["courses"], server.answer_of_create = [], ({"course": []}, 207)
    courses, item = Courses(server.client, MadeHere()), wanted(code="ALG1", title="Algebra")

    assert [each.ambiguous for each in courses.create([item])] == [True]

    assert ids(courses.find([item])) == ["7"]


def test_courses_are_listed_once_as_long_as_every_answer_comes(server: Server) -> None:
    server.rows["courses"], item = [], wanted(code="ALG1", title="Algebra")
    server.answer_of_create = {"course": [{"id": 7, "response_code": 200}]}, 207
    courses = Courses(server.client, MadeHere())

    assert courses.create([item])[0].ok
    before = list(server.asked)

    assert ids(courses.find([item])) == ["7"]
    assert server.asked == before


def test_sections_are_found_by_their_whole_school_code_past_ones_too(server: Server) -> None:
    server.rows["sections"] = [
        {"id": 1, "section_school_code": "50"},
        {"id": 2, "section_school_code": "5001"},
    ]

    found = Sections(server.client, MadeHere()).find(
        [wanted(section_school_code=each) for each in ("5001", "500", "50")]
    )

    assert ids(found) == ["2", None, "1"]
    assert server.asked[0]["include_past"] == "1"


def seat(uid: int, status: int = 1, seat_id: int = 9, admin: int = 0) -> dict[str, Any]:
    return {"id": seat_id, "uid": uid, "status": status, "admin": admin}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"enrollment": [seat(7)]}, "9"),
        ({"enrollment": [seat(77), seat(7, seat_id=10)]}, "10"),
        ({"enrollment": [seat(77)]}, None),
        ({"enrollment": [seat(7, status=5)]}, None),
        ({"enrollment": [seat(7, status=5), seat(7, seat_id=11)]}, "11"),
        ({"enrollment": [seat(7, status=4)]}, "9"),
        ({"enrollment": []}, None),
        ({}, None),
        ("The section is not there.", None),
    ],
    ids=[
        "theirs",
        "theirs among others",
        "somebody else's",
        "one that was ended",
        "one that was ended and made again",
        "one that waits for approval",
        "nobody",
        "no list",
        "no section",
    ],
)
def test_a_seat_is_found_by_its_person_and_while_it_lasts(
    server: Server, body: Any, found: str | None
) -> None:
    server.parts = [{"response_code": 200, "body": body}]
    item = Outgoing({"admin": False}, refs={"section": "5", "user": "7"})

    assert ids(Enrollments(server.client, MadeHere()).find([item])) == [found]
    assert server.asked == [{"paths": "/v1/sections/5/enrollments?uid=7"}]


def test_a_section_whose_code_is_there_is_not_made_again_nor_touched(server: Server) -> None:
    """A create asks first, because Schoology would update the section that it finds."""
    server.rows["sections"] = [{"id": 1, "section_school_code": "5001"}]

    (outcome,) = Sections(server.client, MadeHere()).create([wanted(section_school_code="5001")])

    assert (outcome.ok, outcome.conflict) == (False, True)
    assert len(server.asked) == 1
