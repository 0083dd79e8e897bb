"""What one read of a list tells for several feeds, held on disk: who is who, whose agents, which seats.

Users come once a run, although they tell of people and of guardian links; enrollments of one person in one
class may stand on any pages and are one seat.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from lti_app.school.records import GuardianLink, PersonRole
from lti_app.sis.oneroster.seen import temporary

PAGE = 1000
"""Records of a page that is made here."""
LINKS = """
SELECT adult, child, coalesce((SELECT kind FROM people WHERE key = adult), '') FROM (
    SELECT a.agent AS adult, a.person AS child FROM agents a JOIN people p ON p.key = a.person
     WHERE p.student = 1 AND NOT EXISTS (SELECT 1 FROM people q WHERE q.key = a.agent AND q.student = 1)
    UNION
    SELECT a.person, a.agent FROM agents a JOIN people p ON p.key = a.person
      LEFT JOIN people q ON q.key = a.agent
     WHERE p.student = 0 AND (q.student = 1 OR (q.key IS NULL AND p.kind <> ''))
) ORDER BY adult, child
"""
"""(adult, child, kind of contact) of every pair of which one names the other as an agent. Someone that a
parent names and the server doesn't show is a child: the link then waits for the child to be shown again."""
KINDS = ("parent", "guardian", "relative")
OTHER = "other"


@dataclass(frozen=True)
class SeatRow:
    """One enrollment; `bad` for one that can't be read."""

    section: str
    person: str
    role: str
    primary: bool
    added: date | None
    dropped: date | None
    deleted: bool
    bad: bool = False


class People:
    """Everybody of one whole read of the users, with their agents."""

    def __init__(self) -> None:
        self._base = temporary()
        self._base.execute("CREATE TABLE people (key TEXT PRIMARY KEY, student INT, kind TEXT) WITHOUT ROWID")
        self._base.execute("CREATE TABLE agents (person TEXT, agent TEXT)")

    def add(
        self, people: Iterable[tuple[str, frozenset[str], str]], agents: Iterable[tuple[str, str]]
    ) -> None:
        """Keep people by key, roles and kind of contact, and (person, agent) pairs."""
        rows = ((key, PersonRole.STUDENT in roles, kind) for key, roles, kind in people)
        self._base.executemany("INSERT OR REPLACE INTO people VALUES (?, ?, ?)", rows)
        self._base.executemany("INSERT INTO agents VALUES (?, ?)", agents)

    def is_other(self, key: str) -> bool:
        """Whether someone is known not to be a student."""
        found = self._base.execute("SELECT student FROM people WHERE key = ?", (key,)).fetchone()
        return found is not None and not found[0]

    def links(self, adult: str = "") -> Iterator[list[GuardianLink]]:
        """Pages of guardian links, of one contact or of all."""
        for page in _pages(self._base.execute(LINKS)):
            yield [
                GuardianLink(who, child, kind or OTHER, kind)
                for who, child, kind in page
                if not adult or who == adult
            ]


class Seats:
    """The enrollments of one read, until they are put together."""

    def __init__(self) -> None:
        self._base = temporary()
        self._base.execute(
            "CREATE TABLE seats (section TEXT, person TEXT, role TEXT, main INT, added TEXT, dropped TEXT, "
            "deleted INT, bad INT)"
        )

    def add(self, rows: Iterable[SeatRow]) -> None:
        """Keep rows."""
        self._base.executemany("INSERT INTO seats VALUES (?, ?, ?, ?, ?, ?, ?, ?)", map(_columns, rows))

    def sections(self) -> Iterator[list[list[SeatRow]]]:
        """Section by section, person by person: the rows of each."""
        found = self._base.execute("SELECT * FROM seats ORDER BY section, person")
        rows = (_seat_row(each) for each in found)
        for _, section in groupby(rows, key=lambda row: row.section):
            yield [list(own) for _, own in groupby(section, key=lambda row: row.person)]


def _columns(row: SeatRow) -> tuple[object, ...]:
    days = (each.isoformat() if each else None for each in (row.added, row.dropped))
    return (row.section, row.person, row.role, row.primary, *days, row.deleted, row.bad)


def _seat_row(found: Sequence[object]) -> SeatRow:
    section, person, role, primary, added, dropped, deleted, bad = found
    first, last = (date.fromisoformat(str(each)) if each else None for each in (added, dropped))
    deleted, bad = bool(deleted), bool(bad)
    return SeatRow(str(section), str(person), str(role), bool(primary), first, last, deleted, bad)


def _pages(found: sqlite3.Cursor) -> Iterator[list[tuple[str, str, str]]]:
    while page := found.fetchmany(PAGE):
        yield page
