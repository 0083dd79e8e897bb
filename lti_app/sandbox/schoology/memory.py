"""The sandbox Schoology's memory: what one organization holds, its buildings, periods and roles."""

from __future__ import annotations

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import Any

from lti_app.sandbox.schoology.objects import (
    Building,
    Course,
    Enrollment,
    Grade,
    GradingCategory,
    GradingGroup,
    GradingPeriod,
    Item,
    Role,
    Section,
    StoreError,
    Target,
    Token,
    Traffic,
    User,
)

ADMIN, TEACHER, STUDENT, PARENT, STAFF = range(700001, 700006)
ROLES = (
    Role(ADMIN, "System Admin", 1, admin=True),
    Role(TEACHER, "Teacher", 1),
    Role(STUDENT, "Student", 0),
    Role(PARENT, "Parent", 0),
    Role(STAFF, "Staff", 1),
)
IGNORING_CASE = ("username", "primary_email")
Listener = Callable[[str, list[dict[str, Any]], int], None]


class Memory:
    """Everything that the organization holds, indexed for large districts."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.traffic = Traffic()
        self._ids = itertools.count(812_400_001)
        self.school = Building(0, "")
        self.buildings: dict[int, Building] = {}
        self.roles: dict[int, Role] = {role.id: role for role in ROLES}
        self.users: dict[int, User] = {}
        self.user_by_school_uid: dict[str, int] = {}
        self.user_by_username: dict[str, int] = {}
        self.user_by_email: dict[str, int] = {}
        self.courses: dict[int, Course] = {}
        self.course_by_code: dict[str, int] = {}
        self.sections: dict[int, Section] = {}
        self.section_by_school_code: dict[str, int] = {}
        self.sections_of_course: dict[int, list[int]] = defaultdict(list)
        self.enrollments: dict[int, Enrollment] = {}
        self.enrollment_of: dict[tuple[int, int], int] = {}
        self.members_of: dict[int, dict[int, int]] = defaultdict(dict)
        self.sections_of_user: dict[int, set[int]] = defaultdict(set)
        self.grading_periods: dict[int, GradingPeriod] = {}
        self.categories: dict[int, GradingCategory] = {}
        self.items: dict[int, Item] = {}
        self.items_of: dict[int, list[int]] = defaultdict(list)
        self.grading_groups: dict[int, GradingGroup] = {}
        self.grades: dict[tuple[int, int], Grade] = {}
        self.targets: dict[int, Target] = {}
        self.tokens: dict[str, Token] = {}
        self.listeners: list[Listener] = []
        self.key_case = "some"
        self.tells_letters = False
        """Whether a score that was typed as a letter is read as one (see Toggles.tells_letters)."""

    def key(self, name: str, value: str) -> str:
        """A unique value as it is compared (see Toggles.key_case)."""
        if self.key_case == "all" or (self.key_case == "some" and name in IGNORING_CASE):
            return value.casefold()
        return value

    def new_id(self) -> int:
        """The next number for anything."""
        return next(self._ids)

    def fire(self, trigger: str, data: list[dict[str, Any]], uid: int = 0) -> None:
        """Tell whoever listens that something changed, such as `grades.update`."""
        for listener in self.listeners:
            listener(trigger, data, uid)

    def add_building(self, title: str, building_code: str = "", **fields: str) -> Building:
        """Make a building; a code may stand once."""
        with self.lock:
            if building_code and any(each.building_code == building_code for each in self.buildings.values()):
                raise StoreError("A building with this building code already exists.")
            if not title:
                raise StoreError("The title is required.")
            known = {name: str(value) for name, value in fields.items() if name in Building.__slots__}
            made = Building(self.new_id(), title, building_code, **known)
            self.buildings[made.id] = made
            self.traffic.wrote("building")
            return made

    def add_grading_period(self, title: str, start: date, end: date) -> GradingPeriod:
        """Make a grading period; a title may stand once."""
        with self.lock:
            if any(each.title == title for each in self.grading_periods.values()):
                raise StoreError("A grading period with this title already exists.")
            if end < start:
                raise StoreError("The end lies before the start.")
            made = GradingPeriod(self.new_id(), title, start, end)
            self.grading_periods[made.id] = made
            self.traffic.wrote("grading_period")
            return made
