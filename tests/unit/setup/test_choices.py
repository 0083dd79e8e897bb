from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
import time_machine
from sqlalchemy.orm import Session

from lti_app.models import BuildingRow, LinkState
from lti_app.runs.names import names
from lti_app.school.options import ProvisioningOptions
from lti_app.setup import choices
from lti_app.setup.choices import Choice
from lti_app.setup.impact import stopping
from lti_app.store.district import District
from tests.factories import NOON, OURS, THEIRS, add_building, add_link, add_term, open_database

OPTIONS = ProvisioningOptions(guardian_types=("G",))
"""As before any choice: the first adapter calls contacts of type G parents."""


@pytest.fixture
def session() -> Iterator[Session]:
    with open_database() as opened:
        yield opened
        engine = opened.get_bind()
    engine.dispose()


def choice(*buildings: str, **options: object) -> Choice:
    return Choice(frozenset(buildings), replace(OPTIONS, **options))  # type: ignore[arg-type]


def counts(lines: list) -> dict[str, int]:
    return {line.kind: line.count for line in lines}


def test_nothing_is_chosen_at_first(session: Session) -> None:
    add_building(session, "10")

    assert choices.current(District(session, OURS), "users") == Choice(frozenset(), OPTIONS)


def test_a_choice_is_kept_for_its_own_tab_only(session: Session) -> None:
    add_building(session, "10")
    add_building(session, "20")

    choices.save(District(session, OURS), "courses", choice("20", course_title_template="{course} {title}"))

    assert choices.current(District(session, OURS), "courses").buildings == {"20"}
    assert choices.current(District(session, OURS), "users").buildings == frozenset()
    assert (
        choices.current(District(session, OURS), "users").options.course_title_template == "{course} {title}"
    )


def test_only_mapped_buildings_of_this_district_can_be_selected(session: Session) -> None:
    add_building(session, "10")
    unmapped = add_building(session, "20", schoology_id="")
    theirs = add_building(session, "30", owner=THEIRS)

    choices.save(District(session, OURS), "users", choice("10", "20", "30"))

    assert choices.current(District(session, OURS), "users").buildings == {"10"}
    assert [row.sis_id for row in choices.mapped_buildings(District(session, OURS))] == ["10"]
    assert not unmapped.for_users
    assert not theirs.for_users


def test_widening_stops_nothing(session: Session) -> None:
    add_building(session, "10", for_users=True)
    add_building(session, "20")
    add_link(session, "user", "student:1", building="10")

    assert stopping(District(session, OURS), "users", choice("10", "20", with_guardians=True)) == []


def test_clearing_a_building_counts_its_people_and_their_enrollments(session: Session) -> None:
    add_building(session, "10", for_users=True)
    add_link(session, "user", "student:1", building="10")
    add_link(session, "user", "student:2", building="10", state=LinkState.ADOPTED)
    add_link(session, "user", "student:3", building="10", state=LinkState.RELEASED)
    add_link(session, "user", "student:4", building="20")
    add_link(session, "enrollment", "7:student:1", building="20", parent="7", person="student:1")
    add_link(session, "user", "student:8", owner=THEIRS, building="10")

    assert counts(stopping(District(session, OURS), "users", choice())) == {"user": 2, "enrollment": 1}


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({"with_guardians": False}, {"user": 1}),
        ({"with_students": False, "with_guardians": True}, {"user": 2}),
        ({"with_staff": False, "with_guardians": True}, {"user": 1}),
        ({"with_guardians": True, "guardian_types": ("E",)}, {"user": 1}),
    ],
)
def test_fewer_people_are_counted(
    session: Session, narrowed: dict[str, object], expected: dict[str, int]
) -> None:
    choices.save(District(session, OURS), "users", choice(with_guardians=True))
    for sis_id in ("student:1", "student:2", "staff:1", "contact:1"):
        add_link(session, "user", sis_id)

    assert counts(stopping(District(session, OURS), "users", choice(**narrowed))) == expected


def test_taking_the_role_away_counts_the_people_who_have_it(session: Session) -> None:
    choices.save(District(session, OURS), "users", choice(role_ids={"teacher": "31", "staff": "32"}))
    add_link(session, "user", "staff:1", payload='{"role_id":"31","username":"t"}')
    add_link(session, "user", "staff:2", payload='{"role_id":"32","username":"s"}')

    assert counts(stopping(District(session, OURS), "users", choice(role_ids={"staff": "32"}))) == {"user": 1}


def test_clearing_a_building_of_courses_counts_what_hangs_on_its_courses(session: Session) -> None:
    add_building(session, "10", for_courses=True)
    add_link(session, "course", "10|MATH", building="10")
    add_link(session, "section", "7", building="10", parent="10|MATH")
    add_link(session, "enrollment", "7:student:1", building="10", parent="7", person="student:1")

    found = counts(stopping(District(session, OURS), "courses", choice()))

    assert found == {"course": 1, "section": 1, "enrollment": 1}


def test_switching_co_teachers_off_counts_the_teachers_beyond_the_first(session: Session) -> None:
    choices.save(District(session, OURS), "sections", choice(with_co_teachers=True))
    for section, person in (("7", "staff:1"), ("7", "staff:2"), ("8", "staff:1"), ("8", "student:1")):
        add_link(session, "enrollment", f"{section}:{person}", parent=section, person=person)

    assert counts(stopping(District(session, OURS), "sections", choice())) == {"enrollment": 1}


def test_the_terms_hint_counts_the_mapped_ones_of_the_selected_buildings(session: Session) -> None:
    add_term(session, "10", "1", "501")
    add_term(session, "10", "2")
    add_term(session, "10", "0", end=date(2025, 12, 19))  # over
    add_term(session, "20", "1")

    with time_machine.travel(NOON, tick=False):
        hint = choices.terms_hint(District(session, OURS), {"10"})

    assert hint == choices.TermsHint(mapped=1, total=2)
    assert choices.terms_hint(District(session, THEIRS), {"10"}) == choices.TermsHint(mapped=0, total=0)


def test_ids_are_named_for_their_own_district(session: Session) -> None:
    add_building(session, "10", schoology_id="900", schoology_name="North High")
    add_building(session, "10", owner=THEIRS, schoology_id="900", schoology_name="Elsewhere")
    add_term(session, "10", "1", "501")
    choices.save(District(session, OURS), "users", choice(known_roles={"31": "Teacher"}))

    known = names(District(session, OURS))

    assert known.of("building_id", "900") == "North High"
    assert known.of("role_id", "31") == "Teacher"
    assert known.of("grading_period_ids", "501") == "Q1"
    assert known.of("role_id", "99") == "99"
    assert session.query(BuildingRow).count() == 2
