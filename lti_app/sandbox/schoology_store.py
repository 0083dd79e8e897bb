"""The sandbox Schoology's memory: one organisation, with the rules that Schoology keeps.

The API and the human pages write through the same methods, so both are refused the same and both fire
triggers.
"""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from lti_app.sandbox.schoology_objects import (
    Building,
    Course,
    Enrollment,
    Grade,
    GradingCategory,
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

USERNAME = re.compile(r"[A-Za-z0-9._~-]+")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
ADMIN, TEACHER, STUDENT, PARENT, STAFF = range(700001, 700006)
ROLES = (
    Role(ADMIN, "System Admin", 1, admin=True),
    Role(TEACHER, "Teacher", 1),
    Role(STUDENT, "Student", 0),
    Role(PARENT, "Parent", 0),
    Role(STAFF, "Staff", 1),
)
Listener = Callable[[str, list[dict[str, Any]], int], None]


class SchoologyStore:
    """Everything that the organisation holds, indexed for large districts."""

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
        self.grades: dict[tuple[int, int], Grade] = {}
        self.targets: dict[int, Target] = {}
        self.tokens: dict[str, Token] = {}
        self.listeners: list[Listener] = []

    def new_id(self) -> int:
        """The next number for anything."""
        return next(self._ids)

    def fire(self, trigger: str, data: list[dict[str, Any]], uid: int = 0) -> None:
        """Tell whoever listens that something changed, such as `grades.update`."""
        for listener in self.listeners:
            listener(trigger, data, uid)

    # Organisation

    def seed_organisation(self, name: str, buildings: Iterable[tuple[str, str]] = ()) -> None:
        """A school with buildings (code, name), two system administrators, and a corner that no SIS knows."""
        self.school = Building(self.new_id(), name)
        for code, title in buildings:
            self.add_building(title, code)
        home = next(iter(self.buildings), self.school.id)
        everywhere = {"building_id": self.school.id, "role_id": ADMIN}
        self.add_user(name_first="Avery", name_last="Admin", username="avery.admin", **everywhere)
        self.add_user(name_first="Blair", name_last="Backup", username="blair.backup", **everywhere)
        teacher = self.add_user(
            name_first="Casey",
            name_last="Handmade",
            username="casey.handmade",
            building_id=home,
            role_id=TEACHER,
        )
        student = self.add_user(
            name_first="Devon", name_last="Guest", username="devon.guest", building_id=home, role_id=STUDENT
        )
        course = self.add_course(title="Staff Lounge", course_code="LOUNGE", building_id=home)
        lounge = self.add_section(course.id, title="Coffee Corner", section_code="1")
        self.enroll(lounge.id, teacher.uid, admin=1)
        self.enroll(lounge.id, student.uid)
        self.traffic.reset()

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

    def role_titled(self, title: str) -> Role:
        """A role by its title."""
        return next(role for role in self.roles.values() if role.title == title)

    # People

    def add_user(self, **fields: Any) -> User:
        """Make a user. Raises StoreError for a missing field or a key that is taken."""
        with self.lock:
            self._check_user(fields, None)
            known = {name: value for name, value in fields.items() if name in User.__slots__}
            known.setdefault("school_uid", "")
            known.setdefault("building_id", self.school.id)
            made = User(uid=self.new_id(), **known)
            if not made.username and made.primary_email:
                made.username = ""
            self.users[made.uid] = made
            self._index_user(made)
            self.traffic.wrote("user")
            return made

    def update_user(self, uid: int, **fields: Any) -> User:
        """Change the fields that are given and leave the others alone."""
        with self.lock:
            user = self.users.get(uid)
            if user is None:
                raise StoreError("User not found.", 404)
            merged = {name: getattr(user, name) for name in User.__slots__} | fields
            self._check_user(merged, user)
            self._unindex_user(user)
            for name, value in fields.items():
                if name in User.__slots__ and name != "uid":
                    setattr(user, name, value)
            self._index_user(user)
            self.traffic.wrote("user")
            return user

    def deactivate_user(self, uid: int) -> None:
        """Soft delete; the person keeps the enrollments."""
        self.update_user(uid, inactive=True, inactive_timestamp=int(self.clock()))
        self.revoke_tokens(uid)

    def _check_user(self, fields: dict[str, Any], user: User | None) -> None:
        for name in ("name_first", "name_last", "role_id"):
            if not fields.get(name):
                raise StoreError(f"The field {name} is required.")
        if not fields.get("username") and not fields.get("primary_email"):
            raise StoreError("A username or an email address is required.")
        if fields.get("username") and not USERNAME.fullmatch(fields["username"]):
            raise StoreError("The username contains characters that are not allowed.")
        if fields.get("primary_email") and not EMAIL.fullmatch(fields["primary_email"]):
            raise StoreError("The email address is not valid.")
        if int(fields["role_id"]) not in self.roles:
            raise StoreError("The role does not exist.")
        uid = user.uid if user else None
        taken = (
            (
                "school_uid",
                self.user_by_school_uid,
                "A user with this Unique ID already exists.",
            ),
            ("username", self.user_by_username, "The username is already in use."),
            ("primary_email", self.user_by_email, "The email address is already in use."),
        )
        for name, index, words in taken:
            key = str(fields.get(name) or "")
            key = key if name == "school_uid" else key.lower()
            if key and index.get(key, uid) != uid:
                raise StoreError(words)

    def _index_user(self, user: User) -> None:
        for index, key in self._user_keys(user):
            if key:
                index[key] = user.uid

    def _unindex_user(self, user: User) -> None:
        for index, key in self._user_keys(user):
            index.pop(key, None)

    def _user_keys(self, user: User) -> tuple[tuple[dict[str, int], str], ...]:
        return (
            (self.user_by_school_uid, user.school_uid),
            (self.user_by_username, user.username.lower()),
            (self.user_by_email, user.primary_email.lower()),
        )

    def link_family(self, student_uid: int, parent_uid: int, *, delete: bool = False) -> None:
        """Join or part a parent and a child."""
        with self.lock:
            student, parent = self.users[student_uid], self.users[parent_uid]
            change = set.discard if delete else set.add
            change(student.parent_uids, parent_uid)
            change(parent.child_uids, student_uid)
            self.traffic.wrote("parent_link")

    def is_admin(self, uid: int) -> bool:
        """Whether a person administers the organisation."""
        user = self.users.get(uid)
        return user is not None and not user.inactive and self.roles[user.role_id].admin

    def revoke_tokens(self, uid: int) -> None:
        """Take back every permission that a person gave."""
        with self.lock:
            for key in [key for key, each in self.tokens.items() if each.uid == uid]:
                del self.tokens[key]

    # Courses and sections

    def add_course(self, title: str, course_code: str, building_id: int = 0, **fields: Any) -> Course:
        """Make a course; a code may stand once."""
        with self.lock:
            if not title or not course_code:
                raise StoreError("The title and the course code are required.")
            if course_code in self.course_by_code:
                raise StoreError("A course with this course code already exists.")
            known = {name: value for name, value in fields.items() if name in Course.__slots__}
            made = Course(self.new_id(), title, course_code, building_id or self.school.id, **known)
            self.courses[made.id] = made
            self.course_by_code[course_code] = made.id
            self.traffic.wrote("course")
            return made

    def update_course(self, course_id: int, **fields: Any) -> Course:
        """Change the fields that are given."""
        with self.lock:
            course = self.courses.get(course_id)
            if course is None:
                raise StoreError("Course not found.", 404)
            code = fields.get("course_code", course.course_code)
            if self.course_by_code.get(code, course_id) != course_id:
                raise StoreError("A course with this course code already exists.")
            self.course_by_code.pop(course.course_code, None)
            for name, value in fields.items():
                if name in Course.__slots__ and name != "id":
                    setattr(course, name, value)
            self.course_by_code[course.course_code] = course_id
            self.traffic.wrote("course")
            return course

    def delete_course(self, course_id: int) -> None:
        """Remove a course with its sections, for good."""
        with self.lock:
            for section_id in list(self.sections_of_course.pop(course_id, [])):
                self.delete_section(section_id)
            course = self.courses.pop(course_id)
            self.course_by_code.pop(course.course_code, None)
            self.traffic.wrote("course")

    def add_section(self, course_id: int, *, title: str, **fields: Any) -> Section:
        """Make a section; a section school code may stand once."""
        with self.lock:
            if course_id not in self.courses:
                raise StoreError("Course not found.", 404)
            if not title:
                raise StoreError("The title is required.")
            known = {name: value for name, value in fields.items() if name in Section.__slots__}
            made = Section(self.new_id(), course_id, title, **known)
            self._check_section(made)
            self.sections[made.id] = made
            self.sections_of_course[course_id].append(made.id)
            if made.section_school_code:
                self.section_by_school_code[made.section_school_code] = made.id
            self.traffic.wrote("section")
            return made

    def _check_section(self, section: Section) -> None:
        if not section.section_code and not section.section_school_code:
            raise StoreError("A section code or a section school code is required.")
        there = self.section_by_school_code.get(section.section_school_code, section.id)
        if section.section_school_code and there != section.id:
            raise StoreError("A section with this section school code already exists.")
        unknown = [each for each in section.grading_periods if each not in self.grading_periods]
        if unknown:
            raise StoreError(f"The grading period {unknown[0]} does not exist.")

    def update_section(self, section_id: int, **fields: Any) -> Section:
        """Change the fields that are given."""
        with self.lock:
            section = self.sections.get(section_id)
            if section is None:
                raise StoreError("Section not found.", 404)
            before = {name: getattr(section, name) for name in Section.__slots__}
            for name, value in fields.items():
                if name in Section.__slots__ and name not in ("id", "course_id"):
                    setattr(section, name, value)
            try:
                self._check_section(section)
            except StoreError:
                for name, value in before.items():
                    setattr(section, name, value)
                raise
            self.section_by_school_code.pop(before["section_school_code"], None)
            if section.section_school_code:
                self.section_by_school_code[section.section_school_code] = section_id
            self.traffic.wrote("section")
            return section

    def delete_section(self, section_id: int) -> None:
        """Remove a section with its enrollments and items, for good."""
        with self.lock:
            section = self.sections.pop(section_id)
            self.section_by_school_code.pop(section.section_school_code, None)
            if section_id in self.sections_of_course.get(section.course_id, []):
                self.sections_of_course[section.course_id].remove(section_id)
            for enrollment_id in list(self.members_of.pop(section_id, {}).values()):
                self._forget_enrollment(enrollment_id)
            for item_id in self.items_of.pop(section_id, []):
                self.items.pop(item_id, None)
            self.traffic.wrote("section")

    def is_past(self, section: Section) -> bool:
        """Whether every grading period of a section is over."""
        today = date.fromtimestamp(self.clock())  # noqa: DTZ012 - the sandbox lives on this machine's day
        ends = [self.grading_periods[each].end for each in section.grading_periods]
        return bool(ends) and max(ends) < today

    # Enrollments

    def enroll(self, section_id: int, uid: int, admin: int = 0, status: int = 1) -> Enrollment:
        """Put somebody into a section. Raises StoreError when they are there."""
        with self.lock:
            if section_id not in self.sections:
                raise StoreError("Section not found.", 404)
            if uid not in self.users or self.users[uid].inactive:
                raise StoreError("User not found.", 404)
            if (section_id, uid) in self.enrollment_of:
                raise StoreError("The user is already enrolled in this section.")
            made = Enrollment(self.new_id(), section_id, uid, admin, status)
            self.enrollments[made.id] = made
            self.enrollment_of[section_id, uid] = made.id
            self.members_of[section_id][uid] = made.id
            self.sections_of_user[uid].add(section_id)
            self.traffic.wrote("enrollment")
            return made

    def update_enrollment(self, enrollment_id: int, **fields: int) -> Enrollment:
        """Change role or status."""
        with self.lock:
            found = self.enrollments.get(enrollment_id)
            if found is None:
                raise StoreError("Enrollment not found.", 404)
            found.admin = fields.get("admin", found.admin)
            found.status = fields.get("status", found.status)
            self.traffic.wrote("enrollment")
            return found

    def unenroll(self, enrollment_id: int) -> None:
        """Take somebody out of a section."""
        with self.lock:
            if enrollment_id not in self.enrollments:
                raise StoreError("Enrollment not found.", 404)
            self._forget_enrollment(enrollment_id)
            self.traffic.wrote("enrollment")

    def _forget_enrollment(self, enrollment_id: int) -> None:
        found = self.enrollments.pop(enrollment_id)
        self.enrollment_of.pop((found.section_id, found.uid), None)
        self.members_of.get(found.section_id, {}).pop(found.uid, None)
        self.sections_of_user[found.uid].discard(found.section_id)

    def enrollment(self, section_id: int, uid: int) -> Enrollment | None:
        """Somebody's place in a section."""
        found = self.enrollment_of.get((section_id, uid))
        return self.enrollments[found] if found else None

    def members(self, section_id: int) -> list[Enrollment]:
        """Everybody in a section."""
        return [self.enrollments[each] for each in self.members_of.get(section_id, {}).values()]
