"""A list read page by page over data that may change in the meantime, and the proof that nothing was missed.

Offset paging loses and repeats rows when a row comes or goes before the place that is read. So every place
where two pages met is looked at once more after the end: where the same rows still stand there, no row can
have slipped from one page to another. Traps of servers that are taken into account: caps below `limit`, short
pages in the middle, totals that are absent or tell the page only, ignored offsets, pages past the end that
repeat, are empty, null or 404, parameters that are refused (OneRoster 1.1, 3.4.1; 1.2, 3.3.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import msgspec

from lti_app.sis.errors import IncompleteRead, Service, SisUnavailable
from lti_app.sis.oneroster.client import Answer, Client
from lti_app.sis.oneroster.errors import Missing, NotUnderstood
from lti_app.sis.oneroster.rows import Row, RowType
from lti_app.sis.oneroster.seen import Seen
from lti_app.sis.oneroster.words import OneRosterCode, told
from lti_app.sis.pages import RawRow
from lti_app.sis.port import Proof
from lti_app.sis.rows import NotARow

SMALLEST = 100
"""The smallest page that every server gives."""
ROUND = 50
"""Caps of servers are multiples of it."""


@dataclass(frozen=True)
class ListOf:
    """One kind of list: the names under which it comes, and how its rows are read."""

    service: Service
    names: Sequence[str]
    rows: RowType


@dataclass(frozen=True)
class Broken:
    """What stands in the place of a row and is no object."""

    raw: RawRow


@dataclass
class Listing:
    """One read of a list. `where` is a filter; servers may ignore it, so whoever reads checks every row."""

    client: Client
    kind: ListOf
    path: str
    where: str = ""
    came: int = 0
    """Rows that came on pages that brought something new."""
    totals: list[int] = field(default_factory=list)
    _edges: list[tuple[int, str]] = field(default_factory=list)
    """(place, name) of the last row of each page."""
    _first: list[str] = field(default_factory=list)
    _seen: Seen = field(default_factory=Seen)
    _order: Any = field(default_factory=lambda: blake2b(digest_size=16))
    _moved: bool = False
    _cap: int = 0
    """Rows at which the server cut the first page."""
    _whole_in_one: bool = False
    """The server sends everything at once, whatever it is asked for."""

    @property
    def claimed(self) -> int | None:
        """The total that the server told first, unless it only told the rows of its page."""
        if not self.totals or self._tells_pages:
            return None
        return self.totals[0]

    @property
    def _tells_pages(self) -> bool:
        """Whether its totals are not of the list: more came than it told."""
        return bool(self.totals) and self.came > max(self.totals)

    def __iter__(self) -> Iterator[list[Row | Broken]]:
        while True:
            answer = self._page(self.came)
            if answer is None or not answer.rows:
                break
            if answer.total is not None:
                self.totals.append(answer.total)
            rows = [self._read(each) for each in answer.rows]
            names = [name_of(each) for each in rows]
            new = self._seen.add(names)
            if not any(new):
                self._note_repeat(names)
                break
            self._moved |= not all(new)
            self._note_cap(len(rows))
            self._take(names)
            yield _once(rows, answer.rows)
            if self._is_surely_the_end(len(rows)):
                break
        if answer is not None and answer.total is not None and not self.came:
            self.totals.append(answer.total)

    def _read(self, raw: RawRow) -> Row | Broken:
        try:
            return self.kind.rows.read(raw)
        except NotARow:
            return Broken(raw)

    def _note_cap(self, size: int) -> None:
        """A first page that is cut at a round number: the others are asked for in that size, since some
        servers count offsets in pages."""
        if not self.came and size < self._limit and size % ROUND == 0:
            self._cap = size

    def _take(self, names: list[str]) -> None:
        self._first = self._first or names
        self.came += len(names)
        self._edges.append((self.came - 1, names[-1]))
        self._order.update("\x1f".join([*names, ""]).encode("utf-8", "backslashreplace"))

    def _note_repeat(self, names: list[str]) -> None:
        """A page that brings nothing new is the end; where it is the first one, offsets may be ignored."""
        if names != self._first or len(self._edges) > 1:
            return
        self._whole_in_one = self.came > self._limit or self._asked(0, 1) == names
        if not self._whole_in_one and self.claimed is None and self.came % ROUND == 0:
            raise self._incomplete(OneRosterCode.LIST_REPEATS, count=self.came)

    def _is_surely_the_end(self, size: int) -> bool:
        """Whether no other page is worth a request: the total is reached, and is not that of a page."""
        if self.claimed is None or self.came < self.claimed:
            return False
        return len(self._edges) > 1 or (size < self._limit and size % ROUND != 0)

    @property
    def _limit(self) -> int:
        asked: int = self.client.habits.get(("limit", self.kind.names[0]), self.client.profile.page)
        return min(asked, self._cap or asked)

    def _query(self, offset: int, limit: int) -> dict[str, str | int]:
        query: dict[str, str | int] = {"limit": limit, "offset": offset}
        if self._works("sort"):
            query |= {"sort": "sourcedId", "orderBy": "asc"}
        if self.where and self._works("filter"):
            query["filter"] = self.where
        return query

    def _works(self, parameter: str) -> bool:
        return bool(self.client.habits.get((parameter, self.kind.names[0]), True))

    def _page(self, offset: int) -> Answer | None:
        """One page; None for one past the end, and for a list that is not there because it is empty."""
        while True:
            try:
                return self._ask(offset, self._limit)
            except NotUnderstood as error:
                if offset and (self.claimed is None or offset >= self.claimed):
                    return None
                if not self._ask_for_less():
                    words = told(OneRosterCode.LIST_NOT_UNDERSTOOD, names=self.kind.names[0], why=error)
                    raise SisUnavailable(**words) from error
            except Missing:
                if not offset:
                    raise
                return None

    def _ask(self, offset: int, limit: int) -> Answer:
        found = self.client.list(self.kind.service, self.path, self.kind.names, self._query(offset, limit))
        if found.rows is None and not offset:
            raise Missing()
        return found

    def _ask_for_less(self) -> bool:
        """Give up what the server may not understand: order, filter, then half of the rows."""
        habits, name = self.client.habits, self.kind.names[0]
        for parameter in ("sort", "filter"):
            if self._works(parameter) and (parameter == "sort" or self.where):
                habits[parameter, name] = False
                return True
        if self._limit <= SMALLEST:
            return False
        habits["limit", name] = max(SMALLEST, self._limit // 2)
        return True

    def _asked(self, offset: int, limit: int) -> list[str]:
        """The names of the rows that stand at a place now."""
        try:
            found = self._ask(offset, limit).rows
        except (Missing, NotUnderstood):
            return []
        return [name_of(self._read(each)) for each in found or ()]

    def complete(self) -> Proof:
        """The proof that everything came. Raises IncompleteRead."""
        self._raise_if_counts_differ()
        if self._moved:
            self._raise_unless_as_before()
        elif not self._whole_in_one and (self.claimed is None or len(self._edges) > 1):
            for place, name in self._edges:
                if self._asked(place, 1)[:1] != [name]:
                    raise self._incomplete(OneRosterCode.LIST_CHANGED)
        return Proof.SECOND_LOOK if self.claimed is None else Proof.TOTAL

    def _raise_if_counts_differ(self) -> None:
        if self.claimed is None:
            return
        if len(set(self.totals)) > 1 or self.claimed != self.came:
            announced = self.totals[-1]
            raise self._incomplete(OneRosterCode.ROWS_MISSING, announced=announced, came=self.came)

    def _incomplete(self, code: OneRosterCode, **values: int) -> IncompleteRead:
        return IncompleteRead(**told(code, names=self.kind.names[0], **values))

    def _raise_unless_as_before(self) -> None:
        """A row on two pages: another may be lost, unless a second read finds just the same rows twice."""
        name = f"{self.path} {self.where}"
        order = self._order.hexdigest()
        if self.client.repeated.get(name) != order:
            self.client.repeated[name] = order
            raise self._incomplete(OneRosterCode.ROW_TWICE)


def name_of(row: Row | Broken) -> str:
    """What tells a row from every other one of its list; deleted rows stand apart from others."""
    if isinstance(row, Broken):
        return repr(bytes(row.raw) if isinstance(row.raw, msgspec.Raw) else row.raw)
    found = row.get("sourcedId")
    return f"{found}\x1f{row.is_deleted}" if isinstance(found, str) else repr((found, row.is_deleted))


def _once(rows: Sequence[Row | Broken], raws: Sequence[RawRow]) -> list[Row | Broken]:
    """The rows of a page; what stands there twice to the last byte counts once."""
    bytes_of = [bytes(each) if isinstance(each, msgspec.Raw) else repr(each).encode() for each in raws]
    return list(dict(zip(bytes_of, rows, strict=True)).values())
