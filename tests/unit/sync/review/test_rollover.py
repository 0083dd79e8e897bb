"""30 June to 1 July: last year's classes get no write, the new year is made, no brake trips needlessly."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from lti_app import clock
from lti_app.models import Link, RunState, SyncOptions
from lti_app.school.reason_codes import Code
from lti_app.school.records import Kind
from lti_app.store.district import District
from lti_app.sync.review.rollover import Years, last_rehearsal, years
from tests.factories import TICKED, add_building, add_term
from tests.fakes import Rows
from tests.support.records import number_of, seat, section
from tests.unit.conftest import Engine
from tests.unit.sync.plan.brakes.test_brakes import CLASS, SEPTEMBER, school

__all__ = ["school"]


@pytest.fixture
def june(school: Engine) -> Engine:
    """The last day of the old year; the SIS serves both years, and next year's terms are mapped."""
    for year, mark, first, last, period in (
        (2027, "Q4", date(2027, 3, 22), date(2027, 6, 30), "gp4"),
        (2028, "Q1", date(2027, 7, 1), date(2027, 10, 1), "gp5"),
    ):
        days = {"school_year": year, "start": first, "end": last}
        add_term(school.session, "1", mark, period, name=mark, seen_at=clock.now(), **days)
    school.session.commit()
    school.sis.rows[Rows.SECTIONS] = [
        replace(each, terms=("1|Q2", "1|Q4")) for each in school.sis.rows[Rows.SECTIONS]
    ]
    school.today = date(2027, 6, 30)
    assert school.run().state == RunState.DONE
    school.sis.rows[Rows.SECTIONS] = school.sis.rows[Rows.SECTIONS] + [
        section(key=key, number=number, year=2028, terms=("1|Q1",))
        for key, number in (("6001", "1"), ("6002", "2"))
    ]
    school.sis.rows[Rows.SEATS] = school.sis.rows[Rows.SEATS] + [
        seat("6001", f"{n:03}", SEPTEMBER) for n in range(CLASS)
    ]
    return school


def seats(school: Engine, key: str) -> int:
    links = school.session.scalars(select(Link).where(Link.kind == Kind.ENROLLMENT, Link.parent == key))
    return len(list(links))


def test_on_the_last_day_the_new_year_is_made_beside_the_old_one(june: Engine) -> None:
    run = june.run()

    assert run.state == RunState.DONE
    assert run.counts["trips"] == []
    assert {(kind, action) for kind, action, _, _ in june.lines(run)} == {
        ("section", "create"),
        ("enrollment", "create"),
    }
    assert (seats(june, "5001"), seats(june, "6001")) == (CLASS, CLASS)


def test_on_the_first_day_last_years_sections_get_no_write(june: Engine) -> None:
    june.run()
    june.today = date(2027, 7, 1)
    june.sis.rows[Rows.SEATS] = [each for each in june.sis.rows[Rows.SEATS] if each.section == "6001"]
    june.sis.rows[Rows.SECTIONS] = [
        replace(each, title="Renamed") if each.key == "5001" else each
        for each in june.sis.rows[Rows.SECTIONS]
    ]
    sent = len(june.schoology.calls)

    run = june.run()

    assert run.state == RunState.DONE
    assert june.lines(run) == []
    assert len(june.schoology.calls) == sent
    assert run.counts["left_out"]["section"][0]["code"] == Code.TERMS_ENDED
    assert seats(june, "5001") == CLASS


def test_when_the_sis_stops_serving_last_year_its_students_stay(june: Engine) -> None:
    june.run()
    june.today = date(2027, 7, 1)
    june.sis.rows[Rows.SECTIONS] = [each for each in june.sis.rows[Rows.SECTIONS] if each.key >= "6000"]
    june.sis.rows[Rows.SEATS] = [each for each in june.sis.rows[Rows.SEATS] if each.section >= "6000"]
    sent = len(june.schoology.calls)

    run = june.run()

    assert {action for _, action, _, _ in june.lines(run)} <= {"release"}
    assert len(june.schoology.calls) == sent
    assert seats(june, "5001") == CLASS


def test_a_switch_in_one_night_makes_the_new_classes_without_approval(june: Engine) -> None:
    """The classes of the new year have the codes of the old ones: they are others, and not linked again."""
    old, new = (
        [replace(each, key=f"{each.key[0]}1{n:02}", number=str(n)) for n in range(10, 20)]
        for each in june.sis.rows[Rows.SECTIONS][1:3]
    )
    june.sis.rows[Rows.SECTIONS] = old
    june.sis.rows[Rows.SEATS] = []
    limits(june, drop_share=0.5, drop_floor=100, section_floor=100)
    assert june.run().state == RunState.DONE
    limits(june)
    june.today = date(2027, 7, 1)
    june.sis.rows[Rows.SECTIONS] = new

    run = june.run()

    assert (run.state, run.counts["trips"]) == (RunState.DONE, [])
    made = [sis_id for kind, action, sis_id, _ in june.lines(run) if (kind, action) == ("section", "create")]
    assert made == [each.key for each in new]


def test_graduates_and_school_changes_of_the_first_of_july_trip_nothing(june: Engine) -> None:
    """A third of the building graduates, nearly half of what it has then comes from another one, and every
    section of last year goes at once."""
    add_building(june.session, "2", schoology_id="902", **TICKED)
    june.session.commit()
    pupils = june.sis.rows[Rows.STUDENTS]
    june.sis.rows[Rows.STUDENTS] = [
        replace(each, main_building="2") if n >= 20 else each for n, each in enumerate(pupils)
    ]
    june.sis.rows[Rows.SECTIONS] += [
        replace(june.sis.rows[Rows.SECTIONS][0], key=f"51{n:02}", number=str(n)) for n in range(10, 20)
    ]
    june.sis.rows[Rows.SEATS] = [
        each for each in june.sis.rows[Rows.SEATS] if each.section < "6000" or number_of(each) >= "010"
    ]
    limits(june, update_floor=50)
    assert june.run().state == RunState.DONE
    limits(june)
    june.today = date(2027, 7, 1)
    june.sis.rows[Rows.STUDENTS] = [
        replace(each, main_building="1") if n >= 22 else each for n, each in enumerate(pupils) if n >= 10
    ]
    june.sis.rows[Rows.STUDENTS][10:12] = [replace(each, main_building="2") for each in pupils[20:22]]
    june.sis.rows[Rows.SECTIONS] = [each for each in june.sis.rows[Rows.SECTIONS] if each.key >= "6000"]
    june.sis.rows[Rows.SEATS] = [each for each in june.sis.rows[Rows.SEATS] if each.section >= "6000"]

    run = june.run()

    assert (run.state, run.counts["trips"]) == (RunState.DONE, [])


def limits(engine: Engine, **changes: float) -> None:
    engine.session.get_one(SyncOptions, 1).brakes = changes
    engine.session.commit()


def test_a_rehearsal_lists_what_would_be_made_or_frozen_and_sends_nothing(june: Engine) -> None:
    june.today = date(2027, 7, 1)
    june.sis.rows[Rows.STUDENTS] = june.sis.rows[Rows.STUDENTS][:-2]
    sent = len(june.schoology.calls)

    run = june.run(plan_only=True)
    run.checkpoint = {**run.checkpoint, "on": "2027-07-01"}
    june.session.commit()
    found = last_rehearsal(District(june.session, 1))

    assert found is not None
    assert found.day == date(2027, 7, 1)
    assert found.created == {"section": 2, "enrollment": CLASS - 2}
    assert sum(number for _, number in found.frozen) == 2
    assert found.orphaned == {"user": 2}
    assert len(june.schoology.calls) == sent


def test_the_newest_year_is_named_with_its_first_day_and_what_is_mapped(june: Engine) -> None:
    found = years(District(june.session, 1))

    assert found is not None
    assert (found.newest, found.begins, found.terms, found.mapped) == (2028, date(2027, 7, 1), 1, 1)


@pytest.mark.parametrize(
    ("today", "rehearsed"),
    [(date(2027, 6, 30), date(2027, 7, 1)), (date(2027, 7, 1), date(2028, 6, 17))],
)
def test_the_next_change_is_rehearsed_and_not_the_last_one(today: date, rehearsed: date) -> None:
    served = Years(2028, begins=date(2027, 7, 1), ends=date(2028, 6, 16), terms=4, mapped=4)

    assert served.next_change(today) == rehearsed
