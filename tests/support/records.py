"""Small makers of records and contexts for the rule tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from lti_app.school.options import ProvisioningOptions
from lti_app.school.records import IdSpace, Person, PersonRole, Section, Session
from lti_app.sync.rules import BuildingChoice, RuleContext, TermChoice

TODAY = date(2026, 11, 23)
ROLES = {"student": "1", "teacher": "2", "staff": "3", "guardian": "4"}


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
            ("1", 2027, False, "R", "Q1"): TermChoice("Q1", date(2026, 8, 17), date(2026, 10, 16), "gp1"),
            ("1", 2027, False, "R", "Q2"): TermChoice("Q2", date(2026, 10, 19), date(2027, 1, 15), "gp2"),
            ("1", 2027, False, "R", "Q3"): TermChoice("Q3", date(2027, 1, 18), date(2027, 3, 19), ""),
        },
    )
    option_changes = {
        name: changes.pop(name) for name in list(changes) if name in ProvisioningOptions.__dataclass_fields__
    }
    return replace(base, options=replace(options, **option_changes), **changes)


def student(**changes: Any) -> Person:
    base = Person(
        space=IdSpace.STUDENT,
        sis_id="0012",
        role=PersonRole.STUDENT,
        first_name="Mei",
        last_name="Okafor",
        email="mei@district.example",
        login="mei.okafor",
        main_building="1",
        graduation_year=2029,
    )
    return replace(base, **changes)


def session(**changes: Any) -> Session:
    base = Session(
        number=1,
        description="",
        period="3",
        receives_marks=True,
        marking_periods=("Q1", "Q2"),
        primary_staff="77",
    )
    return replace(base, **changes)


def section(**changes: Any) -> Section:
    base = Section(
        section_key="5001",
        school_year=2027,
        summer=False,
        building="1",
        course_code="ALG1",
        number="2",
        title="Algebra I",
        track="R",
        sessions=(session(),),
    )
    return replace(base, **changes)
