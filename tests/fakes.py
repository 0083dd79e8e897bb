"""The far ends of the two ports, in memory: enough to drive the engine without a network."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from lti_app.outbound.errors import OutboundError
from lti_app.school.records import JOINING, Building, GuardianLink, Kind, Record, Seat, Term
from lti_app.schoology.port import (
    Found,
    GradingPeriod,
    Me,
    Member,
    Outcome,
    Outgoing,
    Role,
    SchoologyBuilding,
)
from lti_app.sis.errors import IncompleteRead
from lti_app.sis.port import Feed, Proof, SisInfo

PAGE = 7
"""Records of a page: more than one page for all but the smallest lists."""


class Rows(StrEnum):
    """The lists of a FakeSis; some feeds are made of two."""

    STUDENTS = "students"
    STAFF = "staff"
    GUARDIANS = "guardians"
    COURSES = "courses"
    SECTIONS = "sections"
    TEACHERS = "teachers"
    SEATS = "seats"


LISTS = {
    Feed.PEOPLE: (Rows.STUDENTS, Rows.STAFF),
    Feed.GUARDIANS: (Rows.GUARDIANS,),
    Feed.COURSES: (Rows.COURSES,),
    Feed.SECTIONS: (Rows.SECTIONS,),
    Feed.SEATS: (Rows.TEACHERS, Rows.SEATS),
}


class FakeReading:
    """Small pages; `short` rows are announced and never come, and an unproven read has no proof."""

    def __init__(self, records: Sequence[Record], short: int, *, unproven: bool = False) -> None:
        self._records, self._unproven = records, unproven
        self.claimed = len(records) + short
        self.received = 0

    def __iter__(self) -> Iterator[list[Record]]:
        for start in range(0, len(self._records), PAGE):
            page = list(self._records[start : start + PAGE])
            self.received += len(page)
            yield page

    def complete(self) -> Proof | None:
        if self._unproven:
            return None
        if self.received != self.claimed:
            raise IncompleteRead(f"{self.claimed} rows were announced, {self.received} came.")
        return Proof.TOTAL


def _keys(row: Record) -> set[str]:
    """What a record may be asked for by."""
    if isinstance(row, Seat):
        return {row.section}
    return {row.person} if isinstance(row, GuardianLink) else {row.key}


class FakeSis:
    """An SIS that answers with what the test put in."""

    def __init__(self) -> None:
        self.rows: dict[Rows, list[Any]] = {each: [] for each in Rows}
        self.short: dict[Feed, int] = {}
        self.unproven: set[Feed] = set()
        self.reads: list[Feed] = []
        self.keys: list[str] = []

    def check(self) -> SisInfo:
        return SisInfo("fake", "3.0", 1)

    def buildings(self) -> list[Building]:
        return []

    def terms(self) -> list[Term]:
        return []

    def read(self, feed: Feed, key: str = "") -> FakeReading:
        self.reads.append(feed)
        self.keys.append(key)
        every = [row for name in LISTS[feed] for row in self.rows[name]]
        rows = [row for row in every if not key or key in _keys(row)]
        return FakeReading(rows, self.short.get(feed, 0), unproven=feed in self.unproven)


class FakeSchoology:
    """Schoology with natural keys and nothing else. `script` holds what the next bulk calls do instead."""

    def __init__(self) -> None:
        self.objects: dict[Kind, dict[str, dict[str, Any]]] = {kind: {} for kind in Kind}
        self.calls: list[tuple[str, Kind, int]] = []
        self.script: list[OutboundError | None] = []
        self.refuse: dict[str, str] = {}
        self.inactive: list[dict[str, str]] = []
        self.reactivated: list[str] = []
        self._ids = itertools.count(1000)

    def new_id(self) -> str:
        """An id that is given to someone else's object."""
        return str(next(self._ids))

    def me(self) -> Me:
        return Me("1", "Avery Admin", "10", "System Admin", True)

    def person(self, uid: str) -> Me:
        return Me(uid, f"Person {uid}", "10", "System Admin", True)

    def roles(self) -> list[Role]:
        return [Role(each, f"Role {each}", False) for each in ("1", "2", "3", "4")]

    def buildings(self) -> list[SchoologyBuilding]:
        return []

    def create_building(self, name: str, code: str, address: Mapping[str, str]) -> SchoologyBuilding:
        return SchoologyBuilding("1", name, code)

    def grading_periods(self) -> list[GradingPeriod]:
        return []

    def create_grading_period(self, title: str, start: date, end: date) -> GradingPeriod:
        return GradingPeriod("1", title, start, end)

    def people(self) -> Iterator[Mapping[str, str]]:
        for each in self.objects[Kind.USER].values():
            yield {
                "uid": each["id"],
                "school_uid": each.get("school_uid", ""),
                "name_first": each.get("first_name", ""),
                "name_middle": each.get("middle_name", ""),
                "name_last": each.get("last_name", ""),
                "name": each.get("username", ""),
                "mail": each.get("email", ""),
                "role_name": f"Role {each.get('role_id', '')}",
                "building_nid": each.get("building_id", ""),
                "grad_year": str(each.get("graduation_year") or ""),
            }

    def users(self, uids: Sequence[str]) -> dict[str, Found | None]:
        self.calls.append(("users", Kind.USER, len(uids)))
        there = {uid: self._by_id(Kind.USER, uid) for uid in uids}
        return {uid: Found(uid, dict(each)) if each else None for uid, each in there.items()}

    def courses(self) -> Iterator[Found]:
        for each in self.objects[Kind.COURSE].values():
            yield Found(each["id"], {name: value for name, value in each.items() if name != "id"})

    def inactive_people(self) -> Iterator[Mapping[str, str]]:
        yield from self.inactive

    def reactivate(self, uids: Sequence[str]) -> list[Outcome]:
        self.reactivated.extend(uids)
        return [Outcome(ok=True, schoology_id=each, code=200) for each in uids]

    def sections(self, course_ids: Sequence[str]) -> dict[str, list[Found]]:
        found: dict[str, list[Found]] = {each: [] for each in course_ids}
        for each in self.objects[Kind.SECTION].values():
            course = str(each.get("course", ""))
            if course in found:
                found[course].append(Found(each["id"], {**each, "course": ""}))
        return found

    def members(self, section_ids: Sequence[str]) -> dict[str, list[Member] | None]:
        there = {each["id"] for each in self.objects[Kind.SECTION].values()}
        found: dict[str, list[Member] | None] = {each: [] if each in there else None for each in section_ids}
        for key, seat in self.objects[Kind.ENROLLMENT].items():
            section, _, uid = key.partition(":")
            if found.get(section) is not None:
                found[section].append(Member(uid, seat["id"], bool(seat.get("admin"))))  # type: ignore[union-attr]
        return found

    def create(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        lost = self._begin("create", kind, batch)
        outcomes = [self._create_one(kind, each) for each in batch]
        if lost:
            raise lost
        return outcomes

    def update(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        lost = self._begin("update", kind, batch)
        outcomes = []
        for each in batch:
            there = self._by_id(kind, each.schoology_id)
            if there is None:
                outcomes.append(Outcome(ok=False, code=404, gone=True))
                continue
            there.update({n: v for n, v in each.payload.items() if v not in ("", None) or n in each.cleared})
            outcomes.append(Outcome(ok=True, schoology_id=each.schoology_id, code=200))
        if lost:
            raise lost
        return outcomes

    def drop(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        lost = self._begin("drop", kind, batch)
        assert kind in JOINING
        for each in batch:
            self.objects[kind] = {
                key: there for key, there in self.objects[kind].items() if there["id"] != each.schoology_id
            }
        if lost:
            raise lost
        return [Outcome(ok=True, code=204) for _ in batch]

    def find(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Found | None]:
        answers: list[Found | None] = []
        for each in batch:
            there = self.objects[kind].get(natural_key(kind, each))
            fields = {name: value for name, value in (there or {}).items() if name != "id"}
            answers.append(Found(there["id"], fields) if there else None)
        return answers

    def _begin(self, verb: str, kind: Kind, batch: Sequence[Outgoing]) -> OutboundError | None:
        """Raise what the script says; an error that may have come after the write is given back."""
        self.calls.append((verb, kind, len(batch)))
        error = self.script.pop(0) if self.script else None
        if error is None:
            return None
        if getattr(error, "maybe_done", False):
            return error
        raise error

    def _create_one(self, kind: Kind, item: Outgoing) -> Outcome:
        key = natural_key(kind, item)
        if key in self.refuse:
            return Outcome(ok=False, code=400, words=self.refuse[key])
        if key in self.objects[kind]:
            return Outcome(ok=False, code=400, words="already there", conflict=True)
        schoology_id = self.new_id()
        self.objects[kind][key] = {"id": schoology_id, **item.payload}
        return Outcome(ok=True, schoology_id=schoology_id, code=200)

    def _by_id(self, kind: Kind, schoology_id: str) -> dict[str, Any] | None:
        return next((each for each in self.objects[kind].values() if each["id"] == schoology_id), None)


def natural_key(kind: Kind, item: Outgoing) -> str:
    """What Schoology itself knows an object by."""
    if kind == Kind.ENROLLMENT:
        return f"{item.refs['section']}:{item.refs['user']}"
    if kind == Kind.PARENT_LINK:
        return f"{item.payload['student_uid']}:{item.payload['parent_uid']}"
    field = {Kind.USER: "school_uid", Kind.COURSE: "code", Kind.SECTION: "section_school_code"}[kind]
    return str(item.payload[field])
