"""Small makers of records and contexts for the rule tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from lti_app.school.options import ProvisioningOptions
from lti_app.school.records import (
    ALWAYS,
    Course,
    DateRange,
    GuardianLink,
    Person,
    PersonGroup,
    PersonRole,
    Seat,
    SeatRole,
    Section,
)
from lti_app.sync.rules import BuildingChoice, CourseFacts, RuleContext, TermChoice

TODAY = date(2026, 11, 23)
ROLES = {"student": "1", "teacher": "2", "staff": "3", "guardian": "4"}
ROLE_OF = {
    PersonGroup.STUDENT: PersonRole.STUDENT,
    PersonGroup.STAFF: PersonRole.TEACHER,
    PersonGroup.CONTACT: PersonRole.GUARDIAN,
}


def building(schoology_id: str = "900", **ticks: bool) -> BuildingChoice:
    chosen = {"for_users": True, "for_courses": True, "for_sections": True, **ticks}
    return BuildingChoice(name="North High", code="NHS", schoology_id=schoology_id, **chosen)


def context(**changes: Any) -> RuleContext:
    options = ProvisioningOptions(role_ids=ROLES)
    base = RuleContext(
        options=options,
        today=TODAY,
        buildings={"1": building(), "2": building("901"), "3": building("902", for_users=False)},
        terms={
            "1|Q1": TermChoice("Q1", date(2026, 8, 17), date(2026, 10, 16), "gp1"),
            "1|Q2": TermChoice("Q2", date(2026, 10, 19), date(2027, 1, 15), "gp2"),
            "1|Q3": TermChoice("Q3", date(2027, 1, 18), date(2027, 3, 19), ""),
        },
        courses={"1|ALG1": CourseFacts("Algebra I", "ALG1")},
        section_buildings={"5001": "1"},
    )
    option_changes = {
        name: changes.pop(name) for name in list(changes) if name in ProvisioningOptions.__dataclass_fields__
    }
    return replace(base, options=replace(options, **option_changes), **changes)


def student(number: str = "0012", group: PersonGroup = PersonGroup.STUDENT, **changes: Any) -> Person:
    """A person of a group, a student unless it is said; `role` stands for their only role."""
    role = changes.pop("role", ROLE_OF[group])
    base = Person(
        key=f"{group}:{number}",
        sis_id=number,
        roles=frozenset({role}),
        first_name="Mei",
        last_name="Okafor",
        email="mei@district.example",
        login="mei.okafor",
        main_building="1",
        graduation_year=2029,
    )
    return replace(base, **changes)


def renumbered(person: Any, number: str, **changes: Any) -> Person:
    """The same person under another id."""
    assert isinstance(person, Person)
    if "role" in changes:
        changes["roles"] = frozenset({changes.pop("role")})
    return replace(person, key=f"{person.group}:{number}", sis_id=number, **changes)


def link(parent: Person, student_number: str, kind: str = "G") -> GuardianLink:
    """Someone is a parent of a student, or another contact."""
    return GuardianLink(parent.key, f"student:{student_number}", kind)


def course(building: str = "1", code: str = "ALG1", title: str = "Algebra I", **changes: Any) -> Course:
    return replace(Course(f"{building}|{code}", code, title, (building,)), **changes)


def section(**changes: Any) -> Section:
    base = Section(
        key="5001",
        course="1|ALG1",
        building="1",
        number="2",
        title="Algebra I",
        terms=("1|Q1", "1|Q2"),
        period="3",
        year=2027,
    )
    return replace(base, **changes)


def seat(section: str, student_number: str, *ranges: DateRange) -> Seat:
    """A student's place in a section."""
    return Seat(section, f"student:{student_number}", SeatRole.STUDENT, ranges=ranges or ALWAYS)


def teacher(section: str = "5001", number: str = "77", *, primary: bool = True, **changes: Any) -> Seat:
    """A teacher's place in a section."""
    return replace(Seat(section, f"staff:{number}", SeatRole.TEACHER, primary), **changes)


def number_of(seat: Seat) -> str:
    """The number of the person of a seat that these makers made."""
    return seat.person.partition(":")[2]
