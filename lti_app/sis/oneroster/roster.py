"""The rosters of a server: schools, terms and feeds, with the places that stand in for missing lists."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from lti_app.school.bad_rows import BadRow
from lti_app.school.records import Building, Kind, Record, Term
from lti_app.sis.errors import Service, SisError, SisForbidden, SisUnavailable
from lti_app.sis.oneroster import lists, roster_codecs
from lti_app.sis.oneroster.addresses import encoded
from lti_app.sis.oneroster.client import Client
from lti_app.sis.oneroster.errors import Missing, NotUnderstood, forbidding
from lti_app.sis.oneroster.kept import People
from lti_app.sis.oneroster.one import One
from lti_app.sis.oneroster.paging import Listing, ListOf, name_of
from lti_app.sis.oneroster.reading import LinkReading, PeopleReading, RowReading, SeatReading
from lti_app.sis.oneroster.roster_codecs import Session
from lti_app.sis.oneroster.rows import Row
from lti_app.sis.oneroster.seen import Seen
from lti_app.sis.oneroster.words import OneRosterCode, told
from lti_app.sis.port import Feed, Proof, Reading


class Roster:
    """The roster half of the adapter."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._schools: dict[str, Building] | None = None
        self._offices: set[str] = set()
        self._sessions: dict[str, Session] | None = None
        self._bad_sessions: list[BadRow] = []
        self._people: tuple[People, Proof] | None = None

    def today(self) -> date:
        """The day by UTC, which is near enough to choose among teachers."""
        return datetime.fromtimestamp(self.client.now(), UTC).date()

    def buildings(self) -> list[Building | BadRow]:
        """Every school that the server shows. Raises SisForbidden where it shows none that can be used."""
        every = self.whole(lists.ORGS, "orgs", "schools")
        rows = [each for each in every if roster_codecs.is_school(each) and not each.is_deleted]
        self._offices = {each.text("sourcedId") for each in every if not roster_codecs.is_school(each)}
        listed = [roster_codecs.building(each) for each in rows]
        found = {each.sis_id: each for each in listed if isinstance(each, Building)}
        if not found:
            raise forbidding(Service.ROSTER, OneRosterCode.NO_SCHOOLS)
        self._schools = found
        return [*found.values(), *(each for each in listed if isinstance(each, BadRow))]

    @property
    def schools(self) -> dict[str, Building]:
        """Id → school, read once."""
        if self._schools is None:
            self.buildings()
        return self._schools or {}

    @property
    def offices(self) -> set[str]:
        """Ids of the orgs that are no schools, such as the district."""
        return self._offices if self.schools else set()

    @property
    def sessions(self) -> dict[str, Session]:
        """Id → academicSession that has days, read once."""
        if self._sessions is None:
            every = self.whole(lists.SESSIONS, "academicSessions", "terms", "gradingPeriods")
            made = [roster_codecs.session(each) for each in every if not each.is_deleted]
            self._sessions = {each.key: each for each in made if isinstance(each, Session)}
            self._bad_sessions = [each for each in made if isinstance(each, BadRow)]
        return self._sessions

    def terms(self) -> list[Term | BadRow]:
        """Every session, with the schools whose classes use it, and those that can't be used."""
        self._sessions = None
        used: dict[str, set[str]] = defaultdict(set)
        listing = Listing(self.client, lists.CLASSES, "classes")
        for row in self._rows(listing):
            for term in row.refs("terms"):
                used[term] |= {row.ref("school")} & self.schools.keys()
        return [*roster_codecs.terms(self.sessions, used), *self._bad_sessions]

    def whole(self, kind: ListOf, *paths: str, where: str = "") -> list[Row]:
        """Every row of a small list, of the first path that is there; further paths add to a second one.

        A list that is nowhere is empty where schools are shown, and no answer where they are not.
        """
        try:
            return self._rows(Listing(self.client, kind, paths[0], where))
        except (Missing, SisForbidden) as error:
            if len(paths) < 2:
                self.raise_unless_empty(kind, error)
                return []
        found, missing = [], 0
        for path in paths[1:]:
            try:
                found += self._rows(Listing(self.client, kind, path, where))
            except Missing as error:
                missing += 1
                if missing == len(paths) - 1:
                    self.raise_unless_empty(kind, error)
        return found

    def raise_unless_empty(self, kind: ListOf, error: SisError) -> None:
        """A list that is not there counts as empty where schools are shown. Raises the error otherwise."""
        if not isinstance(error, Missing):
            raise error
        if kind is lists.ORGS or not self.schools:
            raise SisUnavailable(**told(OneRosterCode.NO_SCHOOLS_NOW)) from error

    def _rows(self, listing: Listing) -> list[Row]:
        rows = [row for page in listing for row in page if isinstance(row, Row)]
        listing.complete()
        return rows

    def read(self, feed: Feed, key: str = "") -> Reading:
        """Start reading a feed, or the rows of one record of it."""
        if feed is Feed.SEATS:
            return self._seats(key)
        if feed is Feed.GUARDIANS:
            return self._links(key)
        if feed is Feed.PEOPLE:
            return self._users(key)
        return self._others(feed, key)

    def _others(self, feed: Feed, key: str) -> Reading:
        kind, path, of = {
            Feed.COURSES: (lists.COURSES, "courses", Kind.COURSE),
            Feed.SECTIONS: (lists.CLASSES, "classes", Kind.SECTION),
        }[feed]
        decode: Callable[[Row], Record | None] = self._section if feed is Feed.SECTIONS else self._course
        return RowReading(self._listings(kind, path, key=key), of, decode)

    def _course(self, row: Row) -> Record:
        return roster_codecs.course(row, self.offices)

    def _section(self, row: Row) -> Record | None:
        return roster_codecs.section(row, self.sessions)

    def _users(self, key: str) -> PeopleReading:
        people = People()

        def whole(proof: Proof) -> None:
            if key:
                return
            if not reading.received:
                raise forbidding(Service.ROSTER, OneRosterCode.NOBODY)
            self._people = people, proof

        reading = PeopleReading(
            self._listings(lists.USERS, "users", "students", "teachers", key=key),
            Kind.USER,
            lambda row: self._user(row).record,
            decode_user=self._user,
            people=people,
            whole=whole,
        )
        return reading

    def _user(self, row: Row) -> roster_codecs.User:
        return roster_codecs.user(row, self.offices)

    def _links(self, key: str) -> LinkReading:
        if self._people is not None:
            return LinkReading(*self._people, key=key)
        first = self._users("")
        return LinkReading(first.people, None, first, key)

    def is_other(self, key: str) -> bool:
        """Whether someone is known not to be a student."""
        return self._people is not None and self._people[0].is_other(key)

    def _listings(self, kind: ListOf, *paths: str, key: str) -> Sequence[Any]:
        """The lists to read: of one record, of the first path, or of the others where that one is missing."""
        if key:
            return [One(self.client, kind, paths[0], key, self.raise_unless_empty)]
        first = Either(self, kind, paths)
        return [first]

    def _seats(self, key: str) -> SeatReading:
        if not key:
            return SeatReading(self.or_empty(lists.ENROLLMENTS, "enrollments"), self.today)
        return SeatReading(self._seats_of(key), self.today, key)

    def _seats_of(self, key: str) -> Any:
        """The enrollments of one class: its own list, else the filtered one, else all."""
        own = self.class_row(key)
        if own is None:
            return Either(self, lists.ENROLLMENTS, [])
        school = own.ref("school")
        paths = [("enrollments", lists.equals("class.sourcedId", key))]
        if school:
            paths.insert(0, (f"schools/{encoded(school)}/classes/{encoded(key)}/enrollments", ""))
        return Either(self, lists.ENROLLMENTS, [path for path, _ in paths], where=dict(paths))

    def class_row(self, key: str) -> Row | None:
        """One class, where it is there."""
        own = One(self.client, lists.CLASSES, "classes", key, self.raise_unless_empty)
        rows = [row for page in own for row in page if isinstance(row, Row)]
        own.complete()
        return next((row for row in rows if not row.is_deleted), None)

    def or_empty(self, kind: ListOf, path: str) -> Any:
        """A list that may be missing because it is empty."""
        return Either(self, kind, [path])


class Either:
    """A list at the first of several paths that is there: a Listing for whoever reads it.

    `users` has two others that belong together; every further path else is another way to the same rows.
    """

    def __init__(
        self, roster: Roster, kind: ListOf, paths: Sequence[str], where: dict[str, str] | None = None
    ) -> None:
        self._roster, self._kind, self._paths, self._where = roster, kind, list(paths), where or {}
        self._read: list[Listing] = []
        self._seen = Seen()

    @property
    def came(self) -> int:
        """Rows that came so far."""
        return sum(each.came for each in self._read)

    @property
    def claimed(self) -> int | None:
        """Rows that the server promised."""
        known = [each.claimed for each in self._read]
        return None if None in known else sum(each or 0 for each in known)

    def __iter__(self) -> Any:
        together = self._kind is lists.USERS
        for number, path in enumerate(self._paths):
            listing = Listing(self._roster.client, self._kind, path, self._where.get(path, ""))
            self._read.append(listing)
            try:
                yield from self._new(listing) if together else listing
            except (Missing, NotUnderstood, SisForbidden) as error:
                if listing.came:
                    broken = told(OneRosterCode.LIST_BROKE_OFF, names=self._kind.names[0])
                    raise SisUnavailable(**broken) from error
                self._read.remove(listing)
                if number + 1 == len(self._paths) and not self._read:
                    self._roster.raise_unless_empty(self._kind, error)
                continue
            if not (together and number):
                return

    def _new(self, listing: Listing) -> Any:
        """Pages without the people who came in the list before."""
        for page in listing:
            new = self._seen.add([name_of(row) for row in page])
            yield [row for row, is_new in zip(page, new, strict=True) if is_new]

    def complete(self) -> Proof:
        """Each list that was read is whole. Raises IncompleteRead."""
        proofs = [each.complete() for each in self._read]
        return Proof.TOTAL if all(each is Proof.TOTAL for each in proofs) else Proof.SECOND_LOOK
