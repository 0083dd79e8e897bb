"""All that the app needs from a student information system.

An adapter reads and applies; ordering, counting and approving live outside it. It must trim ids, turn the
vendor's rows into records or BadRecords, and say how many rows the server claimed. It must not drop rows
silently, retry a refused sign-in, or know anything of Schoology.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from lti_app.school.records import Building, Record, Term


class Feed(StrEnum):
    """The whole-district reads, in the order in which a run stages them."""

    STUDENTS = "students"
    STAFF = "staff"
    CONTACTS = "contacts"
    COURSES = "courses"
    SECTIONS = "sections"
    ENROLLMENTS = "enrollments"


@dataclass(frozen=True)
class SisInfo:
    """What a successful connection found."""

    product: str
    version: str
    buildings: int
    server_time: datetime | None = None
    capabilities: frozenset[str] = field(default_factory=frozenset)


class Reading(Protocol):
    """One read of a feed.

    Iterating yields pages; a page is a list of records in the server's order, BadRecords included.
    After the last page `received` and `claimed` (rows that came, rows that the server promised when the
    read began) tell whether the read is complete. Iterating may raise JobExpired or SisUnavailable.
    """

    claimed: int
    received: int

    def __iter__(self) -> Iterator[list[Record]]: ...


class Sis(Protocol):
    """A signed-in SIS. Every method may raise the errors of lti_app.sis.errors."""

    def check(self) -> SisInfo:
        """Sign in, ask for product and version, count the buildings."""

    def buildings(self) -> list[Building]:
        """Every building, complete or IncompleteRead."""

    def terms(self) -> list[Term]:
        """Every marking period of every building, track and visible year, complete or IncompleteRead."""

    def read(self, feed: Feed, key: str = "") -> Reading:
        """Start reading one feed from its first row.

        With `key` only the rows of one record: the id of a person, building|code of a course, the
        section_key of sections and enrollments. An adapter that cannot narrow a feed answers all of it.
        """
