"""Courses, sections and enrollments: how they are made, changed, ended and found."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

from lti_app.school.records import Kind
from lti_app.schoology.api.client import PAGE, SchoologyClient
from lti_app.schoology.api.payloads import course_row, neutral, section_row
from lti_app.schoology.api.results import outcomes
from lti_app.schoology.port import Found, Member, Outcome, Outgoing

Row = dict[str, Any]
SEATS = ("enrollments", "enrollment")
ARCHIVED = "5"
"""The status of an enrollment that was ended and keeps the person's work."""
TAKEN = Outcome(ok=False, code=409, words="A section with this section school code is there.", conflict=True)


class Courses:
    """Courses are known by their code, which is unique over the organisation; there is no look-up by code,
    so the list is read once when it is needed."""

    def __init__(self, client: SchoologyClient) -> None:
        self._client = client
        self._guard = threading.Lock()
        self._codes: dict[str, Found] | None = None
        """Every course by its code, as long as nothing was written since it was read."""

    def create(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Make courses; one that is there answers conflict."""
        self._codes = None
        body = {"courses": {"course": [course_row(each.payload) for each in batch]}}
        rows = self._client.bulk("POST", "courses", body, answer_path=["course"], idempotent=False)
        return outcomes(rows, batch)

    def update(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Set the fields of courses by id."""
        self._codes = None
        rows = [{**course_row(each.payload, each.cleared), "id": each.schoology_id} for each in batch]
        answer = self._client.bulk(
            "PUT", "courses", {"courses": {"course": rows}}, answer_path=["course"], idempotent=True
        )
        return outcomes(answer, batch)

    def every(self) -> Iterator[Found]:
        """All courses, page after page."""
        for row in self._client.pages("courses", "course", counted=True):
            yield Found(str(row["id"]), neutral(Kind.COURSE, row))

    def find(self, batch: Sequence[Outgoing]) -> list[Found | None]:
        """Look courses up by code."""
        with self._guard:
            if self._codes is None:
                self._codes = {str(each.fields["code"]): each for each in self.every()}
            there = self._codes
        return [there.get(str(each.payload["code"])) for each in batch]


class Sections:
    """Sections are made inside their courses, fifty at a time whatever their courses are."""

    def __init__(self, client: SchoologyClient) -> None:
        self._client = client

    def create(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Make sections; one whose code is there answers conflict and is not touched."""
        found = self.find(batch)
        free = [number for number, there in enumerate(found) if there is None]
        answers = [TAKEN] * len(batch)
        if free:
            made = self._create_free([batch[number] for number in free])
            for number, outcome in zip(free, made, strict=True):
                answers[number] = outcome
        return answers

    def _create_free(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        courses, places = _by_course(batch)
        body = {"courses": {"course": courses}}
        answer = self._client.bulk(
            "POST",
            "courses",
            body,
            answer_path=["course"],
            idempotent=False,
            query={"update_existing": 1},
        )
        return _sections_of(answer, courses, places, batch)

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
        there = {str(row.get("section_school_code")): row for row in rows}
        return [_found(Kind.SECTION, there.get(code)) for code in codes]

    def of_courses(self, course_ids: Sequence[str]) -> dict[str, list[Found]]:
        """The sections under way of courses, one multiget for all; courses above one page are read on."""
        paths = [f"courses/{each}/sections?limit={PAGE}" for each in course_ids]
        found: dict[str, list[Found]] = {}
        for course_id, answer in zip(course_ids, self._client.read_many(paths), strict=True):
            body = answer.get("body")
            rows = self._client.whole(f"courses/{course_id}/sections", "section", body)
            found[course_id] = [Found(str(row["id"]), neutral(Kind.SECTION, row)) for row in rows]
        return found


class Enrollments:
    """Seats in sections, by section id and uid."""

    def __init__(self, client: SchoologyClient) -> None:
        self._client = client

    def create(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Enroll people; somebody who is enrolled already answers conflict."""
        return self._post(batch, {}, idempotent=False)

    def update(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Set whether people are administrators of their sections."""
        return self._post(batch, {"update_existing": 1}, idempotent=True)

    def _post(
        self, batch: Sequence[Outgoing], query: dict[str, str | int], *, idempotent: bool
    ) -> list[Outcome]:
        rows = [
            {
                "realm": "section",
                "section_id": each.refs["section"],
                "uid": each.refs["user"],
                "admin": 1 if each.payload.get("admin") else 0,
                "status": 1,
            }
            for each in batch
        ]
        answer = self._client.bulk(
            "POST",
            "enrollments",
            {"enrollments": {"enrollment": rows}},
            answer_path=SEATS,
            idempotent=idempotent,
            query=query,
        )
        return outcomes(answer, batch)

    def drop(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """End enrollments by id; one that is gone already counts as ended."""
        ids = ",".join(each.schoology_id for each in batch)
        answer = self._client.bulk(
            "DELETE",
            "enrollments",
            None,
            answer_path=SEATS,
            idempotent=True,
            query={"enrollment_ids": ids},
        )
        said = outcomes(answer, batch)
        return [
            Outcome(ok=True, schoology_id=each.schoology_id, code=each.code, words=each.words)
            if each.gone
            else each
            for each in said
        ]

    def find(self, batch: Sequence[Outgoing]) -> list[Found | None]:
        """Look enrollments up by section and uid, one multiget for the batch."""
        paths = [f"sections/{each.refs['section']}/enrollments?uid={each.refs['user']}" for each in batch]
        answers = self._client.read_many(paths)
        return [_seat(answer, each) for answer, each in zip(answers, batch, strict=True)]

    def members(self, section_ids: Sequence[str]) -> dict[str, list[Member] | None]:
        """Who is in each section, one multiget for all; sections above one page are read on."""
        paths = [f"sections/{each}/enrollments?limit={PAGE}" for each in section_ids]
        found: dict[str, list[Member] | None] = {}
        for section_id, answer in zip(section_ids, self._client.read_many(paths), strict=True):
            body = answer.get("body")
            if int(answer.get("response_code") or 200) == 404:
                found[section_id] = None
                continue
            rows = self._client.whole(f"sections/{section_id}/enrollments", "enrollment", body)
            found[section_id] = [_member(row) for row in rows if str(row.get("status")) != ARCHIVED]
        return found


def _member(row: Row) -> Member:
    return Member(str(row.get("uid")), str(row.get("id") or ""), str(row.get("admin")) == "1")


def _seat(answer: Row, item: Outgoing) -> Found | None:
    body = answer.get("body")
    rows = body.get("enrollment") or [] if isinstance(body, dict) else []
    for row in rows:
        if str(row.get("uid")) == str(item.refs["user"]) and str(row.get("status")) != ARCHIVED:
            return _found(Kind.ENROLLMENT, row)
    return None


def _found(kind: Kind, row: Row | None) -> Found | None:
    return Found(str(row["id"]), neutral(kind, row)) if row else None


def _by_course(batch: Sequence[Outgoing]) -> tuple[list[Row], dict[str, list[int]]]:
    """Course rows with their sections inside, and for each course code the places of its items."""
    courses: dict[str, Row] = {}
    places: dict[str, list[int]] = {}
    for number, each in enumerate(batch):
        code = each.refs["course_code"]
        course = courses.setdefault(
            code,
            {
                "course_code": code,
                "title": each.refs["course_title"],
                "building_id": each.refs["building_id"],
                "sections": {"section": []},
            },
        )
        course["sections"]["section"].append(section_row(each.payload))
        places.setdefault(code, []).append(number)
    return list(courses.values()), places


def _sections_of(
    answer: Sequence[Row], courses: Sequence[Row], places: dict[str, list[int]], batch: Sequence[Outgoing]
) -> list[Outcome]:
    """The outcome of each section out of the nested answer."""
    lost = Outcome(ok=False, ambiguous=True, words="The answer did not name this section.")
    result = [lost] * len(batch)
    if len(answer) != len(courses):
        return result
    for course, row in zip(courses, answer, strict=True):
        numbers = places[course["course_code"]]
        inside = (row.get("sections") or {}).get("section") or []
        items = [batch[number] for number in numbers]
        if not inside and int(row.get("response_code") or 0) >= 400:
            inside = [row] * len(items)
        for number, outcome in zip(numbers, outcomes(inside, items), strict=True):
            result[number] = outcome
    return result
