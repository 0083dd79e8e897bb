"""Sections: how they are made without changing any, changed and found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lti_app.school.records import Kind
from lti_app.schoology.api.classes import found_row
from lti_app.schoology.api.client import PAGE, SchoologyClient
from lti_app.schoology.api.creates import MadeHere, by_value, only_new, plain, taken
from lti_app.schoology.api.payloads import neutral, section_row
from lti_app.schoology.api.results import code_of, outcomes
from lti_app.schoology.port import BULK, Found, Outcome, Outgoing

Row = dict[str, Any]
OTHER_COURSE = "Schoology answered with another course than the one that was asked for."
NO_COURSE = Outcome(ok=False, code=404, words="The course is not in Schoology anymore.")


@dataclass(frozen=True)
class CourseNow:
    """A course as it is just before sections are made in it. What is sent of it is what was read, because
    the call would update it."""

    code: str
    title: str
    building_id: str
    sections: Sequence[Row] = field(default=())

    def holder(self, item: Outgoing) -> Row | None:
        """A section of the course that Schoology may take for this one: it has the code, and a grading period
        in common. Ended sections count as well."""
        code, periods = plain(item.payload.get("section_code")), set(item.payload["grading_period_ids"])
        for row in self.sections if code else ():
            if plain(row.get("section_code")) == code and periods & _periods(row):
                return row
        return None


class Sections:
    """Sections are made inside their courses, fifty at a time whatever their courses are.

    The only call that makes them in many courses at a time is an update of courses that also updates
    sections: it may match a section by its school code, or by its code and grading periods within the
    course. All of that is looked up first.
    """

    def __init__(self, client: SchoologyClient, made: MadeHere) -> None:
        self._client, self._made = client, made

    def create(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Make sections; one that Schoology could take for one that is there answers conflict, and what is
        there is not touched."""
        found = self.find(batch)
        new = [each for each, there in zip(batch, found, strict=True) if there is None]
        courses = self._courses({each.refs["course"]: each for each in new})
        answers = [_hindered(each, there, courses) for each, there in zip(batch, found, strict=True)]
        free = [number for number, answer in enumerate(answers) if answer is None]
        known = {str(row["id"]) for course in courses.values() if course for row in course.sections}
        if free:
            made = self._create_free([batch[number] for number in free], courses, known)
            for number, outcome in zip(free, made, strict=True):
                answers[number] = outcome
        return [each for each in answers if each is not None]

    def _courses(self, asked: Mapping[str, Outgoing]) -> dict[str, CourseNow | None]:
        """Each course as it is now, with every section; None for one that is gone."""
        here = {each: item for each, item in asked.items() if each in self._made}
        found: dict[str, CourseNow | None] = {
            each: CourseNow(item.refs["course_code"], item.refs["course_title"], item.refs["building_id"])
            for each, item in here.items()
        }
        others, size = [each for each in asked if each not in here], BULK // 2
        for part in (others[start : start + size] for start in range(0, len(others), size)):
            paths = [
                path
                for each in part
                for path in (f"courses/{each}", f"courses/{each}/sections?include_past=1&limit={PAGE}")
            ]
            answers = self._client.read_many(paths)
            for course_id, (course, inside) in zip(part, _pairs(answers), strict=True):
                found[course_id] = self._course(course_id, course, inside)
        return found

    def _course(self, course_id: str, course: Row, inside: Row) -> CourseNow | None:
        body = course.get("body")
        if not isinstance(body, dict) or not body.get("course_code"):
            return None
        path = f"courses/{course_id}/sections"
        rows = self._client.whole(path, "section", inside.get("body"), include_past=1)
        title, building = str(body.get("title") or ""), str(body.get("building_id") or "")
        return CourseNow(str(body["course_code"]), title, building, rows)

    def _create_free(
        self, batch: Sequence[Outgoing], courses: Mapping[str, CourseNow | None], known: set[str]
    ) -> list[Outcome]:
        rows, places = _by_course(batch, courses)
        answer = self._client.bulk(
            "POST",
            "courses",
            {"courses": {"course": rows}},
            answer_path=["course"],
            idempotent=False,
            query={"update_existing": 1},
        )
        made = only_new(_sections_of(answer, list(places), places, batch), known)
        self._made.note(made)
        return made

    def update(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Set the fields of sections by id."""
        rows = [{**section_row(each.payload, each.cleared), "id": each.schoology_id} for each in batch]
        answer = self._client.bulk(
            "PUT", "sections", {"sections": {"section": rows}}, answer_path=["section"], idempotent=True
        )
        return outcomes(answer, batch)

    def find(self, batch: Sequence[Outgoing]) -> list[Found | None]:
        """Look sections up by section school code, past ones included."""
        codes = [str(each.payload["section_school_code"]) for each in batch]
        rows = self._client.pages(
            "sections",
            "section",
            section_school_codes=",".join(codes),
            include_past=1,
            limit=PAGE,
            most=len(codes),
        )
        there = by_value(rows, "section_school_code")
        return [found_row(Kind.SECTION, there(code)) for code in codes]

    def of_courses(self, course_ids: Sequence[str]) -> dict[str, list[Found]]:
        """The sections under way of courses, one multiget for all; courses above one page are read on."""
        paths = [f"courses/{each}/sections?limit={PAGE}" for each in course_ids]
        found: dict[str, list[Found]] = {}
        for course_id, answer in zip(course_ids, self._client.read_many(paths), strict=True):
            body = answer.get("body")
            rows = self._client.whole(f"courses/{course_id}/sections", "section", body)
            found[course_id] = [Found(str(row["id"]), neutral(Kind.SECTION, row)) for row in rows]
        return found


def _hindered(item: Outgoing, there: Found | None, courses: Mapping[str, CourseNow | None]) -> Outcome | None:
    """Why a section cannot be made, if it cannot."""
    if there is not None:
        return taken("section", "section school code", there.schoology_id, str(there.fields["title"]))
    course = courses[item.refs["course"]]
    if course is None:
        return NO_COURSE
    holder = course.holder(item)
    if holder is None:
        return None
    title = str(holder.get("section_title") or holder.get("title") or "")
    return taken("section", "section code in this course and grading period", str(holder["id"]), title)


def _periods(row: Row) -> set[str]:
    return {str(each) for each in row.get("grading_periods") or ()}


def _pairs(answers: Sequence[Row]) -> Iterable[tuple[Row, Row]]:
    return zip(answers[::2], answers[1::2], strict=True)


def _by_course(
    batch: Sequence[Outgoing], courses: Mapping[str, CourseNow | None]
) -> tuple[list[Row], dict[str, list[int]]]:
    """Course rows with their sections inside, and for each course the places of its items."""
    rows: dict[str, Row] = {}
    places: dict[str, list[int]] = {}
    for number, each in enumerate(batch):
        course_id = each.refs["course"]
        course = courses[course_id]
        assert course is not None
        row = rows.setdefault(
            course_id,
            {
                "course_code": course.code,
                "title": course.title,
                "building_id": course.building_id,
                "sections": {"section": []},
            },
        )
        row["sections"]["section"].append(section_row(each.payload))
        places.setdefault(course_id, []).append(number)
    return list(rows.values()), places


def _sections_of(
    answer: Sequence[Row], course_ids: Sequence[str], places: dict[str, list[int]], batch: Sequence[Outgoing]
) -> list[Outcome]:
    """The outcome of each section out of the nested answer."""
    lost = Outcome(ok=False, ambiguous=True, words="The answer did not name this section.")
    result = [lost] * len(batch)
    if len(answer) != len(course_ids):
        return result
    for course_id, row in zip(course_ids, answer, strict=True):
        numbers = places[course_id]
        inside = (row.get("sections") or {}).get("section") or []
        items = [batch[number] for number in numbers]
        if row.get("id") and str(row["id"]) != course_id:
            for number in numbers:
                result[number] = replace(lost, ambiguous=False, words=OTHER_COURSE)
            continue
        if not inside and code_of(row) >= 400:
            inside = [row] * len(items)
        for number, outcome in zip(numbers, outcomes(inside, items), strict=True):
            result[number] = outcome
    return result
