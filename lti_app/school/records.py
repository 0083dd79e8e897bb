"""Values read from a SIS, free of any vendor's spelling.

Every SIS id here is trimmed text. A record holds what the SIS says, not what Schoology will get: the rules
decide that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Counted(StrEnum):
    """Kinds of lines, in the order in which pages name them, with what one and many of them are called."""

    @property
    def singular(self) -> str:
        """One of them in words."""
        return self.value.replace("_", " ")

    @property
    def plural(self) -> str:
        """Many of them in words."""
        return f"{self.singular}s"


class Kind(Counted):
    """What a staged row, a link or a change is about. The order is the order of sending."""

    USER = "user"
    PARENT_LINK = "parent_link"
    COURSE = "course"
    SECTION = "section"
    ENROLLMENT = "enrollment"


OBJECTS = (Kind.USER, Kind.COURSE, Kind.SECTION)
"""What has an id of its own on both sides, so that a record and an object can be paired."""
JOINING = (Kind.PARENT_LINK, Kind.ENROLLMENT)
"""What joins two objects."""


class GradeKind(Counted):
    """What a line of a sync of grades is about. The order is the order of sending."""

    ITEM = "graded_item"
    SCORE = "score"


class PersonRole(StrEnum):
    """What a person is to the school; each role is mapped to a Schoology role by the administrator."""

    STUDENT = "student"
    TEACHER = "teacher"
    STAFF = "staff"
    GUARDIAN = "guardian"


class IdSpace(StrEnum):
    """The SIS numbers students, staff and contacts apart; the same number may stand in all three."""

    STUDENT = "student"
    STAFF = "staff"
    CONTACT = "contact"


@dataclass(frozen=True)
class Building:
    """A school in the SIS."""

    sis_id: str
    name: str
    code: str
    address: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    phone: str = ""
    out_of_district: bool = False


@dataclass(frozen=True)
class Term:
    """One marking period of one building and track; start and end are inclusive local days."""

    building: str
    track: str
    school_year: int
    summer: bool
    marking_period: str
    name: str
    order: int
    start: date
    end: date


@dataclass(frozen=True)
class Person:
    """A student, a member of staff or a contact."""

    space: IdSpace
    sis_id: str
    role: str
    first_name: str
    last_name: str
    middle_name: str = ""
    email: str = ""
    login: str = ""
    main_building: str = ""
    other_buildings: tuple[str, ...] = ()
    grade: str = ""
    graduation_year: int | None = None
    active: bool = True
    number: str = ""
    """The number that people know the person by; empty where it is the SIS id."""
    master_id: str = ""
    """The user master identifier, where the SIS has one."""
    user_ids: tuple[tuple[str, str], ...] = ()
    """(type, id) of every further id."""

    @property
    def key(self) -> str:
        """The id that is unique over all three id spaces, such as ``student:000123``."""
        return f"{self.space}:{self.sis_id}"


@dataclass(frozen=True)
class Guardianship:
    """One contact of one student."""

    contact_id: str
    student_id: str
    contact_type: str
    relation: str = ""


@dataclass(frozen=True)
class Contact:
    """A contact with every student it belongs to."""

    person: Person
    guardianships: tuple[Guardianship, ...]


@dataclass(frozen=True)
class Course:
    """A course of one building; the same code may stand in many buildings with other names."""

    building: str
    code: str
    title: str
    department: str = ""
    active: bool = True

    @property
    def key(self) -> str:
        """The id that is unique over the district."""
        return f"{self.building}|{self.code}"


@dataclass(frozen=True)
class Session:
    """One meeting pattern of a section; normally one of them receives marks."""

    number: int
    description: str
    period: str
    receives_marks: bool
    marking_periods: tuple[str, ...]
    primary_staff: str = ""
    co_staff: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A class of a course; section_key is unique over buildings and years."""

    section_key: str
    school_year: int
    summer: bool
    building: str
    course_code: str
    number: str
    title: str
    track: str
    sessions: tuple[Session, ...]


def mark_session(section: Section) -> Session | None:
    """The session that receives marks (the lowest number when several do), else the first one."""
    sessions = sorted(section.sessions, key=lambda each: (not each.receives_marks, each.number))
    return sessions[0] if sessions else None


@dataclass(frozen=True)
class DateRange:
    """Days on which a student belongs to a section; the dropped day still counts, None means open."""

    added: date
    dropped: date | None = None


@dataclass(frozen=True)
class Enrollment:
    """A student's place in a section, with every range of days."""

    section_key: str
    building: str
    student_id: str
    dropped: bool
    ranges: tuple[DateRange, ...]


@dataclass(frozen=True)
class BadRecord:
    """A row that cannot be understood: it is logged with its reason and stops nothing else."""

    kind: Kind
    sis_id: str
    building: str
    reason: str


Record = Person | Contact | Course | Section | Enrollment | BadRecord
