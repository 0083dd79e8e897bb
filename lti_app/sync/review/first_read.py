"""What the first read of the SIS found, for a person to judge before anything is sent."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_app.models import LEFT_PERSON, BuildingRow, Run, Staged, StagedState
from lti_app.runs.history import left_out_of
from lti_app.runs.record_names import joining_name
from lti_app.school.reasons import Reason
from lti_app.school.records import Kind, PersonRole
from lti_app.setup.buildings import plain_name
from lti_app.setup.choices import read_options
from lti_app.store.district import District
from lti_app.sync.review.preview import last_planned_run

EXAMPLES = 5
LOOKED_AT = 400
"""So many people of each school are looked at for one of each role."""
TYPES = ("elementary", "middle", "junior", "high", "academy")
"""Words of a school's name that say what kind of school it is."""
ROLES = {
    PersonRole.STUDENT: "Student",
    PersonRole.TEACHER: "Teacher",
    PersonRole.STAFF: "Staff member",
    PersonRole.GUARDIAN: "Parent",
}


@dataclass(frozen=True)
class Example:
    """A person as Schoology would get them. `role` and `school` are words."""

    role: str
    school: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class FirstRead:
    """What a run read. `counts` holds (school, kind → rows); `blocked` (code of a reason, kind, records);
    `left_out` kind → reasons with their records; `examples` kind → what Schoology would get, with the person
    and the section of an enrollment."""

    run: Run
    counts: list[tuple[str, dict[str, int]]]
    people: list[Example]
    examples: dict[str, list[tuple[str, dict[str, Any]]]]
    blocked: list[tuple[str, str, int]]
    left_out: dict[str, list[tuple[Reason, int]]]

    @property
    def can_be_judged(self) -> bool:
        """Whether anything is shown as Schoology would get it."""
        return bool(self.people) or any(self.examples.values())


def newest(district: District) -> FirstRead | None:
    """What the newest full read found, or None when nothing was read yet."""
    run = last_planned_run(district)
    if run is None:
        return None
    session = district.session
    return FirstRead(
        run,
        _counts(session, run),
        _people(district, run.id),
        {str(kind): _first_payloads(session, run.id, kind) for kind in Kind if kind != Kind.USER},
        _blocked(session, run.id),
        left_out_of(run),
    )


def _people(district: District, run_id: int) -> list[Example]:
    """One of each role of each type of school; a role is told by the role in Schoology."""
    options = read_options(district)
    roles = {role_id: role for role, role_id in options.role_ids.items() if role_id}
    found: dict[tuple[str, str], Example] = {}
    for row in sorted(district.session.scalars(district.select(BuildingRow)), key=lambda each: each.name):
        kind = school_type(row.name)
        people = (Staged.kind == Kind.USER, Staged.state == StagedState.OK, Staged.building == row.sis_id)
        some = select(Staged.payload).where(Staged.run_id == run_id, *people).order_by(Staged.sis_id)
        for text in district.session.scalars(some.limit(LOOKED_AT)):
            payload = json.loads(text)
            role = roles.get(str(payload.get("role_id", "")), "")
            if role and (kind, role) not in found:
                found[kind, role] = Example(ROLES[PersonRole(role)], row.name, payload)
    order = [str(each) for each in PersonRole]
    return [found[key] for key in sorted(found, key=lambda each: (each[0], order.index(each[1])))]


def school_type(name: str) -> str:
    """What kind of school a name speaks of; schools whose names don't say it share one type."""
    said = plain_name(name).split()
    return next((each for each in TYPES if each in said), "other")


def _blocked(session: Session, run_id: int) -> list[tuple[str, str, int]]:
    number = func.count()
    rows = session.execute(
        select(Staged.reason_code, Staged.kind, number)
        .where(Staged.run_id == run_id, Staged.state == StagedState.BLOCKED)
        .group_by(Staged.reason_code, Staged.kind)
        .order_by(number.desc())
    )
    return [(code, kind, count) for code, kind, count in rows]


def _counts(session: Session, run: Run) -> list[tuple[str, dict[str, int]]]:
    names = {
        sis_id: name
        for sis_id, name in session.execute(
            select(BuildingRow.sis_id, BuildingRow.name).where(
                BuildingRow.installation_id == run.installation_id
            )
        )
    }
    rows = session.execute(
        select(Staged.building, Staged.kind, func.count())
        .where(Staged.run_id == run.id, Staged.kind != LEFT_PERSON)
        .group_by(Staged.building, Staged.kind)
    )
    table: dict[str, dict[str, int]] = defaultdict(dict)
    for building, kind, number in rows:
        table[names.get(building, building or "No school")][kind] = number
    return sorted(table.items())


def _first_payloads(session: Session, run_id: int, kind: Kind) -> list[tuple[str, dict[str, Any]]]:
    rows = session.execute(
        select(Staged.sis_id, Staged.parent, Staged.person, Staged.payload)
        .where(Staged.run_id == run_id, Staged.kind == kind, Staged.state == StagedState.OK)
        .order_by(Staged.sis_id)
        .limit(EXAMPLES)
    )
    return [
        (
            joining_name(kind, sis_id, parent=parent, person=person) if kind == Kind.ENROLLMENT else "",
            json.loads(payload),
        )
        for sis_id, parent, person, payload in rows
    ]
