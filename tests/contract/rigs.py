"""Each adapter with its far end, described by what the contract needs to know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.faults import Faults
from lti_app.sandbox.serving import serve
from lti_app.school.gradebook import Assignment, AssignmentRef
from lti_app.sis import registry
from tests.support.apps import sis_over
from tests.support.toy.gradebook import ToyGradebook
from tests.support.toy.server import ToyServer
from tests.support.world import DAY


@dataclass
class Rig:
    """One section of an SIS behind its adapter. `students` are two or more who sit in it today."""

    sis: Any
    section: str
    students: list[str]
    due: date
    outage: Callable[[], None]
    refuse: Callable[[], None]
    drift: Callable[[], None]
    """From now on the far end does not answer, does not let us in, or its lists move while they are read."""
    heal: Callable[[], None]

    @property
    def can(self) -> Any:
        return self.sis.capabilities

    def assignment(self, **changes: Any) -> Assignment:
        category = self.sis.gradebook_settings(self.section).categories[0]
        made = Assignment(
            session=category.session,
            item_id="5001",
            category=category.code,
            title="Cell walls",
            points=Decimal(12),
            weight=Decimal(1) if self.can.item_weight else None,
            due=self.due,
        )
        return replace(made, **changes)

    def put(self, sis_id: str = "", **changes: Any) -> AssignmentRef:
        """Send an assignment; what names it from then on."""
        made = self.assignment(**changes)
        ref = AssignmentRef(self.section, made.session, made.item_id, sis_id)
        return replace(ref, sis_id=self.sis.put_assignment(ref, made))

    def there(self, ref: AssignmentRef) -> list[Assignment]:
        """The assignments that the SIS has under the id that it gave."""
        return [each for each in self.sis.assignments(self.section) if each.number == ref.sis_id]

    def scores(self, ref: AssignmentRef) -> dict[str, Any]:
        """Student → score of an assignment."""
        found = self.sis.scores(self.section).get((ref.session, ref.sis_id), ())
        return {each.student_id: each for each in found}


GRADEBOOK = frozenset({"GRADEBOOK_SETTINGS", "ASSIGNMENTS", "SCORES", "AVERAGES"})


@contextmanager
def eschoolplus() -> Iterator[Rig]:
    """Over a real socket, with a made-up district behind it."""
    district, faults = make_district(60, 7, as_of=DAY.date()), Faults()
    key = max(
        (key for key, section in district.sections.items() if section.sessions),
        key=lambda each: len([row for row in district.enrollments.get(each, ()) if row.open_on(DAY.date())]),
    )
    app = sis_over(district, faults=faults)
    served = serve(app)
    settings = {"domain": served.url, "site_code": "demo", "login_name": "schoology"}
    sis = registry.build("eschoolplus", settings, {"password": "sandbox-password"}, sleep=lambda _: None)
    students = [row.student_id.strip() for row in district.enrollments[key] if row.open_on(DAY.date())]

    def fault(kind: str, route: str = "* ^.*") -> Callable[[], None]:
        return lambda: faults.add([{"route": route, "nth": 1, "times": 99, "fault": kind}])

    try:
        yield Rig(
            sis,
            str(key),
            students,
            date(2026, 11, 20),
            outage=fault("502-html"),
            refuse=lambda: setattr(app.extensions["sis"], "unlicensed", GRADEBOOK),
            drift=fault("drop-rows", "GET ^.*/pages/"),
            heal=faults.clear,
        )
    finally:
        served.close()


@contextmanager
def toy() -> Iterator[Rig]:
    """In memory, and different wherever it can be."""
    section = "urn:cls/7 é|a"
    server = ToyServer(classes={section: ["urn:p/1:α", "urn:p/2", "urn:p/3", "urn:p/4"]})

    def state(name: str, value: bool) -> Callable[[], None]:
        return lambda: setattr(server, name, value)

    def heal() -> None:
        server.down = server.forbidden = server.moving = False

    yield Rig(
        ToyGradebook(server),
        section,
        list(server.classes[section]),
        date(2026, 11, 22),
        outage=state("down", True),
        refuse=state("forbidden", True),
        drift=state("moving", True),
        heal=heal,
    )


RIGS = {"eschoolplus": eschoolplus, "toy": toy}
