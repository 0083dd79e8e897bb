"""Bad and unusual people of the seeded district, at the rates of real ones; each is noted in `planted`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import TypeVar

from lti_app.sandbox.district.records import District, Enrollment, Student
from lti_app.sandbox.district.schools import School, out_of_district
from lti_app.sandbox.district.staff import NOBODY

Row = TypeVar("Row")


@dataclass
class Trapper:
    """Picks rows for one trap each, so that every planted row is bad in one way only."""

    district: District
    rng: Random
    taken: set[str] = field(default_factory=set)
    _mail: dict[str, int] = field(default_factory=dict)

    def some(self, pool: Iterable[str], share: float) -> list[str]:
        """A share of the pool, at least one if the pool is not empty, never one that is taken."""
        free = [row_id for row_id in pool if row_id not in self.taken]
        chosen = self.rng.sample(free, min(len(free), max(1, round(len(free) * share))))
        self.taken.update(chosen)
        return chosen

    def day_before(self, start: date) -> date:
        """A school day between the start and the day before the district's today."""
        span = (self.district.as_of - start).days
        day = start + timedelta(days=self.rng.randrange(5, max(6, span - 1)))
        return day - timedelta(days=max(0, day.weekday() - 4))

    def mail(self, student: Student, email: str | None) -> Student:
        """Give a student another email, or no mailing contact at all."""
        if not self._mail:
            ties = ((tie, row.contact_id) for row in self.district.contacts.values() for tie in row.students)
            self._mail = {tie.student_id: number for tie, number in ties if tie.contact_type == "M"}
        number = self._mail[student.student_id]
        others = tuple(pair for pair in student.contacts if pair[0] != "M")
        if email is None:
            del self.district.contacts[number]
            return replace(student, contacts=others)
        self.district.contacts[number] = replace(self.district.contacts[number], email=email)
        return replace(student, contacts=(*others, ("M", email)))


def plant_people(trapper: Trapper, schools: list[School]) -> None:
    """Every trap that sits on a student, a member of staff or a contact."""
    _odd_addresses(trapper)
    _gone_students(trapper)
    _shared_ids(trapper)
    _odd_staff(trapper)
    _staff_with_children(trapper)
    _placed_out(trapper)
    if len(schools) > 1:
        _students_of_two_buildings(trapper, schools)
    _note_zero_filled(trapper.district)


def _odd_addresses(trapper: Trapper) -> None:
    district = trapper.district
    for student_id in trapper.some(district.students, 0.015):
        district.students[student_id] = trapper.mail(district.students[student_id], None)
        district.plant("student_without_email", student_id)
    for student_id in trapper.some(district.students, 0.0005):
        student = district.students[student_id]
        login = f"{student.first_name} {student.last_name}".lower()
        district.students[student_id] = replace(student, login_id=login)
        district.plant("username_with_space", student_id)
    originals = trapper.some(district.students, 0.0005)
    for original in originals:
        for copy in trapper.some(district.students, 0.0):
            email = district.students[original].email
            district.students[copy] = trapper.mail(district.students[copy], email)
            district.plant("duplicate_email", original)
            district.plant("duplicate_email", copy)


def _gone_students(trapper: Trapper) -> None:
    """Inactive and graduated students stay in the answer; their enrollments are dropped."""
    district = trapper.district
    gone = trapper.some(district.students, 0.012)
    seniors = [student.student_id for student in district.students.values() if student.grade == "12"]
    finished = trapper.some(seniors, 0.02)
    for status, trap, ids in (("I", "inactive_student", gone), ("G", "graduated_student", finished)):
        for student_id in ids:
            district.students[student_id] = replace(district.students[student_id], status=status)
            district.plant(trap, student_id)
    drop_everywhere(trapper, {*gone, *finished})


def drop_everywhere(trapper: Trapper, students: set[str]) -> None:
    """Drop the students from all of their sections."""
    for rows in trapper.district.enrollments.values():
        for position, row in enumerate(rows):
            if row.student_id in students:
                start = row.ranges[0][0]
                closed = ((start, trapper.day_before(start)),)
                rows[position] = row._replace(status="D", ranges=closed)


def _shared_ids(trapper: Trapper) -> None:
    """The same number for a student and an office employee."""
    district = trapper.district
    offices = [row.staff_id for row in district.staff.values() if not row.buildings[0].is_teacher]
    for staff_id in trapper.some(offices, 0.002):
        for student_id in trapper.some(district.students, 0.0):
            person = district.staff.pop(staff_id)
            district.staff[student_id] = replace(person, staff_id=student_id)
            district.plant("shared_id", student_id)


def _odd_staff(trapper: Trapper) -> None:
    district = trapper.district
    people = [staff_id for staff_id in district.staff if staff_id != NOBODY]
    for staff_id in trapper.some(people, 0.01):
        district.staff[staff_id] = replace(district.staff[staff_id], email="")
        district.plant("staff_without_email", staff_id)
    for staff_id in trapper.some(people, 0.01):
        person = district.staff[staff_id]
        places = tuple(replace(place, active=False) for place in person.buildings)
        if not person.buildings[0].is_teacher:
            district.staff[staff_id] = replace(person, buildings=places)
            district.plant("inactive_staff", staff_id)


def _staff_with_children(trapper: Trapper) -> None:
    """Guardians who also work for the district, under their district address."""
    district = trapper.district
    guardians = [
        str(row.contact_id)
        for row in district.contacts.values()
        if row.email and row.students[0].contact_type == "G"
    ]
    staff = [row for row in district.staff.values() if row.email]
    for contact_id in trapper.some(guardians, 0.005):
        person = trapper.rng.choice(staff)
        contact = district.contacts[int(contact_id)]
        district.contacts[int(contact_id)] = replace(
            contact, first_name=person.first_name, last_name=person.last_name, email=person.email
        )
        district.plant("guardian_is_staff", contact_id)
    several = (row for row in district.contacts.values() if len(row.students) > 1)
    district.planted["guardian_of_several"] = [str(row.contact_id) for row in several]


def _placed_out(trapper: Trapper) -> None:
    """An out-of-district building whose few students have no section here."""
    district = trapper.district
    building = out_of_district(trapper.rng)
    district.buildings[building.building] = building
    district.plant("out_of_district_building", building.building)
    ids = trapper.some(district.students, 0.001)
    for student_id in ids:
        student = district.students[student_id]
        district.students[student_id] = replace(student, building=building.building)
        district.plant("out_of_district_student", student_id)
    for key, rows in district.enrollments.items():
        district.enrollments[key] = [row for row in rows if row.student_id not in ids]


def _students_of_two_buildings(trapper: Trapper, schools: list[School]) -> None:
    """Students of one school who take a class in another."""
    district = trapper.district
    keys: dict[int, list[int]] = {}
    for section in district.sections.values():
        keys.setdefault(section.building, []).append(section.section_key)
    upper = [row.student_id for row in district.students.values() if row.grade in ("08", "11", "12")]
    for student_id in trapper.some(upper, 0.01):
        student = district.students[student_id]
        others = [
            school.number for school in schools if school.number != student.building and "09" in school.grades
        ]
        if not others:
            continue
        other = trapper.rng.choice(others)
        rows = district.enrollments[trapper.rng.choice(keys[other])]
        rows.append(Enrollment(student_id, rows[0].section_key, other, False, "A", rows[0].ranges))
        district.students[student_id] = replace(student, other_buildings=(other,))
        district.plant("student_in_two_buildings", student_id)


def _note_zero_filled(district: District) -> None:
    district.planted["zero_filled_id"] = [key for key in district.students if key.startswith("0")]
