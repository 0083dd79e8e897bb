"""What the sandbox SIS holds: frozen rows, so that a read job can keep them as its snapshot.

Ids are kept as the SIS would print them, without the padding that the wire adds. A change replaces a row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import NamedTuple

Ranges = tuple[tuple[date, date | None], ...]
"""Days on which a student belongs to a section: first and last inclusive, last None while it is open."""


@dataclass(frozen=True, slots=True)
class Building:
    """A school; the number is its key in the district."""

    building: int
    name: str
    abbreviation: str
    street: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""
    phone: str = ""
    out_of_district: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """The dates of one marking period of one building and track."""

    building: int
    school_year: int
    track: str
    marking_period: str
    description: str
    order: int
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Student:
    """A student; contacts are (type, email), and only type M, the mailing contact, gives the email."""

    student_id: str
    first_name: str
    middle_name: str
    last_name: str
    grade: str
    graduation_year: int | None
    status: str
    building: int
    other_buildings: tuple[int, ...]
    login_id: str
    contacts: tuple[tuple[str, str], ...]
    birth_date: str = ""
    """Empty where the site doesn't share it."""

    @property
    def email(self) -> str:
        """The email of the mailing contact, or nothing."""
        return next((email for kind, email in self.contacts if kind == "M"), "")


@dataclass(frozen=True, slots=True)
class StaffBuilding:
    """What a member of staff is in one building."""

    building: int
    primary: bool
    is_teacher: bool
    is_counselor: bool
    active: bool = True


@dataclass(frozen=True, slots=True)
class Staff:
    """A member of staff, in any number of buildings."""

    staff_id: str
    first_name: str
    middle_name: str
    last_name: str
    email: str
    login_id: str
    buildings: tuple[StaffBuilding, ...]


class ContactOf(NamedTuple):
    """A contact's tie to one student: P, M, G, C or O."""

    student_id: str
    contact_type: str
    relation: str
    building: int


@dataclass(frozen=True, slots=True)
class Contact:
    """Someone who belongs to one or more students."""

    contact_id: int
    first_name: str
    middle_name: str
    last_name: str
    email: str
    login_id: str
    students: tuple[ContactOf, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """A course of one building; other buildings may use its code under another name."""

    building: int
    course: str
    description: str
    long_description: str
    department: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Session:
    """One meeting pattern of a section."""

    number: int
    description: str
    period: str
    receive_mark: bool
    primary_staff_id: str
    co_staff_ids: tuple[str, ...]
    marking_periods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A class; section_key is unique in the district, over buildings and years."""

    section_key: int
    school_year: int
    building: int
    course: str
    course_section: int
    description: str
    track: str
    sessions: tuple[Session, ...]

    def session(self, number: int) -> Session | None:
        """The session of that number, if there is one."""
        return next((session for session in self.sessions if session.number == number), None)


class Enrollment(NamedTuple):
    """A student's place in a section; status is A or D (dropped), modeled rows are drafts."""

    student_id: str
    section_key: int
    building: int
    modeled: bool
    status: str
    ranges: Ranges

    def open_on(self, day: date) -> bool:
        """Whether the student really belongs to the section on that day."""
        if self.modeled or self.status == "D":
            return False
        return any(added <= day and (dropped is None or day <= dropped) for added, dropped in self.ranges)

    @property
    def key(self) -> str:
        """Section and student, as the lists of planted rows and of tomorrow's changes name it."""
        return f"{self.section_key}|{self.student_id}"


@dataclass
class District:
    """Everything that the sandbox SIS knows; `as_of` is the day for which it was made.

    `planted` names every bad or unusual row that was put in on purpose, by kind of trap.
    """

    name: str
    as_of: date
    school_year: int
    buildings: dict[int, Building] = field(default_factory=dict)
    terms: list[Term] = field(default_factory=list)
    students: dict[str, Student] = field(default_factory=dict)
    staff: dict[str, Staff] = field(default_factory=dict)
    contacts: dict[int, Contact] = field(default_factory=dict)
    courses: dict[tuple[int, str], Course] = field(default_factory=dict)
    sections: dict[int, Section] = field(default_factory=dict)
    enrollments: dict[int, list[Enrollment]] = field(default_factory=dict)
    holidays: frozenset[date] = frozenset()
    planted: dict[str, list[str]] = field(default_factory=dict)

    def plant(self, trap: str, row_id: object) -> None:
        """Note that a row was made bad or unusual on purpose."""
        self.planted.setdefault(trap, []).append(str(row_id))

    def all_enrollments(self) -> list[Enrollment]:
        """Every row, section by section."""
        return [row for rows in self.enrollments.values() for row in rows]

    def terms_of(self, section: Section, session: Session) -> list[Term]:
        """The dated marking periods in which a session meets, in order."""
        wanted = (section.building, section.track, section.school_year)
        terms = [
            term
            for term in self.terms
            if (term.building, term.track, term.school_year) == wanted
            and term.marking_period in session.marking_periods
        ]
        return sorted(terms, key=lambda term: (term.start, term.order))

    def counts(self) -> dict[str, int]:
        """How many rows of each sort there are."""
        return {
            "buildings": len(self.buildings),
            "terms": len(self.terms),
            "students": len(self.students),
            "staff": len(self.staff),
            "contacts": len(self.contacts),
            "courses": len(self.courses),
            "sections": len(self.sections),
            "enrollments": sum(len(rows) for rows in self.enrollments.values()),
        }


def school_year_of(day: date) -> int:
    """The ending calendar year of the school year; July 1 is the rollover."""
    return day.year + 1 if day.month >= 7 else day.year


def local_today() -> date:
    """The calendar day on this machine."""
    return datetime.now(UTC).astimezone().date()
