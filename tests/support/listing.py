"""Far ends whose lists of buildings and terms a test sets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from lti_app.outbound.errors import OutboundError
from lti_app.school.records import Building, Term
from lti_app.schoology.port import GradingPeriod, SchoologyBuilding
from lti_app.sis.errors import SisError
from lti_app.sis.port import SisInfo
from tests.fakes import FakeSchoology, FakeSis
from tests.support.admin_pages import Pages


class ListingSis(FakeSis):
    """An SIS with lists; `error` is raised by everything."""

    def __init__(self) -> None:
        super().__init__()
        self.listed: list[Building] = []
        self.calendar: list[Term] = []
        self.error: SisError | None = None

    def check(self) -> SisInfo:
        self._raise()
        return SisInfo("eSchoolPLUS", "21.4.2", len(self.listed))

    def buildings(self) -> list[Building]:
        self._raise()
        return self.listed

    def terms(self) -> list[Term]:
        self._raise()
        return self.calendar

    def _raise(self) -> None:
        if self.error is not None:
            raise self.error


class ListingSchoology(FakeSchoology):
    """A Schoology with lists that remembers what was made there; `error` is raised by everything."""

    def __init__(self) -> None:
        super().__init__()
        self.listed: list[SchoologyBuilding] = []
        self.periods: list[GradingPeriod] = []
        self.made: list[tuple[object, ...]] = []
        self.error: OutboundError | None = None

    def buildings(self) -> list[SchoologyBuilding]:
        self._raise()
        return self.listed

    def grading_periods(self) -> list[GradingPeriod]:
        self._raise()
        return self.periods

    def create_building(self, name: str, code: str, address: Mapping[str, str]) -> SchoologyBuilding:
        self._raise()
        self.made.append((name, code, address["city"]))
        return SchoologyBuilding("990", name, code)

    def create_grading_period(self, title: str, start: date, end: date) -> GradingPeriod:
        self._raise()
        self.made.append((title, start, end))
        return GradingPeriod("77", title, start, end)

    def _raise(self) -> None:
        if self.error is not None:
            raise self.error


def set_far_ends(pages: Pages) -> tuple[ListingSis, ListingSchoology]:
    """Put listing far ends behind the pages."""
    sis, schoology = ListingSis(), ListingSchoology()
    pages.wiring.sis_there, pages.wiring.schoology_there = sis, schoology
    return sis, schoology
