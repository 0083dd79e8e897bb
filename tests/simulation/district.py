"""How a town stands in the SIS, and everything of it that an administrator has set up in the app."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.school.records import Person, PersonGroup, Term
from lti_app.schoology.port import GradingPeriod
from lti_app.vault import Vault
from tests.factories import (
    TICKED,
    add_acting_user,
    add_building,
    add_installation,
    add_platform,
    add_sis_connection,
    add_term,
    claimed,
    set_options,
)
from tests.fakes import FakeSchoology, FakeSis, Rows
from tests.simulation.town import Human, Town
from tests.support.records import ROLES, course, seat, section, student, teacher

START, END = date(2026, 10, 19), date(2027, 1, 15)
SCHOOLS = {"1": "900", "2": "901"}
"""The schools of the SIS and their buildings in Schoology."""
KEY = "c2ltdWxhdGlvbnMgc2VhbCBub3RoaW5nIHNlY3JldCE="
"""Seals what is no secret."""


class DistrictSis(FakeSis):
    """An SIS with one term in both schools."""

    def terms(self) -> list[Term]:
        return [
            Term(f"{school}|Q2", "Quarter 2", START, END, buildings=(school,), year=2027, code="Q2")
            for school in SCHOOLS
        ]


class DistrictSchoology(FakeSchoology):
    """A Schoology with one grading period."""

    def grading_periods(self) -> list[GradingPeriod]:
        return [GradingPeriod("gp2", "Quarter 2", START, END)]


def set_up(session: Session) -> None:
    """Everything that an administrator has done before the first sync. The caller commits."""
    vault = Vault([KEY])
    sealed = vault.seal("{}")
    add_installation(
        session,
        platform=add_platform(session, private_key=sealed),
        consumer_key="key",
        consumer_secret=sealed,
        time_zone="America/New_York",
        **claimed("1"),
    )
    now = clock.now()
    add_acting_user(session, token=sealed, token_secret=sealed)
    add_sis_connection(
        session, secrets=sealed, checked_at=now, preview_confirmed_at=now, preview_confirmed_by="Avery Admin"
    )
    set_options(session, role_ids=ROLES)
    for school, building_id in SCHOOLS.items():
        add_building(session, school, name=f"School {school}", schoology_id=building_id, **TICKED)
        days = {"school_year": 2027, "start": START, "end": END}
        add_term(session, school, "Q2", "gp2", name="Quarter 2", seen_at=now, **days)


def in_the_sis(town: Town, sis: FakeSis) -> None:
    """The SIS holds what the town is."""
    people = {PersonGroup.STUDENT: [], PersonGroup.STAFF: []}  # type: dict[PersonGroup, list[Person]]
    for each in town.people.values():
        people[PersonGroup.STAFF if each.teaches else PersonGroup.STUDENT].append(_person(each))
    sis.rows[Rows.STUDENTS], sis.rows[Rows.STAFF] = people[PersonGroup.STUDENT], people[PersonGroup.STAFF]
    sis.rows[Rows.COURSES] = [course("1", code, title) for code, title in town.courses.items()]
    sis.rows[Rows.SECTIONS] = [
        section(
            key=key, course=f"1|{code}", building="1", number=key[-1], title=f"Class {key}", terms=("1|Q2",)
        )
        for key, code in town.classes.items()
    ]
    teaching = [place for place in town.seats if town.people[place[1]].teaches]
    sis.rows[Rows.TEACHERS] = [teacher(key, number) for key, number in sorted(teaching)]
    sis.rows[Rows.SEATS] = [seat(key, number) for key, number in sorted(town.seats - set(teaching))]


def _person(human: Human) -> Person:
    group = PersonGroup.STAFF if human.teaches else PersonGroup.STUDENT
    return student(
        human.number,
        group,
        first_name=human.first,
        last_name=human.last,
        login=human.login,
        email=human.email,
        main_building=human.school,
    )
