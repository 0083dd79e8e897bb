"""Values read from an SIS, free of any vendor's spelling.

A person, term, course and section has one key: trimmed text that only the adapter takes apart or puts
together. A record holds what the SIS says, not what Schoology gets: the rules decide that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lti_app.school.reasons import Reason


class Counted(StrEnum):
    """Kinds of lines, in the order in which pages name them, with what one and many of them are called."""

    @property
    def singular(self) -> str:
        """One of them in words."""
        return self.value.replace("_", " ")

    @property
    def plural(self) -> str:
        """Many of them in words."""
        one = self.singular
        return f"{one[:-1]}ies" if one.endswith("y") else f"{one}s"


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
    """What a person is to the school; the administrator maps each role to a Schoology role.

    A person with several roles gets one account. The order here is the order of precedence: the account has
    the first of the person's roles that is switched on and mapped.
    """

    STUDENT = "student"
    TEACHER = "teacher"
    STAFF = "staff"
    GUARDIAN = "guardian"


class PersonGroup(StrEnum):
    """People whose accounts are chosen, named and counted together; each has its prefix of unique ids."""

    STUDENT = "student"
    STAFF = "staff"
    CONTACT = "contact"


def group_of(roles: Iterable[str]) -> PersonGroup:
    """The group of a person by the first of their roles in the order of precedence; else staff."""
    first = next((role for role in PersonRole if role in set(roles)), PersonRole.STAFF)
    groups = {PersonRole.STUDENT: PersonGroup.STUDENT, PersonRole.GUARDIAN: PersonGroup.CONTACT}
    return groups.get(first, PersonGroup.STAFF)


class SeatRole(StrEnum):
    """What a person does in a section."""

    STUDENT = "student"
    TEACHER = "teacher"
    OTHER = "other"


class TermKind(StrEnum):
    """What a stretch of a school year is."""

    YEAR = "year"
    SEMESTER = "semester"
    TERM = "term"
    GRADING_PERIOD = "grading_period"
    SUMMER = "summer"


def joined(first: str, mark: str, second: str) -> str:
    """One text for two keys, and another one for every other two: a mark inside the first key is escaped.

    No one takes it apart again: both keys stand in columns beside it.
    """
    return first.replace("%", "%25").replace(mark, f"%{ord(mark):02X}") + mark + second


def seat_id(section: str, person: str) -> str:
    """The SIS id of an enrollment."""
    return joined(section, ":", person)


def parent_link_id(parent: str, student: str) -> str:
    """The SIS id of a parent link."""
    return joined(parent, ">", student)


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
    """A stretch of a school year; start and end are inclusive local days."""

    key: str
    name: str
    start: date
    end: date
    kind: str = TermKind.TERM
    parent: str = ""
    """The key of the term that it is a part of."""
    buildings: tuple[str, ...] = ()
    """The SIS ids of the schools that have it; none means all schools."""
    year: int | None = None
    """The year in which its school year ends."""
    code: str = ""
    """What the gradebook of the SIS calls it within a section; empty where that is the key."""
    order: int = 0
    """Its place among the terms of a school."""


@dataclass(frozen=True)
class Person:
    """One human with everything that they are to the schools."""

    key: str
    sis_id: str
    """The id of the record as the SIS shows it; the key may say more."""
    roles: frozenset[str]
    """Of PersonRole."""
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
    birth_date: date | None = None
    """Where the SIS tells it. Only a keyed hash of it is kept, to recognize the person under a new id."""
    bad_fields: tuple[tuple[str, str], ...] = ()
    """(field of this record, what the SIS says) of each minor field that can't be read, and is empty here."""

    @property
    def group(self) -> PersonGroup:
        """The group that the person's account belongs to."""
        return group_of(self.roles)


@dataclass(frozen=True)
class GuardianLink:
    """Someone is a contact of a student; both are named by their keys, whatever else they are."""

    person: str
    student: str
    kind: str
    """A code among the adapter's contact types."""
    relation: str = ""


@dataclass(frozen=True)
class Course:
    """A course of one school, of several, or of the district."""

    key: str
    code: str
    """What people know the course by; the same code may stand for other courses elsewhere."""
    title: str
    buildings: tuple[str, ...] = ()
    """The SIS ids of its schools; none means the district."""
    department: str = ""
    active: bool = True
    bad_fields: tuple[tuple[str, str], ...] = ()
    """As of a person."""

    @property
    def building(self) -> str:
        """Its school where it has exactly one, else empty."""
        return self.buildings[0] if len(self.buildings) == 1 else ""


@dataclass(frozen=True)
class Section:
    """A class of a course in one school."""

    key: str
    course: str
    """The key of its course."""
    building: str
    number: str
    title: str
    terms: tuple[str, ...] = ()
    """The keys of its terms."""
    period: str = ""
    year: int | None = None
    """The year in which its school year ends."""
    session: int = 1
    """Which part of the section receives grades, where the SIS divides sections."""


@dataclass(frozen=True)
class DateRange:
    """Days on which someone belongs to a section; the last day still counts, None means open."""

    added: date | None = None
    dropped: date | None = None

    def holds(self, day: date) -> bool:
        """Whether a day is in the range."""
        return (self.added is None or self.added <= day) and (self.dropped is None or day <= self.dropped)


ALWAYS = (DateRange(),)
"""The range of someone without days in the SIS."""


@dataclass(frozen=True)
class Seat:
    """Someone's place in a section, with every range of days; without a range they are never there."""

    section: str
    person: str
    role: str
    """Of SeatRole."""
    primary: bool = False
    """The teacher who answers for the section; at most one."""
    ranges: tuple[DateRange, ...] = ALWAYS

    @property
    def key(self) -> str:
        """What no other seat has."""
        return seat_id(self.section, self.person)

    def is_open(self, day: date) -> bool:
        """Whether the person belongs to the section on that day."""
        return any(each.holds(day) for each in self.ranges)


@dataclass(frozen=True)
class BadRecord:
    """A row that cannot be understood: it is logged with its reason and stops nothing else.

    `key` is that of its record, or `row_key` where that can't be read; `group` (PersonGroup) of a person, and
    `section`, `person` and `role` (SeatRole) of a seat, as far as they can be read.
    """

    kind: Kind
    key: str
    building: str
    reason: Reason
    group: str = ""
    section: str = ""
    person: str = ""
    role: str = ""
    has_key: bool = True
    """Whether `key` is that of a record."""


Record = Person | GuardianLink | Course | Section | Seat | BadRecord
