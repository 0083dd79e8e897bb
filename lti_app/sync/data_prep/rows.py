"""Rows of Data Prep out of what either side says: the facts that matching_keys matches by."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lti_app.models import PrepState, Side
from lti_app.school.reasons import NO_REASON, Reason, encoded
from lti_app.school.records import (
    Course,
    GuardianLink,
    Kind,
    Person,
    PersonGroup,
    PersonRole,
    Record,
    Seat,
    SeatRole,
    Section,
)
from lti_app.schoology.port import Found, Member, Role
from lti_app.sync import rules
from lti_app.sync.data_prep.matching_keys import period_of
from lti_app.sync.rules import RuleContext, Verdict
from lti_app.sync.stage.understood import understood

COLUMNS = (
    "run_id",
    "kind",
    "side",
    "ident",
    "building",
    "parent",
    "person",
    "feed",
    "role",
    "number",
    "natural_key",
    "label",
    "search",
    "facts",
    "state",
    "reason_code",
    "reason_values",
    "status",
)
CLASSES = {PersonGroup.STUDENT: "student", PersonGroup.STAFF: "staff", PersonGroup.CONTACT: "parent"}
"""Group → class."""


@dataclass(frozen=True)
class Row:
    """One row of either side, before it gets its run."""

    kind: Kind
    side: Side
    ident: str
    facts: Mapping[str, Any]
    building: str = ""
    parent: str = ""
    person: str = ""
    feed: str = ""
    role: str = ""
    number: str = ""
    natural_key: str = ""
    label: str = ""
    state: str = PrepState.OK
    reason: Reason = NO_REASON

    def values(self, run_id: int) -> tuple[object, ...]:
        """The row in the order of COLUMNS."""
        told = [self.ident, self.label, *(str(each) for each in self.facts.values() if each)]
        search = "" if self.kind == Kind.ENROLLMENT else " ".join(told).casefold()
        facts = json.dumps(self.facts, ensure_ascii=False)
        head = (run_id, str(self.kind), str(self.side), self.ident, self.building, self.parent, self.person)
        whose = (self.feed, str(self.role), self.number)
        why = (self.reason.code, encoded(self.reason.values))
        return (*head, *whose, self.natural_key, self.label, search, facts, str(self.state), *why, "")


def of_record(record: Record, known: RuleContext) -> Iterator[Row]:
    """What an SIS record wants in Schoology, or would want if it could be used."""
    record, _ = understood(record)
    match record:
        case GuardianLink():
            link = rules.guardian_link(record, known)
            yield from () if link is None else (_ours(link, {}),)
        case Person():
            yield from _user(record, rules.person(record, known), known)
        case Course():
            yield from _course(record, rules.course(record, known), known)
        case Section():
            yield from _section(record, rules.section(record, known))
        case Seat():
            seat = rules.seat(record, known)
            wanted = seat is not None and seat.state == "ok"
            yield from (_ours(seat, _seat_facts(record)),) if seat and wanted else ()


def _ours(verdict: Verdict, facts: Mapping[str, Any]) -> Row:
    return Row(
        kind=verdict.kind,
        side=Side.SIS,
        ident=verdict.sis_id,
        facts=facts,
        building=verdict.building,
        parent=verdict.parent,
        person=verdict.person,
        role=verdict.role,
        number=verdict.number,
        natural_key=verdict.natural_key,
        label=verdict.label,
        state=PrepState.OK if verdict.state == "ok" else PrepState.BLOCKED,
        reason=verdict.reason,
    )


def _user(record: Person, verdict: Verdict | None, known: RuleContext) -> Iterator[Row]:
    if verdict is None or verdict.state == "out":
        return
    wanted = verdict.payload or {"email": record.email, "username": record.login}
    yield _ours(
        verdict,
        {
            "sis_id": record.sis_id,
            "school_uid": verdict.natural_key,
            "first_name": record.first_name,
            "last_name": record.last_name,
            "username": wanted["username"],
            "email": wanted["email"],
            "role": next(each for each in PersonRole if each in record.roles),
            "class": CLASSES[record.group],
            "place": _place(verdict.building, known),
            "year": str(record.graduation_year or ""),
        },
    )


def _course(record: Course, verdict: Verdict | None, known: RuleContext) -> Iterator[Row]:
    if verdict is None or verdict.state == "out":
        return
    place = _place(record.building, known)
    facts = {"code": verdict.natural_key, "number": record.code, "title": record.title, "place": place}
    yield _ours(verdict, facts)


def _section(record: Section, verdict: Verdict) -> Iterator[Row]:
    if verdict.state == "out":
        return
    wanted = verdict.payload or {}
    facts = {
        "school_code": verdict.natural_key,
        "section_code": wanted.get("section_code", ""),
        "number": record.number,
        "title": verdict.label,
        "periods": wanted.get("grading_period_ids", []),
        "period": record.period.lstrip("0"),
        "course": verdict.parent,
    }
    yield _ours(verdict, facts)


def _seat_facts(record: Seat) -> Mapping[str, Any]:
    return {"admin": record.role == SeatRole.TEACHER, **({"primary": True} if record.primary else {})}


def _place(building: str, known: RuleContext) -> str:
    choice = known.buildings.get(building)
    return choice.schoology_id if choice else ""


@dataclass(frozen=True)
class Naming:
    """What is needed to understand Schoology's rows: roles by title, and SIS buildings by Schoology's."""

    roles: Mapping[str, Role]
    classes: Mapping[str, str]
    """Schoology role id → class, as the Users tab maps roles."""
    buildings: Mapping[str, str]

    def class_of(self, title: str) -> str:
        """Student, staff or parent; empty when the role does not tell."""
        role, low = self.roles.get(title), title.casefold()
        if role is not None and role.id in self.classes:
            return self.classes[role.id]
        if "student" in low:
            return "student"
        if "parent" in low or "guardian" in low:
            return "parent"
        return "staff" if role is not None and role.faculty else ""


def of_account(row: Mapping[str, str], naming: Naming) -> Row:
    """A line of Schoology's export of users."""
    title, place = row.get("role_name") or "", row.get("building_nid") or ""
    role = naming.roles.get(title)
    first, last = row.get("name_first") or "", row.get("name_last") or ""
    facts = {
        "school_uid": row.get("school_uid") or "",
        "first_name": first,
        "middle_name": row.get("name_middle") or "",
        "last_name": last,
        "username": row.get("name") or "",
        "email": row.get("mail") or "",
        "role": title,
        "role_id": role.id if role else "",
        "class": naming.class_of(title),
        "place": place,
        "year": row.get("grad_year") or "",
    }
    return Row(
        Kind.USER,
        Side.SCHOOLOGY,
        str(row["uid"]),
        facts,
        building=naming.buildings.get(place, ""),
        natural_key=facts["school_uid"],
        label=f"{last}, {first}".strip(", "),
    )


def of_inactive(row: Mapping[str, str]) -> Row:
    """A deactivated account: its whole name and unique id are all that Schoology tells."""
    facts = {"school_uid": row["school_uid"], "full_name": row["name"], "first_name": "", "last_name": ""}
    return Row(
        Kind.USER,
        Side.SCHOOLOGY,
        row["uid"],
        facts,
        natural_key=row["school_uid"],
        label=row["name"],
        state=PrepState.INACTIVE,
    )


def of_course(found: Found, naming: Naming) -> Row:
    """A course of Schoology."""
    fields = found.fields
    facts = {"code": fields["code"], "title": fields["title"], "place": fields["building_id"]}
    return Row(
        Kind.COURSE,
        Side.SCHOOLOGY,
        found.schoology_id,
        {**facts, "department": fields.get("department", "")},
        building=naming.buildings.get(str(fields["building_id"]), ""),
        natural_key=fields["code"],
        label=fields["title"],
    )


def of_section(found: Found, course_id: str, building: str) -> Row:
    """A section of Schoology; its course and teachers get their SIS names once these are paired."""
    fields = found.fields
    facts = {
        "school_code": fields["section_school_code"],
        "section_code": fields["section_code"],
        "title": fields["title"],
        "periods": fields["grading_period_ids"],
        "period": period_of(fields["title"], fields["section_code"]),
    }
    return Row(
        Kind.SECTION,
        Side.SCHOOLOGY,
        found.schoology_id,
        facts,
        building=building,
        parent=course_id,
        natural_key=fields["section_school_code"],
        label=fields["title"],
    )


def of_member(member: Member, section_id: str) -> Row:
    """Someone in a section of Schoology."""
    ident = member.enrollment_id or f"{section_id}:{member.uid}"
    facts = {"admin": member.admin}
    return Row(Kind.ENROLLMENT, Side.SCHOOLOGY, ident, facts, parent=section_id, person=member.uid)
