"""Staff of the seeded district: teachers are hired as classes need them, then offices are filled."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from lti_app.sandbox.district.names import Addresses, person_name, pick_origin
from lti_app.sandbox.district.records import District, Staff, StaffBuilding
from lti_app.sandbox.district.schools import School

NOBODY = "0"
_STUDENTS_PER_TEACHER = 16
_STUDENTS_PER_COUNSELOR = 350


@dataclass
class _Timetabled:
    """A teacher who can take more classes, and when not."""

    staff_id: str
    room_for: int
    busy: set[tuple[int, str]] = field(default_factory=set)


@dataclass
class StaffOffice:
    """Hires people, and remembers who teaches what in which school, how many classes and when."""

    district: District
    rng: Random
    mail_domain: str
    addresses: Addresses = field(default_factory=Addresses)
    next_id: int = 20_001
    teachers: dict[int, list[str]] = field(default_factory=dict)
    _open: dict[tuple[int, str], list[_Timetabled]] = field(default_factory=dict)

    def teacher_for(
        self, school: School, subject: str, load: int, *, period: int, terms: tuple[str, ...]
    ) -> str:
        """A teacher of that subject who is free then and has fewer than `load` classes; hired if need be."""
        hours = {(period, term) for term in terms}
        colleagues = self._open.setdefault((school.number, subject), [])
        teacher = next((row for row in colleagues if not row.busy & hours), None)
        if teacher is None:
            teacher = _Timetabled(self.hire(school, teaches=True), load)
            colleagues.append(teacher)
        teacher.busy |= hours
        teacher.room_for -= 1
        if not teacher.room_for:
            colleagues.remove(teacher)
        return teacher.staff_id

    def hire(self, school: School, teaches: bool = False, counsels: bool = False) -> str:
        """Add a member of staff to a school and return the id."""
        first, middle, last = person_name(self.rng, pick_origin(self.rng))
        login = self.addresses.local_part(first[0], last, separator="", width=20)
        staff_id = str(self.next_id)
        self.next_id += 1
        place = StaffBuilding(school.number, True, teaches, counsels)
        email = f"{login}@{self.mail_domain}"
        self.district.staff[staff_id] = Staff(staff_id, first, middle, last, email, login, (place,))
        if teaches:
            self.teachers.setdefault(school.number, []).append(staff_id)
        return staff_id


def add_nobody(district: District, schools: list[School]) -> None:
    """The placeholder row for an unassigned teacher."""
    place = StaffBuilding(schools[0].number, True, True, False)
    district.staff[NOBODY] = Staff(NOBODY, "", "", "STAFF UNASSIGNED", "", "", (place,))
    district.plant("dummy_staff", NOBODY)


def fill_offices(office: StaffOffice, schools: list[School]) -> None:
    """Principal, office, counselors, and support teachers until there is one teacher for 16 students."""
    for school in schools:
        students = sum(len(cohort) for cohort in school.cohorts.values())
        office.hire(school)
        office.hire(school)
        for _ in range(max(1, students // _STUDENTS_PER_COUNSELOR)):
            office.hire(school, counsels=True)
        present = len(office.teachers.get(school.number, []))
        for _ in range(max(1, students // _STUDENTS_PER_TEACHER - present)):
            office.hire(school, teaches=True)


def share_between_buildings(office: StaffOffice, schools: list[School]) -> None:
    """Let about 4 % of the teachers work in a second building, and one in ten of those in a third."""
    if len(schools) < 2:
        return
    people = [staff for staff in office.district.staff.values() if staff.buildings[0].is_teacher]
    people = [staff for staff in people if staff.staff_id != NOBODY]
    for staff in office.rng.sample(people, max(1, len(people) * 4 // 100)):
        home = staff.buildings[0].building
        others = [school.number for school in schools if school.number != home]
        extra = office.rng.sample(others, min(len(others), 2 if office.rng.random() < 0.1 else 1))
        places = tuple(StaffBuilding(number, False, True, False) for number in sorted(extra))
        office.district.staff[staff.staff_id] = replace(staff, buildings=staff.buildings + places)
        office.district.plant("staff_in_several_buildings", staff.staff_id)
