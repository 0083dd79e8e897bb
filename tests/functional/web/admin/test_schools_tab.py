"""Buildings side by side: refreshed, suggested, mapped, created, unmapped."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, select

from lti_app.models import Audit, BuildingRow, Change, Link, SisConnection
from lti_app.outbound.errors import Refused, Transient
from lti_app.school.records import Building
from lti_app.schoology.port import SchoologyBuilding
from lti_app.sis.errors import IncompleteRead
from tests.factories import OURS, THEIRS, add_building, add_link
from tests.support.admin_pages import Pages, open_pages
from tests.support.listing import ListingSchoology, ListingSis, set_far_ends


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return open_pages(tmp_path)


@pytest.fixture
def far(pages: Pages) -> tuple[ListingSis, ListingSchoology]:
    sis, schoology = set_far_ends(pages)
    sis.listed = [
        Building("1", "Northfield High School", "NHS", city="Springfield"),
        Building("2", "Eastside Middle School", "EMS"),
        Building("3", "Lincoln Elementary", "LES", city="Springfield"),
    ]
    schoology.listed = [
        SchoologyBuilding("900", "NHS building", "NHS"),
        SchoologyBuilding("901", "Eastside MS", ""),
    ]
    return sis, schoology


def mapped(pages: Pages) -> dict[str, str]:
    with pages.database() as session:
        rows = session.scalars(select(BuildingRow).where(BuildingRow.installation_id == OURS))
        return {row.sis_id: row.schoology_id for row in rows}


def test_without_credentials_the_tab_says_what_to_do_first(pages: Pages) -> None:
    with pages.database() as session:
        session.execute(delete(SisConnection))

    assert "Connect the SIS first" in pages.words("/admin/schools")
    assert "The SIS isn’t connected yet" in pages.words("/admin/schools/refresh")


def test_before_the_first_reading_the_tab_offers_it(pages: Pages) -> None:
    assert "No schools yet" in pages.words("/admin/schools")


def test_refreshing_lists_both_sides_and_maps_nothing(
    pages: Pages, far: tuple[ListingSis, ListingSchoology]
) -> None:
    shown = pages.words("/admin/schools/refresh")

    assert "The SIS lists 3 schools (3 new)." in shown
    assert "Schoology lists 2 schools." in shown
    assert "Suggested: NHS building (same code)" in shown
    assert "Suggested: Eastside MS (same name)" in shown
    assert mapped(pages) == {"1": "", "2": "", "3": ""}


def test_suggestions_are_filled_in_but_saved_only_by_save(
    pages: Pages, far: tuple[ListingSis, ListingSchoology]
) -> None:
    pages.press("/admin/schools/refresh")

    shown = pages.words("/admin/schools/suggest")
    assert "2 suggestions filled in" in shown
    assert shown.count("Not saved") == 2
    assert mapped(pages) == {"1": "", "2": "", "3": ""}

    shown = pages.words("/admin/schools/save", **{"to-1": "900", "to-2": "901", "to-3": ""})
    assert "2 of 3 schools matched" in shown
    assert mapped(pages) == {"1": "900", "2": "901", "3": ""}
    with pages.database() as session:
        assert sorted(session.scalars(select(Audit.new))) == ["Eastside MS", "NHS building"]


def test_a_school_that_was_not_posted_keeps_its_mapping(
    pages: Pages, far: tuple[ListingSis, ListingSchoology]
) -> None:
    pages.press("/admin/schools/refresh")
    pages.press("/admin/schools/save", **{"to-1": "900"})

    pages.press("/admin/schools/save", **{"to-2": "901"})

    assert mapped(pages) == {"1": "900", "2": "901", "3": ""}


def test_a_building_that_schoology_does_not_have_is_refused(
    pages: Pages, far: tuple[ListingSis, ListingSchoology]
) -> None:
    pages.press("/admin/schools/refresh")

    assert "Nothing was saved" in pages.words("/admin/schools/save", **{"to-1": "666"})
    assert mapped(pages)["1"] == ""


def test_a_short_answer_of_the_sis_loses_nothing(
    pages: Pages, far: tuple[ListingSis, ListingSchoology]
) -> None:
    pages.press("/admin/schools/refresh")
    far[0].error = IncompleteRead("2 of 3 rows came. Try again.")

    shown = pages.words("/admin/schools/refresh")

    assert "the previous data is kept. 2 of 3 rows came." in shown
    assert "Schoology lists 2 schools." in shown
    assert len(mapped(pages)) == 3


def test_a_failing_schoology_loses_nothing(pages: Pages, far: tuple[ListingSis, ListingSchoology]) -> None:
    pages.press("/admin/schools/refresh")
    far[1].error = Transient("Schoology answered 502.")

    shown = pages.words("/admin/schools/refresh")

    assert "Schoology answered 502." in shown
    assert "NHS building" in shown


def test_a_refused_token_leaves_the_reading_of_the_sis_alone(
    pages: Pages, far: tuple[ListingSis, ListingSchoology]
) -> None:
    far[1].error = Refused("Schoology refused the token.", status=401)

    shown = pages.words("/admin/schools/refresh")

    assert "The SIS lists 3 schools" in shown
    assert "Schoology refused the token." in shown


def test_a_building_that_left_the_sis_is_marked_and_stays_mapped(
    pages: Pages, far: tuple[ListingSis, ListingSchoology]
) -> None:
    pages.press("/admin/schools/refresh")
    pages.press("/admin/schools/save", **{"to-1": "900"})
    far[0].listed = far[0].listed[1:]

    shown = pages.words("/admin/schools/refresh")

    assert "1 building is no longer listed" in shown
    assert "No longer in the SIS" in shown
    assert mapped(pages)["1"] == "900"


def test_creating_asks_first_then_creates_once_and_maps(
    pages: Pages, far: tuple[ListingSis, ListingSchoology]
) -> None:
    pages.press("/admin/schools/refresh")

    asked = pages.words("/admin/schools/create", create="3")
    assert "Create this school in Schoology?" in asked
    assert far[1].made == []

    pages.press("/admin/schools/create", create="3", confirm="yes")
    again = pages.words("/admin/schools/create", create="3", confirm="yes")

    assert "already matched" in again
    assert far[1].made == [("Lincoln Elementary", "LES", "Springfield")]
    assert mapped(pages)["3"] == "990"


def test_creating_warns_of_a_building_that_sounds_the_same(
    pages: Pages, far: tuple[ListingSis, ListingSchoology]
) -> None:
    pages.press("/admin/schools/refresh")

    assert "with a similar name: Eastside MS" in pages.words("/admin/schools/create", create="2")


def test_choices_that_were_not_saved_survive_a_creation(
    pages: Pages, far: tuple[ListingSis, ListingSchoology]
) -> None:
    pages.press("/admin/schools/refresh")

    asked = pages.press("/admin/schools/create", create="3", **{"to-1": "900"})
    assert 'name="to-1" value="900"' in asked

    shown = pages.words("/admin/schools/create", create="3", confirm="yes", **{"to-1": "900"})
    assert shown.count("Not saved") == 1
    assert mapped(pages) == {"1": "", "2": "", "3": "990"}


def test_unmapping_says_what_stops_before_it_saves_and_drops_nothing(
    pages: Pages, far: tuple[ListingSis, ListingSchoology]
) -> None:
    pages.press("/admin/schools/refresh")
    pages.press("/admin/schools/save", **{"to-1": "900"})
    with pages.database() as session:
        add_link(session, "user", "student:1", building="1")
        add_link(session, "user", "student:2", building="1")
        add_link(session, "section", "77", building="1")

    asked = pages.press("/admin/schools/save", **{"to-1": ""})
    assert "2 users, 1 section" in asked
    assert "Nothing is dropped or deleted" in asked
    assert mapped(pages)["1"] == "900"

    mark = asked.split('name="confirm" value="')[1].split('"')[0]
    pages.press("/admin/schools/save", confirm=mark, **{"to-1": ""})
    assert mapped(pages)["1"] == ""
    with pages.database() as session:
        assert len(session.scalars(select(Link)).all()) == 3
        assert session.scalars(select(Change)).all() == []
    assert far[1].calls == []


def test_unmapping_asks_again_when_the_numbers_changed_in_the_meantime(
    pages: Pages, far: tuple[ListingSis, ListingSchoology]
) -> None:
    pages.press("/admin/schools/refresh")
    pages.press("/admin/schools/save", **{"to-1": "900"})
    with pages.database() as session:
        add_link(session, "user", "student:1", building="1")

    pages.press("/admin/schools/save", confirm="yes", **{"to-1": ""})

    assert mapped(pages)["1"] == "900"


@pytest.mark.parametrize("verb", ["save", "refresh", "suggest", "create"])
def test_another_administrator_may_look_but_not_change(
    pages: Pages, far: tuple[ListingSis, ListingSchoology], verb: str
) -> None:
    pages.press("/admin/schools/refresh")
    second = pages.as_person("901")

    assert "Only the Acting User can change this" in second.words("/admin/schools")
    second.press(f"/admin/schools/{verb}", expect=403, create="3", confirm="yes", **{"to-1": "900"})
    assert set(mapped(pages).values()) == {""}
    assert far[1].made == []


def test_another_district_neither_sees_nor_maps_our_schools(
    pages: Pages, far: tuple[ListingSis, ListingSchoology]
) -> None:
    pages.press("/admin/schools/refresh")
    other = pages.as_person("800", THEIRS)

    assert "Northfield" not in other.press("/admin/schools")
    other.press("/admin/schools/save", **{"to-1": "900"})
    other.press("/admin/schools/create", create="3", confirm="yes")
    assert set(mapped(pages).values()) == {""}
    assert far[1].made == []


def test_two_schools_may_share_a_building_and_the_page_says_so(
    pages: Pages, far: tuple[ListingSis, ListingSchoology]
) -> None:
    pages.press("/admin/schools/refresh")

    shown = pages.words("/admin/schools/save", **{"to-1": "900", "to-2": "900"})

    assert "More than one SIS school is matched to NHS building" in shown


def test_a_building_that_schoology_lost_stays_visible(
    pages: Pages, far: tuple[ListingSis, ListingSchoology]
) -> None:
    with pages.database() as session:
        add_building(session, "1", schoology_id="555", schoology_name="Old building")

    shown = pages.words("/admin/schools/refresh")

    assert "Not in Schoology" in shown
    assert mapped(pages)["1"] == "555"
