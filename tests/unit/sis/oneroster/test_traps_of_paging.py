"""A list is believed when it is whole, however its server cuts it into pages, and never when it moved."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from requests import PreparedRequest, Response

from lti_app.school.reasons import because
from lti_app.school.records import Course
from lti_app.school.row_codes import RowCode
from lti_app.sis.errors import (
    IncompleteRead,
    SisError,
    SisForbidden,
    SisNotRecognized,
    SisUnavailable,
)
from lti_app.sis.port import Feed, Proof
from tests.support.oneroster.rows_server import RowServer, adapter_over, answer, page_for_people, user

Hook = Callable[[PreparedRequest, str, dict[str, str]], Response | None]


def courses(count: int) -> list[dict[str, Any]]:
    return [{"sourcedId": f"c{n:05}", "title": f"Course {n}", "courseCode": str(n)} for n in range(count)]


def keys(sis: Any, feed: Feed = Feed.COURSES) -> tuple[list[str], Proof]:
    reading = sis.read(feed)
    found = [each.key for page in reading for each in page]
    return found, reading.complete()


def server_of(count: int, *, totals: bool = True, cap: int = 1000) -> RowServer:
    made = RowServer(courses=courses(count))
    made.totals, made.cap = totals, cap
    return made


def on(path: str, change: Callable[[PreparedRequest, dict[str, str]], Response | None]) -> Hook:
    """A hook for one path."""
    return lambda request, asked, query: change(request, query) if asked == path else None


@pytest.mark.parametrize("totals", [True, False])
@pytest.mark.parametrize(
    ("count", "cap"), [(0, 100), (1, 100), (100, 100), (100, 7), (250, 50), (1000, 1000)]
)
def test_a_page_may_be_smaller_than_was_asked_for(count: int, cap: int, totals: bool) -> None:
    found, proof = keys(adapter_over(server_of(count, totals=totals, cap=cap)))

    assert len(found) == len(set(found)) == count
    assert proof is (Proof.TOTAL if totals else Proof.SECOND_LOOK)


def test_a_short_page_in_the_middle_is_not_the_end() -> None:
    server = server_of(90, totals=False, cap=20)
    lists = server.lists["courses"]
    server.hooks.append(
        on(
            "courses",
            lambda _, query: answer({"courses": lists[20:25]}) if query["offset"] == "20" else None,
        )
    )

    assert len(keys(adapter_over(server))[0]) == 90


def test_a_total_of_the_page_is_no_total() -> None:
    server = server_of(130, cap=50)

    def lies(_: PreparedRequest, query: dict[str, str]) -> Response:
        offset, limit = int(query["offset"]), min(50, int(query["limit"]))
        rows = server.lists["courses"][offset : offset + limit]
        return answer({"courses": rows}, **{"X-Total-Count": str(len(rows))})

    server.hooks.append(on("courses", lies))
    found, proof = keys(adapter_over(server))

    assert len(found) == 130 and proof is Proof.SECOND_LOOK


@pytest.mark.parametrize("past", ["again", "404", "400", "null", "204"])
@pytest.mark.parametrize("totals", [True, False])
def test_a_page_past_the_end_may_be_anything(past: str, totals: bool) -> None:
    server = server_of(60, totals=totals, cap=20)
    last = server.lists["courses"][40:]
    said = {
        "again": answer({"courses": last}),
        "404": answer({"imsx_description": "none"}, 404),
        "400": answer({"imsx_description": "offset"}, 400),
        "null": answer({"courses": None}),
        "204": answer(None, 204),
    }[past]
    server.hooks.append(on("courses", lambda _, query: said if int(query["offset"]) >= 60 else None))

    assert len(keys(adapter_over(server))[0]) == 60


def test_a_server_that_sends_everything_whatever_is_asked_is_read_once() -> None:
    server = server_of(1700, totals=False)
    every = answer({"courses": server.lists["courses"]})
    server.hooks.append(on("courses", lambda *_: every))

    assert len(keys(adapter_over(server))[0]) == 1700
    assert len([each for each in server.asked if "/courses" in each]) <= 3


def test_a_server_that_ignores_the_offset_of_a_capped_list_is_not_believed() -> None:
    server = server_of(500, totals=False)
    server.hooks.append(
        on(
            "courses",
            lambda _, query: answer({"courses": server.lists["courses"][: min(100, int(query["limit"]))]}),
        )
    )

    with pytest.raises(IncompleteRead, match="again and again"):
        keys(adapter_over(server))


@pytest.mark.parametrize("refused", ["sort", "limit"])
def test_a_parameter_that_is_refused_is_left_out(refused: str) -> None:
    server = server_of(150)

    def strict(_: PreparedRequest, query: dict[str, str]) -> Response | None:
        bad = "sort" in query if refused == "sort" else int(query["limit"]) > 200
        return answer({"imsx_description": f"{refused} is not supported"}, 400) if bad else None

    server.hooks.append(on("courses", strict))

    assert len(keys(adapter_over(server))[0]) == 150


@pytest.mark.parametrize("shape", ["bare", "capital", "single", "singular"])
def test_a_list_may_be_wrapped_in_other_ways(shape: str) -> None:
    rows = courses(1 if shape in ("single", "singular") else 3)
    server = RowServer(courses=rows)

    def wrapped(_: PreparedRequest, query: dict[str, str]) -> Response:
        own: Any = rows[int(query["offset"]) :]
        return answer(
            {
                "bare": own,
                "capital": {"Courses": own},
                "single": {"courses": own[0] if own else []},
                "singular": {"course": own[0] if own else []},
            }[shape]
        )

    server.hooks.append(on("courses", wrapped))

    assert len(keys(adapter_over(server))[0]) == len(rows)


def test_rows_by_their_ids_are_no_list_and_never_one_row() -> None:
    server = server_of(3)
    by_id = {each["sourcedId"]: each for each in server.lists["courses"]}
    server.hooks.append(on("courses", lambda *_: answer({"courses": by_id})))

    with pytest.raises(SisNotRecognized, match="are no list"):
        keys(adapter_over(server))


def test_data_that_calls_itself_a_page_is_data() -> None:
    server = server_of(3)
    kind = {"Content-Type": "text/html; charset=utf-8"}
    rows = server.lists["courses"]
    server.hooks.append(
        on("courses", lambda _, query: answer({"courses": rows[int(query["offset"]) :]}, **kind))
    )

    assert len(keys(adapter_over(server))[0]) == 3


def test_a_server_that_counts_in_pages_of_its_own_is_asked_for_such_pages() -> None:
    server = server_of(450, totals=False)

    def by_page(_: PreparedRequest, query: dict[str, str]) -> Response:
        limit = int(query["limit"])
        size = min(100, limit)
        start = int(query["offset"]) // limit * size
        return answer({"courses": server.lists["courses"][start : start + size]})

    server.hooks.append(on("courses", by_page))

    assert len(keys(adapter_over(server))[0]) == 450


FAILURES: dict[str, Callable[[], Response]] = {
    "page to sign in": page_for_people,
    "proxy": lambda: page_for_people(502),
    "nothing": lambda: answer(b""),
    "no list": lambda: answer({"status": "ok"}),
    "cut off": lambda: answer(b'{"courses": [{"sourcedId": "1"'),
    "text": lambda: answer(b"OK"),
    "a number": lambda: answer({"courses": 0}),
    "500": lambda: answer({"imsx_description": "database"}, 500),
    "other total": lambda: answer({"courses": []}, **{"X-Total-Count": "120"}),
}


@pytest.mark.parametrize("failure", sorted(FAILURES))
@pytest.mark.parametrize("page", [0, 40])
def test_a_failure_is_never_an_empty_list(failure: str, page: int) -> None:
    server = server_of(100, totals=failure == "other total", cap=20)
    server.hooks.append(
        on("courses", lambda _, query: FAILURES[failure]() if query["offset"] == str(page) else None)
    )

    with pytest.raises((SisUnavailable, IncompleteRead, SisNotRecognized)):
        keys(adapter_over(server))


@pytest.mark.parametrize("said", ["404", "null", "204"])
def test_a_list_that_is_not_there_is_empty_only_where_schools_are_shown(said: str) -> None:
    server = RowServer()
    gone = {"404": answer({"imsx_description": "none"}, 404), "null": answer({"enrollments": None})}
    server.hooks.append(on("enrollments", lambda *_: gone.get(said, answer(None, 204))))

    assert keys(adapter_over(server), Feed.SEATS)[0] == []

    server.lists["orgs"] = []
    with pytest.raises(SisError):
        keys(adapter_over(server), Feed.SEATS)


def test_no_people_at_all_is_a_matter_of_permission_and_never_the_truth() -> None:
    server = RowServer(users=[])

    with pytest.raises(SisForbidden, match="no people"):
        keys(adapter_over(server), Feed.PEOPLE)


@pytest.mark.parametrize("status", [403, 404])
def test_people_come_as_students_and_teachers_where_users_are_not_offered(status: int) -> None:
    both = user("2", "teacher")
    server = RowServer(students=[user("1"), both], teachers=[both, user("3", "teacher")])
    server.hooks.append(on("users", lambda *_: answer({"imsx_description": "no"}, status)))

    assert sorted(keys(adapter_over(server), Feed.PEOPLE)[0]) == ["1", "2", "3"]


def test_a_row_that_really_stands_on_two_pages_is_believed_the_second_time() -> None:
    server = server_of(60, cap=20)
    server.lists["courses"][45] = dict(server.lists["courses"][5])
    sis = adapter_over(server)
    with pytest.raises(IncompleteRead, match="on two pages"):
        keys(sis)

    assert len(keys(sis)[0]) == 60


@settings(max_examples=150, deadline=None)
@given(
    count=some.integers(1, 60),
    cap=some.integers(1, 12),
    totals=some.booleans(),
    seed=some.integers(0, 10_000),
)
def test_a_list_that_changes_at_any_moment_is_whole_or_not_believed(
    count: int, cap: int, totals: bool, seed: int
) -> None:
    """What stood there from the beginning to the end is in every read that is believed, and nothing twice.

    Rows only come, or only go, or one goes and one comes; of more, some leave no trace (docs/assumptions.md).
    """
    server, chance = server_of(count, totals=totals, cap=cap), Random(seed)
    they_go, one_of_each = chance.random() < 0.5, chance.random() < 0.5
    stayed = {each["sourcedId"] for each in server.lists["courses"]}
    rows, changes = server.lists["courses"], 0

    def change(path: str) -> None:
        nonlocal they_go, changes
        if path != "courses" or chance.random() > 0.3 or (one_of_each and changes == 2):
            return
        they_go, changes = they_go != one_of_each, changes + 1
        if they_go:
            if not rows:
                return
            stayed.discard(rows.pop(chance.randrange(len(rows)))["sourcedId"])
        else:
            rows.insert(
                chance.randrange(len(rows) + 1), {**courses(1)[0], "sourcedId": f"n{chance.random()}"}
            )

    server.after = change
    sis = adapter_over(server)
    sis.buildings()
    try:
        found, _ = keys(sis)
    except IncompleteRead:
        return
    assert len(found) == len(set(found))
    assert stayed <= set(found)


def test_records_are_courses_and_rows_without_an_object_are_named() -> None:
    server = RowServer(courses=[*courses(2), "nonsense"])  # type: ignore[list-item]
    reading = adapter_over(server).read(Feed.COURSES)

    found = [each for page in reading for each in page]

    assert [type(each) is Course for each in found] == [True, True, False]
    assert found[2].reason == because(RowCode.ROW_NOT_AN_OBJECT)
