"""The sandbox Schoology's store: one organization, with the rules that Schoology keeps.

The API and the human pages write through the same methods, so both are refused the same and both fire
triggers.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from lti_app.sandbox.schoology.memory import ADMIN, PARENT, STAFF, STUDENT, TEACHER
from lti_app.sandbox.schoology.objects import Building, Course, Enrollment, Section, StoreError
from lti_app.sandbox.schoology.people import People

__all__ = ["ADMIN", "PARENT", "STAFF", "STUDENT", "TEACHER", "SchoologyStore"]


class SchoologyStore(People):
    """Everything that the organization holds, indexed for large districts."""

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

    # Courses and sections

    def add_course(self, title: str, course_code: str, building_id: int = 0, **fields: Any) -> Course:
        """Make a course; a code may stand once."""
        with self.lock:
            if not title or not course_code:
                raise StoreError("The title and the course code are required.")
            if self.course_with(course_code):
                raise StoreError("A course with this course code already exists.")
            known = {name: value for name, value in fields.items() if name in Course.__slots__}
            made = Course(self.new_id(), title, course_code, building_id or self.school.id, **known)
            self.courses[made.id] = made
            self.course_by_code[self.key("course_code", course_code)] = made.id
            self.traffic.wrote("course")
            return made

    def update_course(self, course_id: int, **fields: Any) -> Course:
        """Change the fields that are given."""
        with self.lock:
            course = self.courses.get(course_id)
            if course is None:
                raise StoreError("Course not found.", 404)
            code = fields.get("course_code", course.course_code)
            if self.course_by_code.get(self.key("course_code", code), course_id) != course_id:
                raise StoreError("A course with this course code already exists.")
            self.course_by_code.pop(self.key("course_code", course.course_code), None)
            for name, value in fields.items():
                if name in Course.__slots__ and name != "id":
                    setattr(course, name, value)
            self.course_by_code[self.key("course_code", course.course_code)] = course_id
            self.traffic.wrote("course")
            return course

    def delete_course(self, course_id: int) -> None:
        """Remove a course with its sections, for good."""
        with self.lock:
            for section_id in list(self.sections_of_course.pop(course_id, [])):
                self.delete_section(section_id)
            course = self.courses.pop(course_id)
            self.course_by_code.pop(self.key("course_code", course.course_code), None)
            self.traffic.wrote("course")

    def course_with(self, code: str) -> Course | None:
        """The course with this code."""
        found = self.course_by_code.get(self.key("course_code", code)) if code else None
        return self.courses[found] if found is not None else None

    def section_with(self, school_code: str) -> Section | None:
        """The section with this section school code."""
        found = self.section_by_school_code.get(self.key("section_school_code", school_code))
        return self.sections[found] if school_code and found is not None else None

    def set_key_case(self, key_case: str) -> None:
        """Compare unique values in another way from now on (see Toggles.key_case)."""
        with self.lock:
            self.key_case = key_case
            for index in (self.user_by_school_uid, self.user_by_username, self.user_by_email):
                index.clear()
            for user in self.users.values():
                self._index_user(user)
            self.course_by_code = {
                self.key("course_code", each.course_code): each.id for each in self.courses.values()
            }
            self.section_by_school_code = {
                self.key("section_school_code", each.section_school_code): each.id
                for each in self.sections.values()
                if each.section_school_code
            }

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
                key = self.key("section_school_code", made.section_school_code)
                self.section_by_school_code[key] = made.id
            self.traffic.wrote("section")
            return made

    def _check_section(self, section: Section) -> None:
        if not section.section_code and not section.section_school_code:
            raise StoreError("A section code or a section school code is required.")
        there = self.section_with(section.section_school_code)
        if there is not None and there.id != section.id:
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
            old = self.key("section_school_code", before["section_school_code"])
            self.section_by_school_code.pop(old, None)
            if section.section_school_code:
                key = self.key("section_school_code", section.section_school_code)
                self.section_by_school_code[key] = section_id
            self.traffic.wrote("section")
            return section

    def delete_section(self, section_id: int) -> None:
        """Remove a section with its enrollments and items, for good."""
        with self.lock:
            section = self.sections.pop(section_id)
            self.section_by_school_code.pop(
                self.key("section_school_code", section.section_school_code), None
            )
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
        """Enroll a person in a section. Raises StoreError if they are already enrolled."""
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
        """Remove a person from a section."""
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
        """Someone's place in a section."""
        found = self.enrollment_of.get((section_id, uid))
        return self.enrollments[found] if found else None

    def members(self, section_id: int) -> list[Enrollment]:
        """Everybody in a section."""
        return [self.enrollments[each] for each in self.members_of.get(section_id, {}).values()]
