"""All that the engine and the pages need from Schoology.

Two verbs for objects: find and apply. Payloads are neutral dicts (see lti_app.school.desired); the adapter
translates them into Schoology's spelling. Every method may raise lti_app.outbound.errors; a bulk method
raises only when the request as a whole failed, and otherwise answers one Outcome per item, in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from lti_app.outbound.errors import OutboundError
from lti_app.school.gradebook import (
    GradeCategory,
    GradedItem,
    GradeScale,
    SchoologyGrades,
    Seat,
    SectionGrading,
)
from lti_app.school.records import Kind

BULK = 50
"""Most items in one bulk call (Schoology REST API v1: users, courses, sections, enrollments)."""


@dataclass(frozen=True)
class Role:
    """A Schoology role."""

    id: str
    title: str
    faculty: bool
    system_admin: bool = False
    """Whether people of this role may administer the whole organization."""


@dataclass(frozen=True)
class SchoologyBuilding:
    """A building of the organization; `code` is Schoology's building_code and may be empty."""

    id: str
    name: str
    code: str


@dataclass(frozen=True)
class GradingPeriod:
    """A grading period of the organization; titles are unique there."""

    id: str
    title: str
    start: date | None
    end: date | None


@dataclass(frozen=True)
class Me:
    """A person, such as the owner of the access token, as Schoology says."""

    uid: str
    name: str
    role_id: str
    role_title: str
    is_system_admin: bool
    time_zone: str = ""


@dataclass(frozen=True)
class Outgoing:
    """One item of a bulk call.

    `payload` is the neutral desired object; `schoology_id` is empty for a create. `refs` are the Schoology
    ids that the payload refers to, such as {"course": "…"} of a section, {"section": "…", "user": "…"} of
    an enrollment, {"student": "…", "parent": "…"} of a parent link.
    """

    payload: Mapping[str, Any]
    schoology_id: str = ""
    refs: Mapping[str, str] = field(default_factory=dict)
    cleared: frozenset[str] = frozenset()
    """Fields of an update that were filled before and are to be empty now."""


@dataclass(frozen=True)
class Outcome:
    """What Schoology said of one item. `ambiguous`: it may or may not have happened, look it up.

    `conflict`: an object with this key is already there, and it is not ours to overwrite; or the create was
    answered with an object that was there before it.
    `gone`: the object that was to be changed is not there any more.
    """

    ok: bool
    schoology_id: str = ""
    code: int = 0
    words: str = ""
    ambiguous: bool = False
    conflict: bool = False
    gone: bool = False


@dataclass(frozen=True)
class Member:
    """Someone in a section; `enrollment_id` is empty where Schoology does not say it."""

    uid: str
    enrollment_id: str
    admin: bool


@dataclass(frozen=True)
class Found:
    """An object that Schoology has under a natural key, with its fields in neutral spelling."""

    schoology_id: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Target:
    """An address that Schoology's triggers post events to."""

    id: str
    url: str


@dataclass(frozen=True)
class SectionBook:
    """The gradebook of a section at one look; `grades` only those since the moment that was asked for."""

    grading: SectionGrading
    items: tuple[GradedItem, ...]
    seats: tuple[Seat, ...]
    grades: SchoologyGrades
    now: int = 0
    """Schoology's own time of that look, as a Unix moment; 0 where it is not known."""


class SchoologyTriggers(Protocol):
    """Where Schoology tells of changes. Only targets that the app made are ever moved or removed."""

    def targets(self) -> list[Target]:
        """Every target of the organization."""

    def add_target(self, url: str, description: str) -> str:
        """Make a target; its id."""

    def move_target(self, target_id: str, url: str) -> bool:
        """Give a target another address; False when it is not there any more."""

    def remove_target(self, target_id: str) -> None:
        """Remove a target; one that is gone is fine."""

    def subscribe(self, target_id: str, names: Sequence[str], on: bool) -> list[str]:
        """Subscribe to triggers or end it, which may be repeated; what was refused, in Schoology's words."""


class SchoologyGradebook(Protocol):
    """The gradebook of one section. Only categories and their weighting are ever written."""

    def section_grading(self, section_id: str) -> SectionGrading:
        """Weighting, and whether the course is archived. Raises NotFound."""

    def grade_categories(self, section_id: str) -> list[GradeCategory]:
        """Every grading category."""

    def grade_scales(self, section_id: str) -> list[GradeScale]:
        """The scales that items of the section may use."""

    def graded_items(self, section_id: str) -> list[GradedItem]:
        """Every published item with a score: assignments, assessments, graded discussions."""

    def drafts(self, section_id: str) -> list[GradedItem]:
        """Items that the gradebook doesn't list, as far as the folders of the course show them.

        Raises Refused or NotFound where the folders, or something in them, can't be read.
        """

    def seats(self, section_id: str) -> list[Seat]:
        """The active students."""

    def grading_groups(self, section_id: str) -> dict[str, frozenset[str]]:
        """Grading group → the enrollments that belong to it."""

    def grades(self, section_id: str, since: int = 0) -> SchoologyGrades:
        """Every grade, or those changed since a Unix moment of Schoology's clock, with the averages."""

    def books(self, since: Mapping[str, int]) -> dict[str, SectionBook | OutboundError | None]:
        """Sections at once, in as few requests as they allow (multiget): section id → the Unix moment since
        which grades are wanted, 0 for all of them. None for a section that is not there or may not be read,
        an error for one that Schoology answers wrongly; neither keeps the others from being read."""

    def is_deleted(self, section_id: str, item_id: str) -> bool:
        """Whether an item that is not listed is really gone, and not only unpublished."""

    def update_categories(self, section_id: str, categories: Sequence[GradeCategory]) -> list[Outcome]:
        """Set calculation, weight and drop lowest of categories by id; one outcome each, in order."""

    def create_categories(self, section_id: str, categories: Sequence[GradeCategory]) -> list[Outcome]:
        """Make categories; one outcome each, in order. Schoology makes a second one of the same title: the
        caller looks first at what is there."""

    def delete_category(self, section_id: str, category_id: str) -> None:
        """Remove a category; one that is gone is fine."""

    def set_weighting(self, section_id: str, weighted: bool) -> None:
        """Switch the weighting of categories on or off."""


class Schoology(SchoologyGradebook, SchoologyTriggers, Protocol):
    """Schoology as the Acting User of one installation sees it. Thread-safe; paced inside."""

    def me(self) -> Me:
        """Confirm the token and the system-administrator role. Raises Refused when the token is void."""

    def person(self, uid: str) -> Me:
        """Who a person is, and whether they are a system administrator. Raises NotFound."""

    def roles(self) -> list[Role]:
        """Every role of the organization."""

    def buildings(self) -> list[SchoologyBuilding]:
        """Every building, the organization itself last when it has none."""

    def create_building(self, name: str, code: str, address: Mapping[str, str]) -> SchoologyBuilding:
        """Make a building."""

    def grading_periods(self) -> list[GradingPeriod]:
        """Every grading period of the organization."""

    def create_grading_period(self, title: str, start: date, end: date) -> GradingPeriod:
        """Make a grading period; raises Permanent when the title is taken."""

    def create(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Make at most 50 objects. Never overwrites: what could match an object that is there is looked up
        first and answers conflict, and so does an answer with an object that was there before the call."""

    def update(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        """Set the fields of at most 50 objects by their Schoology id."""

    def drop(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Outcome]:
        """End at most 50 enrollments or parent links. Any other kind is a programming error: nothing else is
        removed."""

    def find(self, kind: Kind, batch: Sequence[Outgoing]) -> list[Found | None]:
        """Look at most 50 objects up by natural key: what is there, or None, in order."""

    def people(self) -> Iterator[Mapping[str, str]]:
        """Every user as one row of the organization's CSV export, streamed."""

    def users(self, uids: Sequence[str]) -> dict[str, Found | None]:
        """Each of at most 50 users by Schoology id, in one request; None: it is gone."""

    def inactive_people(self) -> Iterator[Mapping[str, str]]:
        """Every deactivated user, page after page: uid, name and school_uid."""

    def reactivate(self, uids: Sequence[str]) -> list[Outcome]:
        """Bring at most 50 deactivated users back, with their enrollments; twice is as good as once."""

    def courses(self) -> Iterator[Found]:
        """Every course, page after page."""

    def sections(self, course_ids: Sequence[str]) -> dict[str, list[Found]]:
        """The sections under way of at most 50 courses, in one request where there are few."""

    def members(self, section_ids: Sequence[str]) -> dict[str, list[Member] | None]:
        """Who is in each of at most 50 sections, in one request where they are small; None: it is gone."""
