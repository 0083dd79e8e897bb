"""Reads of the feeds of the port over lists of the server, each with its proof."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from lti_app.school.records import BadRecord, DateRange, Kind, Record, Seat, SeatRole
from lti_app.sis.oneroster.kept import PAGE, People, SeatRow, Seats
from lti_app.sis.oneroster.paging import Broken, Listing
from lti_app.sis.oneroster.roster_codecs import User, broken, seat
from lti_app.sis.oneroster.rows import Row
from lti_app.sis.port import Proof

Decode = Callable[[Row], Record | None]


@dataclass
class RowReading:
    """One record of each row; implements lti_app.sis.port.Reading."""

    listings: Sequence[Listing]
    kind: Kind
    decode: Decode

    @property
    def received(self) -> int:
        """Rows that came so far."""
        return sum(each.came for each in self.listings)

    @property
    def claimed(self) -> int | None:
        """Rows that the server promised."""
        return _sum([each.claimed for each in self.listings])

    def __iter__(self) -> Iterator[list[Record]]:
        for listing in self.listings:
            for page in listing:
                found = (
                    broken(row, self.kind) if isinstance(row, Broken) else self.decode(row) for row in page
                )
                yield [each for each in found if each is not None]

    def complete(self) -> Proof | None:
        """Every list is proven to be whole. Raises IncompleteRead."""
        return _weakest([each.complete() for each in self.listings])


@dataclass
class PeopleReading(RowReading):
    """Users as people; who they are to each other is kept for the guardian links."""

    decode_user: Callable[[Row], User] = field(kw_only=True)
    people: People = field(kw_only=True)
    whole: Callable[[Proof], None] = field(kw_only=True)
    """Told when the read is proven to be whole."""

    def __iter__(self) -> Iterator[list[Record]]:
        for listing in self.listings:
            for page in listing:
                users = [self.decode_user(row) for row in page if isinstance(row, Row)]
                self.people.add(
                    ((each.key, each.roles, each.contact) for each in users if each.key),
                    ((each.key, agent) for each in users for agent in each.agents),
                )
                lost = [broken(row, Kind.USER) for row in page if isinstance(row, Broken)]
                yield [*(each.record for each in users), *lost]

    def complete(self) -> Proof | None:
        """As of rows."""
        proof = super().complete()
        if proof is not None:
            self.whole(proof)
        return proof


@dataclass
class LinkReading:
    """Guardian links out of the users, which are read first if they weren't; `key`: of one contact."""

    people: People
    proof: Proof | None
    """Of the users, where they were read."""
    first: RowReading | None = None
    key: str = ""
    received: int = 0

    @property
    def claimed(self) -> int | None:
        """The links that there are, where the users came with a total."""
        return self.received if self.proof is Proof.TOTAL else None

    def __iter__(self) -> Iterator[list[Record]]:
        if self.first is not None:
            for _ in self.first:
                yield []
            self.proof = self.first.complete()
        for page in self.people.links(self.key):
            self.received += len(page)
            yield list(page)

    def complete(self) -> Proof | None:
        """The proof of the users."""
        return self.proof


@dataclass
class SeatReading:
    """Enrollments put together: one seat for each person in a class, with at most one primary teacher.

    While the server is asked, pages hold only what can't be read; the seats come after the last row.
    """

    listing: Listing
    today: Callable[[], date]
    wanted: str = ""
    """The class whose seats are asked for; empty for all."""
    _seats: Seats = field(default_factory=Seats)

    @property
    def received(self) -> int:
        """Rows that came so far."""
        return self.listing.came

    @property
    def claimed(self) -> int | None:
        """Rows that the server promised."""
        return self.listing.claimed

    def __iter__(self) -> Iterator[list[Record]]:
        for page in self.listing:
            found = [seat(row) if isinstance(row, Row) else broken(row, Kind.ENROLLMENT) for row in page]
            own = [each for each in found if self.wanted in ("", each.section)]
            self._seats.add(_kept(each) for each in own)
            yield [each for each in own if isinstance(each, BadRecord)]
        page_of: list[Record] = []
        for section in self._seats.sections():
            page_of += _merged(section, self.today())
            if len(page_of) >= PAGE:
                yield page_of
                page_of = []
        if page_of:
            yield page_of

    def complete(self) -> Proof | None:
        """As of the list. Raises IncompleteRead."""
        return self.listing.complete()


def _kept(found: SeatRow | BadRecord) -> SeatRow:
    if isinstance(found, SeatRow):
        return found
    return SeatRow(found.section, found.person, found.role, False, None, None, False, bad=True)


def _merged(section: Sequence[Sequence[SeatRow]], today: date) -> list[Record]:
    """The seats of one class."""
    merged = [found for rows in section if (found := _seat(rows, today)) is not None]
    open_now = [each for each in merged if each.role == SeatRole.TEACHER and each.is_open(today)]
    first = [each for each in open_now if each.primary]
    chosen = first[0] if first else open_now[0] if len(open_now) == 1 else None
    return [
        Seat(each.section, each.person, each.role, primary=each is chosen, ranges=each.ranges)
        for each in merged
    ]


def _seat(rows: Sequence[SeatRow], today: date) -> Seat | None:
    """One seat of all rows of a person in a class; None where a row that can't be read may be the one that
    counts. Deleted rows take nothing away from the others."""
    there = [each for each in rows if not each.deleted and not each.bad]
    days = [(each, DateRange(each.added, each.dropped)) for each in there]
    open_now = [each for each, range_ in days if range_.holds(today)]
    if any(each.bad for each in rows) and not open_now:
        return None
    counted = open_now or there or list(rows)
    teaches = any(each.role == SeatRole.TEACHER for each in counted)
    role = SeatRole.TEACHER if teaches else counted[0].role
    primary = any(each.primary and each.role == SeatRole.TEACHER for each in open_now)
    mine = tuple(range_ for each, range_ in days if each.role == role)
    return Seat(rows[0].section, rows[0].person, role, primary, mine)


def _sum(claims: Sequence[int | None]) -> int | None:
    known = [each for each in claims if each is not None]
    return sum(known) if len(known) == len(claims) else None


def _weakest(proofs: Sequence[Proof]) -> Proof:
    return Proof.TOTAL if all(each is Proof.TOTAL for each in proofs) else Proof.SECOND_LOOK
