"""What the sandbox Schoology keeps, under the names of its REST API."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


class StoreError(Exception):
    """A write that Schoology refuses; `code` is the HTTP status of the item."""

    def __init__(self, message: str, code: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


@dataclass(slots=True)
class Building:
    """A building; the school itself has the same shape."""

    id: int
    title: str
    building_code: str = ""
    address1: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    phone: str = ""


@dataclass(slots=True)
class Role:
    """A role of the organization."""

    id: int
    title: str
    faculty: int
    admin: bool = False


@dataclass(slots=True)
class User:
    """A person; `inactive` after a soft delete."""

    uid: int
    school_uid: str
    name_first: str
    name_last: str
    role_id: int
    building_id: int
    name_middle: str = ""
    username: str = ""
    primary_email: str = ""
    additional_buildings: str = ""
    grad_year: str = ""
    gender: str = ""
    position: str = ""
    birthday_date: str = ""
    synced: int = 0
    tz_name: str = "America/New_York"
    inactive: bool = False
    inactive_timestamp: int = 0
    parent_uids: set[int] = field(default_factory=set)
    child_uids: set[int] = field(default_factory=set)
    mailed: bool = False
    """Whether Schoology would have mailed the person a login."""

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.name_first} {self.name_last}"


@dataclass(slots=True)
class Course:
    """A course; the code is unique over the organization."""

    id: int
    title: str
    course_code: str
    building_id: int
    department: str = ""
    description: str = ""
    synced: int = 0


@dataclass(slots=True)
class Section:
    """A section of a course."""

    id: int
    course_id: int
    section_title: str
    section_code: str = ""
    section_school_code: str = ""
    grading_periods: list[int] = field(default_factory=list)
    description: str = ""
    synced: int | None = None
    active: int = 1
    weighted_grading_categories: int = 0
    missing_counts: int = 1
    """Missing work counts as zero; no part of the API tells it."""
    access_code: str = ""


@dataclass(slots=True)
class Enrollment:
    """Someone in a section; admin 1 for teachers."""

    id: int
    section_id: int
    uid: int
    admin: int = 0
    status: int = 1


@dataclass(slots=True)
class GradingPeriod:
    """A grading period of the organization."""

    id: int
    title: str
    start: date
    end: date


@dataclass(slots=True)
class GradingCategory:
    """A category of a section; calculation type 1 percent, 2 total points."""

    id: int
    section_id: int
    title: str
    calculation_type: int = 2
    weight: float = 0
    drop_lowest: int = 0
    delta: int = 0


@dataclass(slots=True)
class Item:
    """A graded item: an assignment, an assessment or a graded discussion."""

    id: int
    section_id: int
    title: str
    type: str = "assignment"
    description: str = ""
    due: str = ""
    grading_category: int = 0
    grading_period: int = 0
    grading_scale: int = 0
    max_points: str = "100"
    factor: str = "1"
    is_final: int = 0
    published: int = 1
    count_in_grade: int = 1
    collected_only: int = 0
    last_updated: int = 0
    auto_publish_grades: int = 1
    assignees: tuple[int, ...] = ()
    grading_group_ids: tuple[int, ...] = ()
    folder: int = 0
    """The folder of the course that holds it; 0 is the root."""


@dataclass(slots=True)
class GradingGroup:
    """Some students of a section; items can be assigned to them. `members` are enrollment ids."""

    id: int
    section_id: int
    title: str
    members: tuple[int, ...] = ()


@dataclass(slots=True)
class Grade:
    """A score of one enrollment for one item; exception 1 excused, 2 incomplete, 3 missing."""

    enrollment_id: int
    item_id: int
    grade: float | None = None
    exception: int = 0
    comment: str | None = None
    comment_status: int | None = None
    timestamp: int = 0
    letter: str = ""
    """What was typed on an item with a scale of letters; `grade` has the points behind it."""


@dataclass(slots=True)
class Target:
    """Where triggers are posted to, with its subscriptions: trigger name → include_object."""

    id: int
    target: str
    description: str = ""
    subscriptions: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Token:
    """An OAuth token; a request token is usable after a person approved it."""

    token: str
    secret: str
    consumer_key: str
    uid: int = 0
    kind: str = "request"


@dataclass
class Traffic:
    """How much was asked and written, for tests that promise silence."""

    requests: dict[str, int] = field(default_factory=dict)
    writes: dict[str, int] = field(default_factory=dict)

    def count(self, route: str) -> None:
        """One more request."""
        self.requests[route] = self.requests.get(route, 0) + 1

    def wrote(self, kind: str) -> None:
        """One more object was made, changed or removed."""
        self.writes[kind] = self.writes.get(kind, 0) + 1

    def reset(self) -> None:
        """Start counting again."""
        self.requests.clear()
        self.writes.clear()
