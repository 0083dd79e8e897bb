"""One object by its id, read as a list of one or none.

Some servers have no such address, and some web servers refuse ids with marks in one. So an object is gone
only when the filtered list has not got it either; every row that comes is checked against the id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lti_app.sis.errors import SisError, SisUnavailable
from lti_app.sis.oneroster.client import Client
from lti_app.sis.oneroster.errors import Missing, NotUnderstood
from lti_app.sis.oneroster.lists import equals
from lti_app.sis.oneroster.paging import Broken, Listing, ListOf
from lti_app.sis.oneroster.rows import Row
from lti_app.sis.oneroster.words import OneRosterCode, told
from lti_app.sis.port import Proof
from lti_app.sis.rows import NotARow


@dataclass
class One:
    """A read of one object; `raise_unless_empty` is told of a 404 that may mean a wrong address."""

    client: Client
    kind: ListOf
    path: str
    key: str
    raise_unless_empty: Callable[[ListOf, SisError], None]
    came: int = 0
    _list: Listing | None = None

    @property
    def claimed(self) -> int | None:
        """What came: one or none."""
        return self.came

    def __iter__(self) -> Iterator[list[Row | Broken]]:
        try:
            raw = self.client.one(self.kind.service, self.path, self.key, self.kind.names[::-1])
            found = self.kind.rows.read(raw)
        except (Missing, NotUnderstood) as error:
            self.raise_unless_empty(self.kind, error)
            yield from self._filtered()
            return
        except NotARow as error:
            raise SisUnavailable(**told(OneRosterCode.NOT_AN_OBJECT)) from error
        if found.text("sourcedId") == self.key:
            self.came = 1
            yield [found]

    def _filtered(self) -> Iterator[list[Row | Broken]]:
        listing = self._list = Listing(self.client, self.kind, self.path, equals("sourcedId", self.key))
        try:
            for page in listing:
                own = [row for row in page if isinstance(row, Row) and row.text("sourcedId") == self.key]
                self.came += len(own)
                if own:
                    yield list(own)
        except Missing as error:
            self.raise_unless_empty(self.kind, error)

    def complete(self) -> Proof:
        """An object by its id is whole; a list that stood in for it by its own proof."""
        return Proof.TOTAL if self._list is None else self._list.complete()
