"""Sections and enrollments of the seeded district, without two classes in one period for any student."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from lti_app.sandbox.district.courses import Offer, course_at, elementary_offers, secondary_offers
from lti_app.sandbox.district.records import District, Enrollment, Ranges, Section, Session
from lti_app.sandbox.district.schools import GRADES, School
from lti_app.sandbox.district.staff import StaffOffice

_PERIODS = 7
_CLASS_SIZE = 24
_HOMEROOM_SIZE = 21
_CLASSES_OF_A_TEACHER = 5
_FIRST_KEY = 40_001


@dataclass
class Timetable:
    """Allocates section keys and running numbers while classes are made."""

    district: District
    rng: Random
    office: StaffOffice
    next_key: int = _FIRST_KEY

    def open_section(
        self, school: School, offer: Offer, *, period: int, teacher: str, terms: tuple[str, ...]
    ) -> Section:
        """Add a section with one session."""
        course = course_at(self.district, school, offer)
        number = self._numbers.get((school.number, offer.code), 0) + 1
        self._numbers[school.number, offer.code] = number
        session = Session(1, f"Period {period}", f"{period:02d}", True, teacher, (), terms)
        section = Section(
            self.next_key,
            self.district.school_year,
            school.number,
            offer.code,
            number,
            course.description,
            school.track,
            (session,),
        )
        self.district.sections[self.next_key] = section
        self.next_key += 1
        return section

    def enroll(self, section: Section, students: list[str], start: date) -> None:
        """Put students into a section from its first day; about 2 % came later."""
        usual: Ranges = ((start, None),)
        rows = []
        for student in students:
            ranges = usual
            if self.rng.random() < 0.02:
                day = start + timedelta(days=self.rng.randrange(7, 45))
                ranges = ((day - timedelta(days=max(0, day.weekday() - 4)), None),)
            rows.append(Enrollment(student, section.section_key, section.building, False, "A", ranges))
        self.district.enrollments[section.section_key] = rows

    def __post_init__(self) -> None:
        self._numbers: dict[tuple[int, str], int] = {}


def fill_school(timetable: Timetable, school: School) -> None:
    """Make every class of a school and put its students into them."""
    for grade in school.grades:
        cohort = list(school.cohorts.get(grade, ()))
        timetable.rng.shuffle(cohort)
        if not cohort:
            continue
        if grade in GRADES[:6]:
            _fill_elementary(timetable, school, grade, cohort)
        else:
            _fill_secondary(timetable, school, grade, cohort)


def _fill_elementary(timetable: Timetable, school: School, grade: str, cohort: list[str]) -> None:
    """Homeroom groups that stay together; one teacher for all but the specials."""
    terms = school.full_year if school.number % 2 else ("YR",)
    for number, group in enumerate(_groups(cohort, _HOMEROOM_SIZE), GRADES.index(grade)):
        homeroom_teacher = timetable.office.hire(school, teaches=True)
        offers = elementary_offers(grade)
        for place, offer in enumerate(offers):
            period = (place + number) % len(offers) + 1
            teacher = homeroom_teacher
            if offer.code.startswith("SP"):
                teacher = timetable.office.teacher_for(school, "SP", 12, period=period, terms=terms)
            section = timetable.open_section(school, offer, period=period, teacher=teacher, terms=terms)
            timetable.enroll(section, group, school.starts[terms[0]])


def _fill_secondary(timetable: Timetable, school: School, grade: str, cohort: list[str]) -> None:
    """Deal a grade into up to seven rotations; a rotation's students have a subject in the same period."""
    rotations = max(1, min(_PERIODS, round(len(cohort) / _CLASS_SIZE)))
    for rotation in range(rotations):
        students = cohort[rotation::rotations]
        for number, offers in enumerate(secondary_offers(grade)):
            period = (number + rotation + GRADES.index(grade)) % _PERIODS + 1
            timetable.rng.shuffle(students)
            for group in _groups(students, _CLASS_SIZE):
                _open_classes(timetable, school, offers, period=period, group=group)


def _open_classes(
    timetable: Timetable,
    school: School,
    offers: tuple[Offer, ...],
    *,
    period: int,
    group: list[str],
) -> None:
    """One class for the year, or for semester courses one class for each half."""
    if offers[0].semester:
        planned = [(offer, school.half(half)) for half, offer in enumerate(offers, 1)]
    else:
        planned = [(timetable.rng.choice(offers), school.full_year)]
    for offer, terms in planned:
        teacher = timetable.office.teacher_for(
            school, offer.department, _CLASSES_OF_A_TEACHER, period=period, terms=terms
        )
        section = timetable.open_section(school, offer, period=period, teacher=teacher, terms=terms)
        timetable.enroll(section, list(group), school.starts[terms[0]])


def _groups(students: list[str], size: int) -> list[list[str]]:
    """Even groups near a size: 31 students stay together for a size of 24, 32 are split."""
    count = max(1, round(len(students) / size + 0.2))
    return [students[number::count] for number in range(count)]
