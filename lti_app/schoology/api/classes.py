"""Courses and enrollments: how they are made without changing any, changed, ended and found."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from lti_app.outbound.errors import OutboundError
from lti_app.school.records import Kind
from lti_app.schoology.api.client import PAGE, SchoologyClient
from lti_app.schoology.api.creates import MadeHere, only_new, plain, taken
from lti_app.schoology.api.payloads import course_row, neutral
from lti_app.schoology.api.results import code_of, outcomes
from lti_app.schoology.port import Found, Member, Outcome, Outgoing

Row = dict[str, Any]
SEATS = ("enrollments", "enrollment")
ARCHIVED = "5"
"""The status of an enrollment that was ended and keeps the person's work."""
PRESENT = Outcome(ok=False, code=409, words="The person is in the section already.", conflict=True)


class Courses:
    """Courses are known by their code, which is unique over the organization; there is no look-up by code,
    so the list is read once when it is needed, and once more after an answer was lost."""

    def __init__(self, client: SchoologyClient, made: MadeHere) -> None:
        self._client, self._made = client, made
        self._guard = threading.Lock()
        self._codes: dict[str, Found] | None = None
        """Every course by its code as it is compared, since it was read; None before that."""
        self._ids: set[str] = set()
        """The ids of every course that was there when the list was read."""
        self._lost = False
        """Whether courses may have been made since the list was read, of which no answer came."""

    def create(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Make courses; one whose code is there answers conflict, and is not sent."""
        found = self._as_read(batch)
        answers = [
            taken("course", "course code", there.schoology_id, str(there.fields["title"])) if there else None
            for there in found
        ]
        free = [number for number, answer in enumerate(answers) if answer is None]
        if free:
            made = self._create_free([batch[number] for number in free])
            for number, outcome in zip(free, made, strict=True):
                answers[number] = outcome
        return [each for each in answers if each is not None]

    def _create_free(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        body = {"courses": {"course": [course_row(each.payload) for each in batch]}}
        try:
            rows = self._client.bulk("POST", "courses", body, answer_path=["course"], idempotent=False)
        except OutboundError:
            self._lost = True
            raise
        made = only_new(outcomes(rows, batch), self._ids)
        self._lost = self._lost or any(each.ambiguous for each in made)
        self._made.note(made)
        with self._guard:
            for item, outcome in zip(batch, made, strict=True):
                if outcome.ok and self._codes is not None:
                    there = Found(outcome.schoology_id, dict(item.payload))
                    self._codes[plain(item.payload["code"])] = there
        return made

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
        """Look courses up by code, those included that were made without an answer. No create may be under
        way."""
        if self._lost:
            self._codes, self._lost = None, False
        return self._as_read(batch)

    def _as_read(self, batch: Sequence[Outgoing]) -> list[Found | None]:
        """The courses with these codes when the list was read, or made since then with an answer."""
        with self._guard:
            if self._codes is None:
                self._codes = {plain(each.fields["code"]): each for each in self.every()}
                self._ids = {each.schoology_id for each in self._codes.values()}
            there = self._codes
            return [there.get(plain(each.payload["code"])) for each in batch]


class Enrollments:
    """Seats in sections, by section id and uid."""

    def __init__(self, client: SchoologyClient, made: MadeHere) -> None:
        self._client, self._made = client, made

    def create(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Enroll people; someone who is enrolled already answers conflict with the id of the enrollment, and
        is not sent. An enrollment that was ended is no such, and comes back."""
        present = self._present({each.refs["section"] for each in batch} - self._made_sections(batch))
        seats = [present.get((each.refs["section"], each.refs["user"])) for each in batch]
        answers = [replace(PRESENT, schoology_id=seat) if seat is not None else None for seat in seats]
        free = [number for number, answer in enumerate(answers) if answer is None]
        if free:
            sent = self._post([batch[number] for number in free], {}, idempotent=False)
            for number, outcome in zip(free, only_new(sent, set(present.values())), strict=True):
                answers[number] = outcome
        return [each for each in answers if each is not None]

    def _made_sections(self, batch: Sequence[Outgoing]) -> set[str]:
        return {each.refs["section"] for each in batch if each.refs["section"] in self._made}

    def _present(self, section_ids: set[str]) -> dict[tuple[str, str], str]:
        """(section, user) → the id of their enrollment, of everybody who is in these sections now."""
        ids = sorted(section_ids)
        found = self.members(ids) if ids else {}
        return {
            (section_id, member.uid): member.enrollment_id
            for section_id, members in found.items()
            for member in members or ()
        }

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
            if code_of(answer) == 404:
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
            return found_row(Kind.ENROLLMENT, row)
    return None


def found_row(kind: Kind, row: Row | None) -> Found | None:
    """An object that was read, or None where there is none."""
    return Found(str(row["id"]), neutral(kind, row)) if row else None
