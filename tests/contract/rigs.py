"""Each adapter with its far end, described by what the contract needs to know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from lti_app.sandbox.district.make import make_district
from lti_app.sandbox.faults import Faults
from lti_app.sandbox.serving import serve
from lti_app.sandbox.sis.oneroster.face import Face, Knobs
from lti_app.school.gradebook import Assignment, AssignmentRef
from lti_app.sis import registry
from lti_app.sis.eschoolplus import wire
from lti_app.sis.port import Proof
from tests.support.apps import sis_over
from tests.support.toy.adapter import ToySis
from tests.support.toy.district import BOTH, CHILD, CLASS, toy_district
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
    lose: Callable[[], None]
    repeat: Callable[[], None]
    """A row of the courses is lost between two pages, or comes on two of them."""
    spoil: Callable[[], str]
    """A person can't be read any more; the key."""
    heal: Callable[[], None]
    proof: Proof
    today: date
    of_two_roles: list[str]
    """The keys of people with more than one role."""
    dangling: frozenset[str] = frozenset()
    """Keys that rows of the SIS itself name and that it has not; no adapter drops such rows."""
    nowhere: str = "urn:none/1|x"
    """A key that nothing has."""

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


def open_students(district: Any, key: int) -> list[str]:
    """The numbers of those who sit in a section today."""
    return [row.student_id.strip() for row in district.enrollments.get(key, ()) if row.open_on(DAY.date())]


def fullest(district: Any) -> int:
    """The section with the most students today."""
    keys = (key for key, section in district.sections.items() if section.sessions)
    return max(keys, key=lambda each: len(open_students(district, each)))


@contextmanager
def eschoolplus() -> Iterator[Rig]:
    """Over a real socket, with a made-up district behind it."""
    district, faults = make_district(60, 7, as_of=DAY.date()), Faults()
    key = fullest(district)
    app = sis_over(district, faults=faults)
    served = serve(app)
    settings = {"domain": served.url, "site_code": "demo", "login_name": "schoology"}
    sis = registry.build("eschoolplus", settings, {"password": "sandbox-password"}, sleep=lambda _: None)
    students = open_students(district, key)

    patch = pytest.MonkeyPatch()

    def fault(kind: str, route: str = "* ^.*") -> Callable[[], None]:
        return lambda: faults.add([{"route": route, "nth": 1, "times": 99, "fault": kind}])

    courses = dict(district.courses)

    def repeat() -> None:
        patch.setattr(wire, "PER_PAGE", 2)
        rows = [*courses.values(), next(iter(courses.values()))]
        district.courses = dict(enumerate(rows))  # type: ignore[arg-type]

    def spoil() -> str:
        name = next(iter(district.students))
        row = district.students[name]
        district.students[name] = replace(row, last_name={"a": 1})  # type: ignore[arg-type]
        return f"student:{name.strip()}"

    def heal() -> None:
        faults.clear()
        patch.undo()
        district.courses = courses

    try:
        patch.setattr(wire, "PER_PAGE", 20)
        yield Rig(
            sis,
            str(key),
            students,
            date(2026, 11, 20),
            outage=fault("502-html"),
            refuse=lambda: setattr(app.extensions["sis"], "unlicensed", GRADEBOOK),
            drift=fault("drop-rows", "GET ^.*/pages/"),
            lose=fault("drop-rows", "GET ^.*/pages/"),
            repeat=repeat,
            spoil=spoil,
            heal=heal,
            proof=Proof.TOTAL,
            today=DAY.date(),
            of_two_roles=[],
            dangling=frozenset({"student:999999", "2|Z|2027||YR"}),
        )
    finally:
        patch.undo()
        served.close()


@contextmanager
def toy() -> Iterator[Rig]:
    """In memory, and different wherever it can be."""
    server = toy_district()

    def state(name: str, value: bool) -> Callable[[], None]:
        return lambda: setattr(server, name, value)

    def before_next_page(change: Callable[[list[Any]], None]) -> Callable[[], None]:
        def once(name: str) -> None:
            server.after_page = None
            change(server.records[name])

        return lambda: setattr(server, "after_page", once)

    def spoil() -> str:
        row = next(each for each in server.records["people"] if each["id"] == CHILD)
        del row["family"]
        return CHILD

    def heal() -> None:
        server.down = server.forbidden = server.moving = False
        server.records["courses"] = toy_district().records["courses"]

    yield Rig(
        ToySis(server),
        CLASS,
        list(server.classes[CLASS]),
        date(2026, 11, 22),
        outage=state("down", True),
        refuse=state("forbidden", True),
        drift=state("moving", True),
        lose=before_next_page(lambda rows: rows.pop(0)),
        repeat=before_next_page(lambda rows: rows.insert(0, {**rows[0], "id": "crs:new"})),
        spoil=spoil,
        heal=heal,
        proof=Proof.SECOND_LOOK,
        today=DAY.date(),
        of_two_roles=[BOTH],
    )


def oneroster(version: str, sign_in: str = "oauth2") -> Callable[[], Any]:
    """The sandbox's OneRoster face over a real socket, with small pages and ids full of marks."""

    @contextmanager
    def made() -> Iterator[Rig]:
        district, faults = make_district(60, 7, as_of=DAY.date()), Faults()
        key = fullest(district)
        knobs = Knobs(page_cap=20, id_prefix="urn:id/é +|")
        app = sis_over(district, faults=faults, oneroster=Face(knobs))
        served = serve(app)
        settings = {
            "base_url": served.url,
            "token_url": f"{served.url}/ims/oneroster/token",
            "client_id": "sandbox",
            "version": version,
            "sign_in": sign_in,
        }
        secrets = {"client_secret": "sandbox-secret"}
        sis = registry.build("oneroster", settings, secrets, sleep=lambda _: None)

        def fault(kind: str, route: str = "* ^.*", nth: int = 1) -> Callable[[], None]:
            return lambda: faults.add([{"route": route, "nth": nth, "times": 999, "fault": kind}])

        def spoil() -> str:
            name = next(iter(district.students))
            row = district.students[name]
            district.students[name] = replace(row, last_name={"a": 1})  # type: ignore[arg-type]
            return f"{knobs.id_prefix}stu-{name.strip()}"

        try:
            yield Rig(
                sis,
                f"{knobs.id_prefix}cls-{key}",
                [f"{knobs.id_prefix}stu-{each}" for each in open_students(district, key)],
                date(2026, 11, 22),
                outage=fault("502-html"),
                refuse=lambda: setattr(app.extensions["sis"], "unlicensed", GRADEBOOK),
                drift=fault("other-total", "GET ^.*/(courses|lineItems|results)$"),
                lose=fault("shift-rows", "GET ^.*/courses$", 2),
                repeat=fault("shift-back", "GET ^.*/courses$", 2),
                spoil=spoil,
                heal=faults.clear,
                proof=Proof.TOTAL,
                today=DAY.date(),
                of_two_roles=[],
                dangling=frozenset({f"{knobs.id_prefix}stu-999999", f"{knobs.id_prefix}ses-2-Z-2027-YR"}),
            )
        finally:
            served.close()

    return made


RIGS = {
    "eschoolplus": eschoolplus,
    "oneroster-1.1": oneroster("1.1", "oauth1-sha256"),
    "oneroster-1.2": oneroster("1.2"),
    "toy": toy,
}
