"""Families of the seeded district: students with their guardians and other contacts."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from lti_app.sandbox.district.names import Addresses, Origin, person_name, pick_origin
from lti_app.sandbox.district.records import Contact, ContactOf, District, Student
from lti_app.sandbox.district.schools import GRADES, School

_FIRST_CONTACT = 5_000_001


@dataclass
class Admissions:
    """Hands out ids and addresses while families move in."""

    district: District
    rng: Random
    mail_domain: str
    schools_by_grade: dict[str, list[School]]
    addresses: Addresses
    parent_addresses: Addresses
    next_student: int = 100_001
    next_contact: int = _FIRST_CONTACT

    def student_id(self) -> str:
        """Mostly six digits; every seventh comes from an older numbering and is zero-filled to nine."""
        number = self.next_student
        self.next_student += 1
        return f"{number:09d}" if number % 7 == 0 else str(number)

    def contact_id(self) -> int:
        """The next contact's number."""
        self.next_contact += 1
        return self.next_contact - 1


@dataclass(frozen=True)
class _Family:
    """What children of a family share; the zone decides which school of a level they go to."""

    origin: Origin
    last_name: str
    zone: int
    email: str


def open_admissions(district: District, rng: Random, mail_domain: str, schools: list[School]) -> Admissions:
    """An office for these schools."""
    by_grade = {grade: [school for school in schools if grade in school.grades] for grade in GRADES}
    return Admissions(district, rng, mail_domain, by_grade, Addresses(), Addresses())


def admit_families(office: Admissions, students: int) -> None:
    """Add families until so many students are there."""
    rng = office.rng
    while len(office.district.students) < students:
        left = students - len(office.district.students)
        size = min(left, rng.choices((1, 2, 3, 4), (60, 30, 8, 2))[0])
        _admit_family(office, size)


def _admit_family(office: Admissions, size: int) -> None:
    rng = office.rng
    origin = pick_origin(rng)
    last = rng.choice(origin.family)
    zone = rng.randrange(1 << 30)
    parents = [_parent(office, origin, last) for _ in range(1 if rng.random() < 0.24 else 2)]
    family = _Family(origin, last, zone, parents[0].email)
    children = [_admit_student(office, family, grade) for grade in rng.sample(GRADES, size)]
    for parent in parents:
        relation = "PAR" if rng.random() < 0.94 else "GDN"
        ties = [ContactOf(child.student_id, "G", relation, child.building) for child in children]
        _keep(office.district, parent, ties)
    for child in children:
        _mailing_contact(office, child)
        if rng.random() < 0.15:
            _emergency_contact(office, child)


def _parent(office: Admissions, origin: Origin, last: str) -> Contact:
    rng = office.rng
    first, middle, own_last = person_name(rng, origin)
    family = own_last if rng.random() < 0.12 else last
    login = office.parent_addresses.local_part(first, family)
    email = f"{login}@home.example" if rng.random() < 0.93 else ""
    return Contact(office.contact_id(), first, middle, family, email, login if email else "", ())


def _admit_student(office: Admissions, family: _Family, grade: str) -> Student:
    rng = office.rng
    schools = office.schools_by_grade[grade]
    school = schools[family.zone % len(schools)]
    first, middle, _ = person_name(rng, family.origin)
    last = family.last_name
    login = office.addresses.local_part(first, last)
    mail: tuple[tuple[str, str], ...] = (("M", f"{login}@students.{office.mail_domain}"),)
    if family.email:
        mail = (("G", family.email), *mail)
    year = office.district.school_year + 12 - GRADES.index(grade)
    student = Student(
        office.student_id(), first, middle, last, grade, year, "A", school.number, (), login, mail
    )
    office.district.students[student.student_id] = student
    school.cohorts.setdefault(grade, []).append(student.student_id)
    return student


def _mailing_contact(office: Admissions, child: Student) -> None:
    """The student's own row among the contacts: this is where eSchoolPLUS keeps a student's email."""
    contact = Contact(
        office.contact_id(), child.first_name, child.middle_name, child.last_name, child.email, "", ()
    )
    _keep(office.district, contact, [ContactOf(child.student_id, "M", "SELF", child.building)])


def _emergency_contact(office: Admissions, child: Student) -> None:
    first, middle, last = person_name(office.rng, pick_origin(office.rng))
    contact = Contact(office.contact_id(), first, middle, last, "", "", ())
    relation = office.rng.choice(("GP", "AU", "UN", "NB"))
    _keep(office.district, contact, [ContactOf(child.student_id, "C", relation, child.building)])


def _keep(district: District, person: Contact, ties: list[ContactOf]) -> None:
    district.contacts[person.contact_id] = Contact(
        person.contact_id,
        person.first_name,
        person.middle_name,
        person.last_name,
        person.email,
        person.login_id,
        tuple(ties),
    )
