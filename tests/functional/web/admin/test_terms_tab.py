"""Terms and grading periods: refreshed, mapped, created, unmapped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import delete, select

from lti_app.models import Audit, Link, SisConnection, TermRow
from lti_app.outbound.errors import Permanent
from lti_app.school.records import Term
from lti_app.schoology.port import GradingPeriod
from lti_app.setup.terms import TermGroup
from lti_app.sis.errors import SisUnavailable
from tests.factories import OURS, THEIRS, add_building, add_link
from tests.support.admin_pages import Pages, open_pages
from tests.support.listing import ListingSchoology, ListingSis, set_far_ends

Far = tuple[ListingSis, ListingSchoology]
FIRST = Term("1|Q1", "Quarter 1", date(2026, 9, 2), date(2026, 11, 6), buildings=("1",), year=2027, code="Q1")
SECOND = Term(
    "1|Q2", "Quarter 2", date(2026, 11, 9), date(2027, 1, 22), buildings=("1",), year=2027, code="Q2"
)
FIRST_KEY = f"to-{TermGroup(FIRST.name, FIRST.start, FIRST.end).key}"
SECOND_KEY = f"to-{TermGroup(SECOND.name, SECOND.start, SECOND.end).key}"


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    with time_machine.travel("2026-10-01T12:00:00Z", tick=False):
        yield open_pages(tmp_path)


@pytest.fixture
def far(pages: Pages) -> Far:
    sis, schoology = set_far_ends(pages)
    sis.calendar = [FIRST, replace(FIRST, key="2|Q1", buildings=("2",)), SECOND]
    schoology.periods = [
        GradingPeriod("70", "Fall Q1", FIRST.start, FIRST.end),
        GradingPeriod("71", "Fall Q2", date(2026, 11, 10), SECOND.end),
    ]
    with pages.database() as session:
        add_building(session, "1", name="North High")
        add_building(session, "2", name="East Middle")
    return sis, schoology


def mapped(pages: Pages) -> dict[tuple[str, str], str]:
    with pages.database() as session:
        rows = session.scalars(select(TermRow).where(TermRow.installation_id == OURS))
        return {(row.buildings[0], row.code): row.grading_period_id for row in rows}


def key(field: str) -> str:
    return field.removeprefix("to-")


def test_without_credentials_the_tab_says_what_to_do_first(pages: Pages) -> None:
    with pages.database() as session:
        session.execute(delete(SisConnection))

    assert "Connect the SIS first" in pages.words("/admin/terms")


def test_before_the_first_reading_the_tab_offers_it(pages: Pages) -> None:
    assert "No terms yet" in pages.words("/admin/terms")


def test_refreshing_groups_terms_and_maps_nothing(pages: Pages, far: Far) -> None:
    shown = pages.words("/admin/terms/refresh")

    assert "The SIS lists 3 terms across all schools (3 new)." in shown
    assert "Schoology lists 2 grading periods." in shown
    assert "East Middle" in shown
    assert "North High" in shown
    assert set(mapped(pages).values()) == {""}


def test_a_group_is_mapped_in_all_its_buildings(pages: Pages, far: Far) -> None:
    pages.press("/admin/terms/refresh")

    pages.press("/admin/terms/save", **{FIRST_KEY: "70"})

    assert mapped(pages) == {("1", "Q1"): "70", ("2", "Q1"): "70", ("1", "Q2"): ""}
    with pages.database() as session:
        assert session.scalars(select(Audit.new)).all() == ["Fall Q1"]


def test_differing_dates_are_shown_with_both_sides(pages: Pages, far: Far) -> None:
    pages.press("/admin/terms/refresh")

    shown = pages.words("/admin/terms/save", **{FIRST_KEY: "70", SECOND_KEY: "71"})

    assert shown.count("Dates differ") == 1
    assert "SIS Nov 9, 2026 – Jan 22, 2027 ; Schoology Nov 10, 2026 – Jan 22, 2027" in shown


def test_suggestions_are_filled_in_but_saved_only_by_save(pages: Pages, far: Far) -> None:
    pages.press("/admin/terms/refresh")

    shown = pages.words("/admin/terms/suggest")

    assert "1 suggestion filled in. Check them" in shown
    assert set(mapped(pages).values()) == {""}


def test_all_missing_terms_are_created_after_a_warning_of_the_same_dates(pages: Pages, far: Far) -> None:
    pages.press("/admin/terms/refresh")
    assert "Create all missing (2)" in pages.words("/admin/terms")

    asked = pages.words("/admin/terms/create-all")
    assert "Create 2 grading periods in Schoology?" in asked
    assert "Quarter 1 (Sep 2 – Nov 6, 2026): Schoology has Fall Q1" in asked
    assert "Quarter 2 (" not in asked.partition("in Schoology already")[2]  # its dates differ by a day
    assert set(mapped(pages).values()) == {""}

    done = pages.words("/admin/terms/create-all", confirm="yes")
    assert "2 grading periods created in Schoology and matched." in done
    assert "" not in mapped(pages).values()
    assert "everything is matched already" in pages.words("/admin/terms/create-all", confirm="yes")


def test_what_was_created_before_a_failure_is_kept(pages: Pages, far: Far) -> None:
    pages.press("/admin/terms/refresh")
    real, made = far[1].create_grading_period, []

    def once(*of: object) -> GradingPeriod:
        if made:
            raise Permanent("Schoology refused it.")
        made.append(real(*of))
        return made[0]

    far[1].create_grading_period = once  # type: ignore[assignment, method-assign]
    shown = pages.words("/admin/terms/create-all", confirm="yes")

    assert "1 of 2 grading periods created and matched." in shown
    assert list(mapped(pages).values()).count("") == 1


def test_a_grading_period_is_created_and_mapped_with_one_press(pages: Pages, far: Far) -> None:
    pages.press("/admin/terms/refresh")

    shown = pages.words("/admin/terms/create", create=key(SECOND_KEY), **{FIRST_KEY: "70"})
    again = pages.words("/admin/terms/create", create=key(SECOND_KEY))

    assert "“2026-27 Quarter 2” was created in Schoology and matched." in shown
    assert "Not saved" in shown
    assert "already matched" in again
    assert far[1].made == [("2026-27 Quarter 2", SECOND.start, SECOND.end)]
    assert mapped(pages)["1", "Q2"] == "77"


def test_a_title_that_schoology_refuses_maps_nothing(pages: Pages, far: Far) -> None:
    pages.press("/admin/terms/refresh")
    far[1].error = Permanent("A grading period with this title exists.")

    assert "with this title exists" in pages.words("/admin/terms/create", create=key(SECOND_KEY))
    assert mapped(pages)["1", "Q2"] == ""


def test_an_outage_of_the_sis_loses_nothing(pages: Pages, far: Far) -> None:
    pages.press("/admin/terms/refresh")
    far[0].error = SisUnavailable("The SIS is down.")

    assert "the previous data is kept. The SIS is down." in pages.words("/admin/terms/refresh")
    assert len(mapped(pages)) == 3


def test_terms_that_are_over_stand_apart(pages: Pages, far: Far) -> None:
    pages.press("/admin/terms/refresh")

    with time_machine.travel("2026-11-07T12:00:00Z", tick=False):
        fresh = pages.as_person("900", section_id="")
        shown = fresh.words("/admin/terms")

    assert "1 past term" in shown
    assert shown.index("Quarter 2") < shown.index("1 past term") < shown.rindex("Quarter 1")


def test_unmapping_says_what_stops_before_it_saves_and_drops_nothing(pages: Pages, far: Far) -> None:
    pages.press("/admin/terms/refresh")
    pages.press("/admin/terms/save", **{FIRST_KEY: "70", SECOND_KEY: "71"})
    with pages.database() as session:
        for number, periods in (("5", ["70"]), ("6", ["70", "71"])):
            payload = json.dumps({"grading_period_ids": periods})
            add_link(session, "section", number, building="1", payload=payload)
            add_link(session, "enrollment", f"{number}:student:1", building="1", parent=number)

    asked = pages.press("/admin/terms/save", **{FIRST_KEY: ""})
    assert "1 section, 1 enrollment" in asked
    assert mapped(pages)["1", "Q1"] == "70"

    mark = asked.split('name="confirm" value="')[1].split('"')[0]
    pages.press("/admin/terms/save", confirm=mark, **{FIRST_KEY: ""})
    assert mapped(pages) == {("1", "Q1"): "", ("2", "Q1"): "", ("1", "Q2"): "71"}
    with pages.database() as session:
        assert len(session.scalars(select(Link)).all()) == 4
    assert far[1].calls == []


@pytest.mark.parametrize("verb", ["save", "refresh", "suggest", "create"])
def test_another_administrator_may_look_but_not_change(pages: Pages, far: Far, verb: str) -> None:
    pages.press("/admin/terms/refresh")
    second = pages.as_person("901")

    assert "Only the Acting User can change this" in second.words("/admin/terms")
    second.press(f"/admin/terms/{verb}", expect=403, create=key(SECOND_KEY), **{FIRST_KEY: "70"})
    assert set(mapped(pages).values()) == {""}


def test_another_district_neither_sees_nor_maps_our_terms(pages: Pages, far: Far) -> None:
    pages.press("/admin/terms/refresh")
    other = pages.as_person("800", THEIRS)

    assert "Quarter" not in other.press("/admin/terms")
    other.press("/admin/terms/save", **{FIRST_KEY: "70"})
    other.press("/admin/terms/create", create=key(SECOND_KEY))
    assert set(mapped(pages).values()) == {""}
    assert far[1].made == []
