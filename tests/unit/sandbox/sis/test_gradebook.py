"""The sandbox SIS enforces the gradebook rules of the vendor."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.district.records import Section
from lti_app.sandbox.sis.settings import settings_of
from tests.support.apps import sis_over
from tests.unit.sandbox.sis.caller import Caller, code_of

NOON = datetime(2026, 11, 23, 12, 0)  # noqa: DTZ001  the wire speaks local time without a zone
DISTRICT = make_district(600, seed=7, as_of=NOON.date())


def _section(weights: bool = True, building: int | None = None) -> Section:
    """A full-year quarter section on the usual calendar."""
    for section in DISTRICT.sections.values():
        if section.track != "R" or section.sessions[0].marking_periods != ("M1", "M2", "M3", "M4"):
            continue
        if str(section.section_key) in DISTRICT.planted["two_sessions"]:
            continue
        if settings_of(section).use_total_points is weights or building not in (None, section.building):
            continue
        return section
    raise LookupError("no such section")


class Book:
    """One section's gradebook, over the wire."""

    def __init__(self, section: Section) -> None:
        self.caller = Caller(sis_over(DISTRICT, clock=lambda: NOON))
        self.section = section
        self.path = f"sections/{section.section_key}/sessions/1/assignments"
        self.students = sorted(
            row.student_id
            for row in DISTRICT.enrollments[section.section_key]
            if row.open_on(NOON.date()) and row.student_id in DISTRICT.students
        )

    def body(self, **changes: object) -> dict[str, object]:
        body: dict[str, object] = {
            "CATEGORY": settings_of(self.section).categories[0].code,
            "DESCRIPTION": "Essay",
            "DETAIL": "Two pages",
            "POINTS": "20",
            "WEIGHT": 1,
            "ASSIGN_DATE": "2026-11-09",
            "DUE_DATE": "2026-11-16",
            "PUBLISH": "Y",
        }
        return body | changes

    def put(self, item: str = "7000000001", **changes: object) -> Any:
        return self.caller.put(f"{self.path}/{item}", self.body(**changes))

    def score(self, *entries: dict[str, object], item: str = "7000000001") -> Any:
        return self.caller.put(f"{self.path}/{item}/scores", {"SCORES": list(entries)})

    def rows(self, call_type: str) -> list[dict[str, Any]]:
        return self.caller.rows(call_type, SECTION_KEY=self.section.section_key)


@pytest.fixture
def book() -> Book:
    return Book(_section())


def test_settings_come_as_one_row_in_the_spelling_of_the_page(book: Book) -> None:
    (row,) = book.rows("GRADEBOOK_SETTINGS")
    assert (row["USE_TOTAL_POINTS"], row["USE_CAT_WEIGHT"]) == ("N", "Y")
    assert row["ROUND_TRUNC"] in ("R", "T")
    assert {len(category["CATEGORY"]) for category in row["CATEGORIES"]} == {5}
    assert {mark["CODE"].strip() for mark in row["ALPHA_MARKS"]} >= {"M", "INC", "P"}
    excluding = [mark for mark in row["ALPHA_MARKS"] if mark["EXCLUDE"] == "Y"]
    assert excluding[0]["PERCENT_VALUE"] is None


def test_both_ways_of_counting_exist() -> None:
    (row,) = Book(_section(weights=False)).rows("GRADEBOOK_SETTINGS")
    assert (row["USE_TOTAL_POINTS"], row["USE_CAT_WEIGHT"]) == ("Y", "N")


def test_sending_an_item_twice_changes_the_one_assignment(book: Book) -> None:
    first, second = book.put(), book.put(DESCRIPTION="Essay, second draft", POINTS=25)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.get_json() == second.get_json() == {"ASMT_NUMBER": 1}
    (row,) = book.rows("ASSIGNMENTS")
    assert (row["SCHOOLOGY_ID"], row["DESCRIPTION"], row["POINTS"]) == (
        "7000000001",
        "Essay, second draft",
        "25",
    )
    assert book.put("7000000002").get_json() == {"ASMT_NUMBER": 2}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"CATEGORY": "NOPE"}, "CATEGORY_UNKNOWN"),
        ({"CATEGORY": None}, "CATEGORY_UNKNOWN"),
        ({"DESCRIPTION": "  "}, "TITLE_REQUIRED"),
        ({"DESCRIPTION": None}, "TITLE_REQUIRED"),
        ({"DESCRIPTION": "x" * 256}, "TITLE_TOO_LONG"),
        ({"DUE_DATE": None}, "DATE_OUTSIDE_TERM"),
        ({"DUE_DATE": "2026-08-23"}, "DATE_OUTSIDE_TERM"),
        ({"DUE_DATE": "2027-06-11"}, "DATE_OUTSIDE_TERM"),
        ({"DUE_DATE": "2026-11-21"}, "NOT_MEETING_DAY"),
        ({"DUE_DATE": "2026-11-26"}, "NOT_MEETING_DAY"),
        ({"POINTS": "many"}, "POINTS_INVALID"),
        ({"POINTS": None}, "POINTS_INVALID"),
        ({"POINTS": -1}, "POINTS_INVALID"),
        ({"POINTS": True}, "POINTS_INVALID"),
        ({"POINTS": "NaN"}, "POINTS_INVALID"),
        ({"POINTS": "1_0"}, "POINTS_INVALID"),
        ({"POINTS": "١٠"}, "POINTS_INVALID"),
        ({"WEIGHT": "heavy"}, "POINTS_INVALID"),
    ],
)
def test_an_assignment_that_breaks_a_rule_is_refused(
    book: Book, changes: dict[str, object], code: str
) -> None:
    assert code_of(book.put(**changes)) == (422, code)
    assert book.rows("ASSIGNMENTS") == []


@pytest.mark.parametrize(
    "changes",
    [{"DUE_DATE": "2026-08-24"}, {"DUE_DATE": "2027-06-10"}, {"DESCRIPTION": "x" * 255}, {"POINTS": 0}],
)
def test_the_edges_of_the_rules_are_inside(book: Book, changes: dict[str, object]) -> None:
    assert book.put(**changes).status_code == 201


@pytest.mark.parametrize("changes", [{"DUE_DATE": "soon"}, {"PUBLISH": "maybe"}, {"COLOR": "red"}])
def test_what_the_page_does_not_know_is_a_bad_call(book: Book, changes: dict[str, object]) -> None:
    assert code_of(book.put(**changes)) == (400, "BAD_CALL")


def test_a_refused_change_leaves_the_assignment_as_it_was(book: Book) -> None:
    book.put()
    book.put(POINTS=-5, DESCRIPTION="Other")
    assert book.rows("ASSIGNMENTS")[0]["DESCRIPTION"] == "Essay"


def test_sections_sessions_and_items_that_do_not_exist(book: Book) -> None:
    put = book.caller.put
    assert code_of(put("sections/1/sessions/1/assignments/5", book.body())) == (404, "SECTION_UNKNOWN")
    other = book.path.replace("sessions/1", "sessions/9")
    assert code_of(put(f"{other}/5", book.body())) == (404, "SECTION_UNKNOWN")
    assert code_of(book.caller.call("SCORES", SECTION_KEY=1)) == (404, "SECTION_UNKNOWN")
    assert code_of(put(f"{book.path}/five", book.body())) == (400, "BAD_CALL")
    assert code_of(book.score({"STUDENT_ID": "1"})) == (404, "ASSIGNMENT_UNKNOWN")


def test_a_session_that_receives_no_marks_has_no_category() -> None:
    key = int(DISTRICT.planted["two_sessions"][0])
    book = Book(DISTRICT.sections[key])
    lab = book.caller.put(f"sections/{key}/sessions/2/assignments/5", book.body(DUE_DATE="2026-11-17"))
    assert code_of(lab) == (422, "CATEGORY_UNKNOWN")
    assert book.put("5", DUE_DATE="2026-11-17").status_code == 201


def test_a_closed_marking_period_is_locked(book: Book) -> None:
    book.caller.http.post(f"/sections/{book.section.section_key}/periods/M2/lock")
    assert code_of(book.put()) == (422, "PERIOD_LOCKED")
    assert book.put(DUE_DATE="2026-09-15").status_code == 201
    book.caller.http.post(f"/sections/{book.section.section_key}/periods/M2/lock")
    assert book.put("8").status_code == 201


def test_scores_have_an_outcome_each(book: Book) -> None:
    book.put()
    one, two, three = book.students[:3]
    answer = book.score(
        {"STUDENT_ID": one, "ASMT_SCORE": "18.5", "COMMENT": "Well done"},
        {"STUDENT_ID": two, "ASMT_ALPHA_MARK": "INC"},
        {"STUDENT_ID": "999999", "ASMT_SCORE": 5},
        {"STUDENT_ID": three, "ASMT_SCORE": -1},
        {"STUDENT_ID": three, "ASMT_ALPHA_MARK": "??"},
        {"STUDENT_ID": three, "ASMT_SCORE": 5, "ASMT_ALPHA_MARK": "M"},
        {"STUDENT_ID": three, "ASMT_SCORE": "12345.67891"},
        {"STUDENT_ID": three, "ASMT_SCORE": 5, "COMMENT": "x" * 256},
    )
    assert answer.status_code == 207
    results = answer.get_json()["RESULTS"]
    assert results[0] == {"STUDENT_ID": one, "STATUS": 200}
    assert [result.get("CODE") for result in results] == [
        *(None, None, "STUDENT_NOT_IN_SECTION", "SCORE_REJECTED", "MARK_CODE_UNKNOWN"),
        *("SCORE_REJECTED", "SCORE_REJECTED", "SCORE_REJECTED"),
    ]
    rows = {row["STUDENT_ID"].strip(): row for row in book.rows("SCORES")}
    assert set(rows) == {one, two}
    assert (rows[one]["ASMT_SCORE"], rows[one]["COMMENT"]) == ("18.5", "Well done")
    assert rows[two]["ASMT_ALPHA_MARK"] == "INC  "


def test_more_than_the_points_is_accepted_and_flagged(book: Book) -> None:
    book.put()
    book.score({"STUDENT_ID": book.students[0], "ASMT_SCORE": 21})
    (row,) = book.rows("SCORES")
    assert (row["ASMT_SCORE"], row["ASMT_EXCEPTION"].strip()) == ("21", "OVER")


def test_a_null_score_clears(book: Book) -> None:
    book.put()
    book.score({"STUDENT_ID": book.students[0], "ASMT_SCORE": 21})
    book.score({"STUDENT_ID": book.students[0], "ASMT_SCORE": None})
    assert book.rows("SCORES") == []


def test_a_dropped_student_is_not_in_the_section() -> None:
    name = next(key for key in DISTRICT.planted["dropped"])
    key, student = name.split("|")
    section = DISTRICT.sections[int(key)]
    book = Book(section)
    assert book.put(DUE_DATE="2026-11-17").status_code == 201
    (result,) = book.score({"STUDENT_ID": student, "ASMT_SCORE": 5}).get_json()["RESULTS"]
    assert (result["STATUS"], result["CODE"]) == (422, "STUDENT_NOT_IN_SECTION")


@pytest.mark.parametrize("scores", [[], [{"STUDENT_ID": "1"}] * 101, "all", [5]])
def test_a_batch_has_1_to_100_entries(book: Book, scores: object) -> None:
    book.put()
    answer = book.caller.put(f"{book.path}/7000000001/scores", {"SCORES": scores})
    assert code_of(answer) == (400, "BAD_CALL")


def test_deleting_removes_the_scores_too(book: Book) -> None:
    book.put()
    book.score({"STUDENT_ID": book.students[0], "ASMT_SCORE": 12})
    assert book.caller.delete(f"{book.path}/7000000001").status_code == 204
    assert book.rows("ASSIGNMENTS") == book.rows("SCORES") == []
    assert code_of(book.caller.delete(f"{book.path}/7000000001")) == (404, "ASSIGNMENT_UNKNOWN")
    assert book.put().get_json() == {"ASMT_NUMBER": 2}


def test_averages_come_by_student_and_marking_period(book: Book) -> None:
    book.put(DUE_DATE="2026-11-23")
    student = book.students[0]
    book.score({"STUDENT_ID": student, "ASMT_SCORE": 15})
    rows = {(row["STUDENT_ID"].strip(), row["MARKING_PERIOD"].strip()): row for row in book.rows("AVERAGES")}
    assert rows[student, "M2"]["AVERAGE"] == "75.00"
    assert rows[student, "M1"]["AVERAGE"] is None
    assert rows[book.students[1], "M2"]["AVERAGE"] is None
    assert len(rows) == 4 * len(book.students)
