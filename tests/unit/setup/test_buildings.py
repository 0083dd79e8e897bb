"""Buildings: read again, suggested, mapped, and what unmapping stops."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.models import Audit
from lti_app.school.records import Building, Kind, Term
from lti_app.schoology.port import SchoologyBuilding
from lti_app.setup import buildings as setup_buildings
from lti_app.sis.errors import IncompleteRead
from lti_app.store.district import District
from tests.factories import OURS, THEIRS, add_building, add_link, building, open_database
from tests.fakes import FakeSis


@dataclass(frozen=True)
class Person:
    uid: str = "7"
    name: str = "Ada Admin"


class ListingSis(FakeSis):
    """An SIS whose lists the test sets."""

    def __init__(self) -> None:
        super().__init__()
        self.listed: list[Building] = []
        self.calendar: list[Term] = []
        self.broken = False

    def buildings(self) -> list[Building]:
        if self.broken:
            raise IncompleteRead("12 of 13 rows came.")
        return self.listed

    def terms(self) -> list[Term]:
        return self.calendar


NORTH = SchoologyBuilding("900", "Northfield HS", "NHS")
EAST = SchoologyBuilding("901", "Eastside Middle School", "")


@pytest.fixture
def session() -> Session:
    return open_database()


def test_refreshing_adds_renames_and_keeps_mappings(session: Session) -> None:
    add_building(session, "1", name="North", schoology_id="900")
    sis = ListingSis()
    sis.listed = [Building("1", "Northfield High", "NHS"), Building("2", "Eastside", "EMS")]
    found = setup_buildings.refresh_buildings(District(session, OURS), sis)
    rows = {row.sis_id: row for row in setup_buildings.building_rows(District(session, OURS))}
    assert (found.total, found.new, found.gone) == (2, 1, 0)
    assert (rows["1"].name, rows["1"].schoology_id) == ("Northfield High", "900")
    assert (rows["2"].schoology_id, rows["2"].for_users) == ("", False)


def test_a_building_that_is_no_longer_listed_stays_and_is_marked(session: Session) -> None:
    add_building(session, "1", schoology_id="900")
    sis = ListingSis()
    sis.listed = [Building("2", "Eastside", "EMS")]
    found = setup_buildings.refresh_buildings(District(session, OURS), sis)
    rows = setup_buildings.building_rows(District(session, OURS))
    assert found.gone == 1
    assert setup_buildings.no_longer_listed(rows) == {"1"}
    assert {row.sis_id: row.schoology_id for row in rows} == {"1": "900", "2": ""}


def test_a_short_answer_changes_nothing(session: Session) -> None:
    add_building(session, "1", name="North")
    sis = ListingSis()
    sis.broken = True
    with pytest.raises(IncompleteRead):
        setup_buildings.refresh_buildings(District(session, OURS), sis)
    session.rollback()
    assert [row.name for row in setup_buildings.building_rows(District(session, OURS))] == ["North"]


def test_a_building_outside_the_district_is_left_out(session: Session) -> None:
    sis = ListingSis()
    sis.listed = [Building("99", "Elsewhere", "", out_of_district=True)]
    setup_buildings.refresh_buildings(District(session, OURS), sis)
    assert setup_buildings.building_rows(District(session, OURS)) == []


def test_pairs_are_suggested_by_code_before_name(session: Session) -> None:
    rows = [
        add_building(session, "1", name="Something else", code="nhs ", schoology_id=""),
        add_building(session, "2", name="Eastside M.S.", code="E", schoology_id=""),
        add_building(session, "3", name="EASTSIDE MS", code="", schoology_id=""),
    ]
    found = setup_buildings.suggestions(rows[:1] + rows[2:], [NORTH, EAST])
    assert {key: (each.schoology.id, each.why) for key, each in found.items()} == {
        "1": ("900", "same code"),
        "3": ("901", "same name"),
    }


def test_what_is_mapped_or_stands_twice_is_not_suggested(session: Session) -> None:
    rows = [
        add_building(session, "1", name="Eastside Middle", schoology_id=""),
        add_building(session, "2", name="Eastside Middle School", schoology_id=""),
        add_building(session, "3", name="Mapped", schoology_id="900"),
        add_building(session, "4", name="Northfield High School", code="NHS", schoology_id=""),
    ]
    assert setup_buildings.suggestions(rows, [NORTH, EAST]) == {}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("St. Mary's Academy", "Saint Marys Acad."),
        ("Peña Blanca Elementary School", "PENA BLANCA ELEM"),
        ("The School of the Arts", "School of Arts"),
        ("Kennedy Jr. High", "Kennedy Junior High School"),
    ],
)
def test_names_are_compared_without_their_dress(ours: str, theirs: str) -> None:
    assert setup_buildings.plain_name(ours) == setup_buildings.plain_name(theirs)


def test_saving_maps_unmaps_and_writes_who_did_it(session: Session) -> None:
    add_building(session, "1", name="North", schoology_id="")
    add_building(session, "2", name="East", schoology_id="901", schoology_name="Eastside Middle School")
    changed = setup_buildings.save_buildings(
        District(session, OURS), {"1": "900", "2": ""}, [NORTH, EAST], who=Person()
    )
    session.commit()
    assert changed == 2
    assert [(row.what, row.old, row.new, row.uid) for row in session.scalars(select(Audit))] == [
        ("School: East (2)", "Eastside Middle School", "not synced", "7"),
        ("School: North (1)", "not synced", "Northfield HS", "7"),
    ]


def test_a_schoology_building_that_was_not_offered_is_ignored(session: Session) -> None:
    add_building(session, "1", schoology_id="")
    assert setup_buildings.save_buildings(District(session, OURS), {"1": "666"}, [NORTH], who=Person()) == 0


def test_saving_never_reaches_another_district(session: Session) -> None:
    theirs = add_building(session, "1", owner=THEIRS, schoology_id="")
    assert setup_buildings.save_buildings(District(session, OURS), {"1": "900"}, [NORTH], who=Person()) == 0
    assert theirs.schoology_id == ""


def test_unmapping_counts_what_stops_and_leaves_released_links_out(session: Session) -> None:
    add_link(session, "user", "student:1", building="1")
    add_link(session, "user", "student:2", building="1", state="released")
    add_link(session, "section", "5", building="1", state="adopted")
    add_link(session, "user", "student:3", building="2")
    add_link(session, "user", "student:1", owner=THEIRS, building="1")
    assert setup_buildings.count_outside(District(session, OURS), ["1"]) == {Kind.USER: 1, Kind.SECTION: 1}
    assert setup_buildings.count_outside(District(session, OURS), []) == {}


def test_only_a_mapped_building_can_be_unmapped(session: Session) -> None:
    rows = [add_building(session, "1", schoology_id="900"), add_building(session, "2", schoology_id="")]
    assert [row.sis_id for row in setup_buildings.unmapped_by(rows, {"1": "", "2": ""})] == ["1"]
    assert setup_buildings.unmapped_by(rows, {}) == []


def test_two_schools_in_one_schoology_building_are_named() -> None:
    rows = [building(key, schoology_id="900", schoology_name="North") for key in ("1", "2")]
    assert setup_buildings.shared(rows) == ["North"]


def test_after_a_change_of_sis_a_school_takes_the_place_of_its_former_self(session: Session) -> None:
    district = District(session, OURS)
    sis = ListingSis()
    sis.listed = [
        Building("10", "Northfield High", "NHS"),
        Building("20", "Eastside Middle", "EMS"),
        Building("30", "Lincoln", "LES"),
        Building("40", "Twin", ""),
    ]
    setup_buildings.refresh_buildings(district, sis)
    offered = [SchoologyBuilding(each, f"Schoology {each}", "") for each in ("900", "901", "902", "903")]
    places = {"10": "900", "20": "901", "30": "902", "40": "903"}
    setup_buildings.save_buildings(district, places, offered, who=Person())
    for row in setup_buildings.building_rows(district):
        row.for_users, row.drop_adopted = True, row.sis_id == "10"
    sis.listed = [
        Building("org:ä/1", "North High School", "10"),
        Building("org|2", "East", "ems"),
        Building("org 3", "Lincoln", ""),
        Building("org,4", "Twin", ""),
        Building("org,5", "Twin", ""),
    ]
    setup_buildings.refresh_buildings(district, sis)

    rows = setup_buildings.building_rows(district)
    found = setup_buildings.suggestions(rows, offered)

    assert {key: (each.schoology.id, each.why) for key, each in found.items()} == {
        "org:ä/1": ("900", "same number as Northfield High before"),
        "org|2": ("901", "same code as Eastside Middle before"),
        "org 3": ("902", "same name as Lincoln before"),
    }
    assert not [row for row in rows if row.schoology_id and not row.sis_id.isdigit()]
    wanted = {key: each.schoology.id for key, each in found.items() if key != "org 3"}
    setup_buildings.save_buildings(district, wanted, offered, who=Person())
    after = {row.sis_id: row for row in setup_buildings.building_rows(district)}
    assert {key: row.schoology_id for key, row in after.items() if row.schoology_id} == {
        "org:ä/1": "900",
        "org|2": "901",
        "30": "902",
        "40": "903",
    }
    assert after["org:ä/1"].for_users and after["org:ä/1"].drop_adopted
    assert after["org|2"].for_users and not after["org|2"].drop_adopted
    lines = session.scalars(select(Audit).where(Audit.new.contains("replaced by"))).all()
    assert {each.what for each in lines} == {"School: Northfield High (10)", "School: Eastside Middle (20)"}
