"""All that the app needs from a student information system.

An adapter reads and applies; ordering, counting and approving live outside it. It must trim ids, turn the
vendor's rows into records or BadRecords, and prove that a read is whole. It must not drop rows silently,
retry a refused sign-in, or know anything of Schoology.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from lti_app.school.bad_rows import BadRow
from lti_app.school.gradebook import (
    Assignment,
    AssignmentRef,
    GradebookSettings,
    ScoreOutcome,
    ScoresByAssignment,
    SisAverage,
    SisScore,
)
from lti_app.school.records import Building, Record, Term
from lti_app.sis.capabilities import Capabilities


class Feed(StrEnum):
    """The whole-district reads, in the order in which a run stages them.

    PEOPLE brings each person once, with all of their roles. GUARDIANS is read only where a district has
    parents: it brings the guardian links, and those guardians that PEOPLE leaves out. SEATS brings the place
    of everybody in a section, teachers included.
    """

    PEOPLE = "people"
    GUARDIANS = "guardians"
    COURSES = "courses"
    SECTIONS = "sections"
    SEATS = "seats"


@dataclass(frozen=True)
class SisInfo:
    """What a successful connection found."""

    product: str
    version: str
    buildings: int
    server_time: datetime | None = None
    measured: Mapping[str, Any] = field(default_factory=dict)
    """What of the capabilities is otherwise here than the adapter says, as Capabilities.measured takes it."""


class Proof(StrEnum):
    """By what an adapter knows that a read is whole."""

    TOTAL = "total"
    """The server told how many rows there are, and they all came, none of them twice."""
    SECOND_LOOK = "second_look"
    """The server tells no total; a look after the end found the list as it was read."""


class Reading(Protocol):
    """One read of a feed.

    Iterating yields pages; a page is a list of records in the server's order, BadRecords included. Iterating
    may raise JobExpired or SisUnavailable, and IncompleteRead for a list that moved while it was read: a row
    that comes on a second page is a fault of the read, never of the record.
    """

    @property
    def received(self) -> int:
        """Rows that came so far."""

    @property
    def claimed(self) -> int | None:
        """Rows that the server promised, for the progress bar only; None where it promises none."""

    def __iter__(self) -> Iterator[list[Record]]: ...

    def complete(self) -> Proof | None:
        """After the last page: the proof that everything came; None, or IncompleteRead, where there is none.

        What has no proof is not believed.
        """


class SisGradebook(Protocol):
    """The gradebook of one section of the SIS.

    Every write names its assignment by a reference and may be repeated: the Schoology item's id is the key
    within a session, and `sis_id` the id that the SIS gave. They raise SisRejected for what the SIS refuses.
    """

    def gradebook_settings(self, section_key: str) -> GradebookSettings:
        """How the section counts. Raises SisRejected with SECTION_UNKNOWN."""

    def assignments(self, section_key: str) -> list[Assignment]:
        """Every assignment of every session; those made in the SIS itself have an empty item_id.

        An SIS that does not keep the Schoology item's id leaves it empty for all: the capability `item_ids`.
        """

    def scores(self, section_key: str) -> ScoresByAssignment:
        """Every score of every assignment."""

    def averages(self, section_key: str) -> list[SisAverage]:
        """What the SIS itself calculates, by student and marking period."""

    def put_assignment(self, ref: AssignmentRef, assignment: Assignment) -> str:
        """Create or change the assignment of an item; the id that the SIS gave it. Raises SisRejected."""

    def put_scores(self, ref: AssignmentRef, scores: Sequence[SisScore]) -> list[ScoreOutcome]:
        """Set or clear scores of one assignment, at most `capabilities.limits.batch`: one outcome each, in
        order.

        Raises SisRejected with ASSIGNMENT_UNKNOWN when the SIS has no such assignment (any more).
        """

    def delete_assignment(self, ref: AssignmentRef) -> bool:
        """Remove an assignment with its scores; False when it was not there (any more)."""

    def student_id(self, person: str) -> str:
        """How the gradebook names the student with this key; empty for someone that it can't have."""


class Sis(SisGradebook, Protocol):
    """A signed-in SIS. Every method may raise the errors of lti_app.sis.errors."""

    capabilities: Capabilities
    """What the adapter says of its product, without a call."""

    def check(self) -> SisInfo:
        """Sign in, ask for product and version, count the buildings."""

    def buildings(self) -> Sequence[Building | BadRow]:
        """Every building, and a BadRow for each that can't be used; complete or IncompleteRead."""

    def terms(self) -> Sequence[Term | BadRow]:
        """Every term of every visible year, with its ancestors, and a BadRow for each that can't be used;
        complete or IncompleteRead."""

    def read(self, feed: Feed, key: str = "") -> Reading:
        """Start reading one feed from its first row.

        With `key` only the rows of one record: of a person for PEOPLE and GUARDIANS (the links in which they
        are the contact), of a course, of a section for SECTIONS and SEATS. A record that is not there is an
        empty read that is whole. Asked only with the capability `narrow`.
        """
