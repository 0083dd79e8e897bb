"""The promises of the Schoology port that every use of it builds on: lists are whole, or said not to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from lti_app.extensions import db
from lti_app.models import ActingUser, Installation
from lti_app.outbound.errors import Transient
from lti_app.sandbox.schoology.objects import Building, GradingPeriod
from tests.support.world import World, make_world

MANY = 450
"""More than two pages of 200."""


@dataclass
class Port:
    """A large organization behind the adapter."""

    world: World
    schoology: Any

    def strike(self, route: str, fault: str, **more: int) -> None:
        self.world.schoology_faults.clear()
        self.world.schoology_faults.add([{"route": route, "fault": fault, **more}])


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Port]:
    with make_world(tmp_path_factory.mktemp("lists"), students=8) as world, world.app.app_context():
        store = world.store
        for number in range(MANY):
            store.add_course(f"Course {number}", f"C{number}")
            store.buildings[90_000 + number] = Building(90_000 + number, f"School {number}", f"S{number}")
            period = GradingPeriod(80_000 + number, f"Period {number}", date(2026, 8, 1), date(2027, 6, 1))
            store.grading_periods[period.id] = period
        wiring = world.app.extensions["wiring"]
        yield Port(
            world, wiring.schoology(db.session.get_one(Installation, 1), db.session.get_one(ActingUser, 1))
        )


LISTS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "courses": (lambda api: api.courses(), lambda store: store.courses),
    "gradingperiods": (lambda api: api.grading_periods(), lambda store: store.grading_periods),
    "buildings": (lambda api: api.buildings(), lambda store: store.buildings),
}


@pytest.mark.parametrize("route", LISTS)
@pytest.mark.parametrize(("fault", "nth"), [("", 1), ("drop-rows", 1), ("drop-rows", 3), ("repeat-page", 2)])
def test_a_list_of_many_pages_is_whole_though_a_page_is_cut_or_comes_again(
    port: Port, route: str, fault: str, nth: int
) -> None:
    """Offset paging is no snapshot: what an answer left out is found by reading again."""
    read, there = LISTS[route]
    port.world.schoology_faults.clear()
    if fault:
        port.strike(f"GET ^.*/{route}$", fault, nth=nth)

    ids = [getattr(each, "schoology_id", "") or each.id for each in read(port.schoology)]

    assert sorted(ids) == sorted(map(str, there(port.world.store)))
    assert len(ids) >= MANY


def test_a_list_that_stays_short_is_not_believed(port: Port) -> None:
    port.strike("GET /v1/courses", "drop-rows", times=100)

    with pytest.raises(Transient, match="ends before it’s complete"):
        list(port.schoology.courses())
