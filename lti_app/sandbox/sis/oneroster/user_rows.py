"""Students, staff and guardians as users: one id space, one row for each."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from lti_app.sandbox.district.records import Contact, District, Staff, Student
from lti_app.sandbox.sis.oneroster.roster_rows import DISTRICT, NOBODY, Row, Source
from lti_app.sandbox.sis.oneroster.spelling import Spelling, Wire, told

FAMILY = ("G", "C")
"""Types of contacts that are agents of a student: guardians and those to call in an emergency."""


def agents(district: District) -> dict[str, list[str]]:
    """Student → ids of the contacts that are their agents."""
    found: dict[str, list[str]] = defaultdict(list)
    for contact in district.contacts.values():
        for tie in contact.students:
            if tie.contact_type in FAMILY and tie.student_id in district.students:
                found[tie.student_id].append(f"con-{contact.contact_id}")
    return found


def _users(district: District) -> list[Row]:
    tied = agents(district)
    rows: list[Row] = [(f"stu-{key}", (key, tied.get(key, []))) for key in district.students]
    rows += [(f"emp-{key}", (key, None)) for key in district.staff if key not in NOBODY]
    rows += [
        (f"con-{key}", (key, None))
        for key, each in district.contacts.items()
        if any(tie.contact_type in FAMILY for tie in each.students)
    ]
    return rows


def _user(district: District, row: Row, spelling: Spelling) -> Wire:
    kind, _, _ = row[0].partition("-")
    key, tied = row[1]
    if kind == "stu":
        return _student(district.students[key], row, tied, spelling)
    if kind == "emp":
        return _staff(district.staff[key], row, spelling)
    return _contact(district.contacts[key], row, spelling)


def _student(who: Student, row: Row, tied: list[str], spelling: Spelling) -> Wire:
    buildings = (who.building, *who.other_buildings)
    return _row(
        spelling, row[0], who, [("student", each) for each in buildings], active=who.status == "A"
    ) | told(
        {
            "identifier": who.student_id,
            "username": who.login_id,
            "email": who.email,
            "grades": [who.grade] if who.grade else [],
            "agents": [spelling.ref("user", each) for each in tied],
        }
    )


def _staff(who: Staff, row: Row, spelling: Spelling) -> Wire:
    places = sorted((each for each in who.buildings if each.active), key=lambda each: not each.primary)
    teaches = any(each.is_teacher for each in places)
    roles = [("teacher" if each.is_teacher else "aide", each.building) for each in places]
    if spelling.version == "1.1":
        roles = [("teacher" if teaches else "aide", building) for _, building in roles]
    own = {"identifier": who.staff_id, "username": who.login_id, "email": who.email}
    return _row(spelling, row[0], who, roles, active=bool(places)) | told(own)


def _contact(who: Contact, row: Row, spelling: Spelling) -> Wire:
    ties = [each for each in who.students if each.contact_type in FAMILY]
    guards = {each.relation for each in ties if each.contact_type == "G"}
    role = "parent" if "PAR" in guards else "guardian" if guards else "relative"
    homes = list(dict.fromkeys(each.building for each in ties if each.building))
    children = dict.fromkeys(each.student_id for each in ties)
    return _row(spelling, row[0], who, [(role, each) for each in homes], active=True) | told(
        {
            "identifier": str(who.contact_id),
            "username": who.login_id,
            "email": who.email,
            "agents": [spelling.ref("user", f"stu-{each}") for each in children],
        }
    )


def _row(spelling: Spelling, key: str, who: Any, roles: list[tuple[str, int]], *, active: bool) -> Wire:
    row = spelling.head(key, deleted=not active) | {
        "enabledUser": spelling.flag(active),
        "givenName": who.first_name,
        "familyName": who.last_name,
    }
    row |= {"middleName": who.middle_name} if who.middle_name else {}
    homes = [spelling.ref("org", f"org-{building}") for _, building in roles]
    homes = homes or [spelling.ref("org", DISTRICT)]
    names = [role for role, _ in roles] or ["aide"]
    if spelling.version == "1.1":  # requires a username, if only an empty one
        return row | {"username": who.login_id, "role": names[0], "orgs": homes}
    return row | {
        "primaryOrg": homes[0],
        "roles": [
            {"roleType": "secondary" if number else "primary", "role": role, "org": org}
            for number, (role, org) in enumerate(zip(names, homes, strict=True))
        ],
    }


def _changes(district: District) -> int:
    ties = tuple(each.students for each in district.contacts.values())
    return hash((tuple(district.students), tuple(district.staff), tuple(district.contacts), ties))


USERS = Source(_changes, _users, _user)
