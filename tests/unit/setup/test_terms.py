"""Terms: read again, grouped, suggested, mapped, and what unmapping stops."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_app.models import Audit, TermRow
from lti_app.school.records import Kind, Term, TermKind
from lti_app.schoology.port import GradingPeriod
from lti_app.setup import impact
from lti_app.setup import terms as setup_terms
from lti_app.store.district import District
from tests.factories import OURS, add_link, open_database
from tests.unit.setup.test_buildings import ListingSis, Person

START, END = date(2026, 9, 2), date(2026, 11, 6)
QUARTER = Term("1|Q1", "Quarter 1", START, END, buildings=("1",), year=2027, code="Q1")
FALL = GradingPeriod("70", "Fall Q1", START, END)


@pytest.fixture
def session() -> Session:
    return open_database()


def read(session: Session, *terms: Term) -> setup_terms.Refreshed:
    sis = ListingSis()
    sis.calendar = list(terms)
    return setup_terms.refresh_terms(District(session, OURS), sis)


def groups_of(session: Session) -> list[setup_terms.TermGroup]:
    return setup_terms.group_terms(setup_terms.term_rows(District(session, OURS)))


def of_school(term: Term, building: str, **changes: Any) -> Term:
    """The same term in another school."""
    return replace(term, key=f"{building}|{term.code}", buildings=(building,), **changes)


def save(session: Session, wanted: dict[str, str], offered: tuple[GradingPeriod, ...] = (FALL,)) -> int:
    changed = setup_terms.save_terms(District(session, OURS), wanted, offered, who=Person())
    session.commit()
    return changed


def test_terms_with_one_name_and_the_same_days_are_one_group(session: Session) -> None:
    read(session, QUARTER, of_school(QUARTER, "2"), of_school(QUARTER, "3", end=START))
    groups = groups_of(session)
    assert [sorted(group.buildings) for group in groups] == [["3"], ["1", "2"]]
    assert groups[1].year == "2026-27"


def test_refreshing_moves_dates_and_keeps_the_mapping(session: Session) -> None:
    read(session, QUARTER)
    save(session, {groups_of(session)[0].key: "70"})
    found = read(session, replace(QUARTER, end=date(2026, 11, 13)))
    (group,) = groups_of(session)
    assert (found.total, found.new, found.gone) == (1, 0, 0)
    assert (group.end, group.period_id) == (date(2026, 11, 13), "70")


def test_a_term_that_is_no_longer_listed_keeps_its_mapping(session: Session) -> None:
    read(session, QUARTER)
    save(session, {groups_of(session)[0].key: "70"})
    assert read(session).gone == 1
    assert groups_of(session)[0].period_id == "70"


def test_a_new_building_in_a_mapped_group_is_mapped_by_saving(session: Session) -> None:
    read(session, QUARTER)
    key = groups_of(session)[0].key
    save(session, {key: "70"})
    read(session, QUARTER, of_school(QUARTER, "2"))
    assert groups_of(session)[0].mapped_in_part
    assert save(session, {key: "70"}) == 1
    assert not groups_of(session)[0].mapped_in_part


def test_saving_keeps_title_and_days_and_writes_who_did_it(session: Session) -> None:
    read(session, QUARTER)
    assert save(session, {groups_of(session)[0].key: "70"}) == 1
    row = session.scalars(select(TermRow)).one()
    line = session.scalars(select(Audit)).one()
    assert (row.grading_period_title, row.grading_period_end) == ("Fall Q1", END)
    assert (line.what, line.old, line.new) == (
        "Term: Quarter 1 (Sep 2 – Nov 6, 2026)",
        "not synced",
        "Fall Q1",
    )


def test_a_grading_period_that_was_not_offered_is_ignored(session: Session) -> None:
    read(session, QUARTER)
    assert save(session, {groups_of(session)[0].key: "666"}) == 0


def test_a_grading_period_with_the_same_days_is_suggested_unless_two_match(session: Session) -> None:
    read(session, QUARTER)
    groups = groups_of(session)
    assert setup_terms.suggested_periods(groups, [FALL]) == {groups[0].key: "70"}
    assert setup_terms.suggested_periods(groups, [FALL, replace(FALL, id="71")]) == {}


def test_terms_with_the_days_of_former_ones_get_their_suggestion(session: Session) -> None:
    read(session, QUARTER)
    odd = replace(FALL, id="75", start=None, end=None)
    assert save(session, {groups_of(session)[0].key: "75"}, (odd,)) == 1

    read(session, replace(QUARTER, key="urn:term/1", name="First quarter", buildings=()))

    fresh = next(each for each in groups_of(session) if not each.period_id)
    assert setup_terms.suggested_periods(groups_of(session), [odd]) == {fresh.key: "75"}


def test_suggested_titles_are_unlike_each_other_and_those_taken(session: Session) -> None:
    later = of_school(QUARTER, "2", start=date(2026, 9, 8))
    summer = of_school(QUARTER, "3", kind=TermKind.SUMMER, start=date(2027, 6, 21), end=date(2027, 7, 30))
    read(session, QUARTER, later, summer)
    titles = list(setup_terms.suggested_titles(groups_of(session), ["2026-27 quarter 1"]).values())
    assert titles == [
        "2026-27 Quarter 1 (Sep 2 to Nov 6)",
        "2026-27 Quarter 1 (Sep 8 to Nov 6)",
        "2026-27 Summer Quarter 1",
    ]


def test_a_title_that_is_taken_in_every_form_gets_a_number(session: Session) -> None:
    read(session, QUARTER)
    taken = ["2026-27 Quarter 1", "2026-27 Quarter 1 (Sep 2 to Nov 6)"]
    assert setup_terms.suggested_title(groups_of(session)[0], taken) == "2026-27 Quarter 1 (Sep 2 to Nov 6) 2"


def section(session: Session, key: str, building: str, *periods: str) -> None:
    add_link(
        session, "section", key, building=building, payload=json.dumps({"grading_period_ids": list(periods)})
    )
    add_link(session, "enrollment", f"{key}:student:1", building=building, parent=key)


def test_unmapping_counts_sections_that_would_have_no_grading_period_left(session: Session) -> None:
    read(session, QUARTER, replace(QUARTER, key="1|Q2", name="Quarter 2", start=END))
    groups = groups_of(session)
    for group, period in zip(groups, ("70", "71"), strict=True):
        for row in group.rows:
            row.grading_period_id = period
    section(session, "only-first", "1", "70")
    section(session, "both", "1", "70", "71")
    section(session, "elsewhere", "2", "70")
    counts = impact.count_outside(District(session, OURS), groups, groups[:1])
    assert counts == {Kind.SECTION: 1, Kind.ENROLLMENT: 1}


def test_unmapping_stops_nothing_where_another_term_has_the_same_period(
    session: Session,
) -> None:
    read(session, QUARTER, replace(QUARTER, key="1|A|Q1", name="Term 1"))
    groups = groups_of(session)
    for group in groups:
        group.rows[0].grading_period_id = "70"
    section(session, "s", "1", "70")
    assert impact.count_outside(District(session, OURS), groups, groups[:1]) == {}
