"""One read of the web service: a job laid down as pages, read to its end or not believed.

A row that comes on a second page says that the list moved, and then another row may be lost: the read is not
believed. Where a second look finds just the same rows twice, the SIS has them twice, and the read is whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import zip_longest
from typing import TypeVar

from lti_app.school.bad_rows import BadRow
from lti_app.school.reasons import because
from lti_app.school.records import Building, Course, Person, Record, Section, Term
from lti_app.school.row_codes import RowCode
from lti_app.sis.errors import IncompleteRead, SisUnavailable
from lti_app.sis.eschoolplus import decoding
from lti_app.sis.eschoolplus.client import EschoolClient
from lti_app.sis.eschoolplus.columns import ROW_TYPES
from lti_app.sis.eschoolplus.words import EschoolCode, failed
from lti_app.sis.pages import RawRow
from lti_app.sis.port import Proof
from lti_app.sis.row_words import FaultyRow
from lti_app.sis.rows import NotARow, Row

Value = TypeVar("Value")
Listed = TypeVar("Listed", Building, Term)


class EschoolReading:
    """One read of a call, page after page."""

    def __init__(
        self, client: EschoolClient, call_type: str, parameters: Mapping[str, str | int] | None = None
    ) -> None:
        self._client = client
        self._job = client.start(call_type, parameters or {})
        self.claimed = self._job.rows
        self.received = 0

    def rows(self) -> Iterator[Sequence[RawRow]]:
        """The raw rows of every page. Raises IncompleteRead when a page comes instead of another, or when the
        answer has become another while it was read."""
        pages = self._job.pages
        for number in range(1, pages + 1):
            page, total, rows = self._client.page(self._job, number)
            if page != number:
                raise failed(IncompleteRead, EschoolCode.OTHER_PAGE, came=page, asked=number)
            if total != pages:
                raise failed(IncompleteRead, EschoolCode.OTHER_PAGES, before=pages, now=total)
            self.received += len(rows)
            yield rows

    def raise_if_short(self) -> None:
        """Raises IncompleteRead when fewer or more rows came than were announced."""
        if self.received != self.claimed:
            raise failed(IncompleteRead, EschoolCode.ROWS_MISSING, announced=self.claimed, came=self.received)


class Part:
    """One call of a feed: its records, and whether a record came on a second page."""

    def __init__(
        self,
        client: EschoolClient,
        call_type: str,
        decoder: decoding.Decoder,
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        self.reading = EschoolReading(client, call_type, parameters)
        self._client, self._decoder = client, decoder
        self._name = f"{call_type} {sorted((parameters or {}).items())}"
        self._order = blake2b(digest_size=16)
        self._moved = False

    def __iter__(self) -> Iterator[list[Record]]:
        """Pages of records."""
        seen: set[int] = set()
        for rows in self.reading.rows():
            page = [record for row in rows for record in decoding.decode(self._decoder, row)]
            names = [each.key for each in page if isinstance(each, ONCE)]
            self._order.update("\x1f".join([*names, ""]).encode())
            here = {hash(each) for each in names}
            self._moved |= not seen.isdisjoint(here)
            seen |= here
            yield page

    def raise_if_not_whole(self) -> None:
        """Raises IncompleteRead for missing rows, and for rows on two pages that were not there before."""
        self.reading.raise_if_short()
        if not self._moved:
            return
        order = self._order.hexdigest()
        if self._client.repeated.get(self._name) != order:
            self._client.repeated[self._name] = order
            raise failed(IncompleteRead, EschoolCode.ROW_TWICE)


ONCE = (Person, Course, Section)
"""Records of which one row tells all; several rows may tell of one seat."""


class FeedReading:
    """A read of a feed by one or more calls whose pages take turns; implements lti_app.sis.port.Reading."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts

    @property
    def claimed(self) -> int | None:
        """Rows that were announced."""
        return sum(each.reading.claimed for each in self._parts)

    @property
    def received(self) -> int:
        """Rows that came so far."""
        return sum(each.reading.received for each in self._parts)

    def __iter__(self) -> Iterator[list[Record]]:
        for pages in zip_longest(*self._parts):
            yield from (page for page in pages if page is not None)

    def complete(self) -> Proof | None:
        """Every announced row came, and none on two pages. Raises IncompleteRead otherwise."""
        for each in self._parts:
            each.raise_if_not_whole()
        return Proof.TOTAL


class UnreadableRow(SisUnavailable):
    """A row of a small answer that is needed whole."""


def whole(
    client: EschoolClient,
    call_type: str,
    decode: Callable[[Row], Value],
    parameters: Mapping[str, str | int] | None = None,
) -> list[Value]:
    """Every row of a call. Raises IncompleteRead for missing rows, UnreadableRow for bad ones."""
    return [_read(raw, call_type, decode) for raw in _rows(client, call_type, parameters)]


def listed(
    client: EschoolClient,
    call_type: str,
    decode: Callable[[Row], Listed],
    key_columns: Sequence[str],
) -> list[Listed | BadRow]:
    """Every row of a list of schools or terms, bad ones told. Raises IncompleteRead for missing rows."""
    return [listed_row(raw, call_type, decode, key_columns) for raw in _rows(client, call_type)]


def listed_row(
    raw: RawRow, call_type: str, decode: Callable[[Row], Listed], key_columns: Sequence[str]
) -> Listed | BadRow:
    """One row of a list of schools or terms."""
    try:
        row = ROW_TYPES[call_type].read(raw)
    except NotARow:
        return BadRow("", because(RowCode.ROW_NOT_AN_OBJECT))
    found = decode(row)
    if not row.faults or decoding.are_minor(decode, row):
        return found
    key = found.key if isinstance(found, Term) else found.sis_id
    return BadRow("" if any(row.is_faulty(each) for each in key_columns) else key, row.told())


def _rows(
    client: EschoolClient, call_type: str, parameters: Mapping[str, str | int] | None = None
) -> list[RawRow]:
    reading = EschoolReading(client, call_type, parameters)
    rows = [row for page in reading.rows() for row in page]
    name = call_type.lower().replace("_", " ")
    if len(rows) != reading.claimed:
        raise failed(
            IncompleteRead,
            EschoolCode.ROWS_OF_MISSING,
            announced=reading.claimed,
            name=name,
            came=len(rows),
        )
    return rows


def _read(raw: RawRow, call_type: str, decode: Callable[[Row], Value]) -> Value:
    name = call_type.lower().replace("_", " ")
    try:
        row = ROW_TYPES[call_type].read(raw)
    except NotARow as error:
        raise failed(
            UnreadableRow,
            EschoolCode.ROW_UNREADABLE,
            name=name,
            words=FaultyRow((), because(RowCode.ROW_NOT_AN_OBJECT)),
        ) from error
    found = decode(row)
    if row.faults and not decoding.are_minor(decode, row):
        raise failed(UnreadableRow, EschoolCode.ROW_UNREADABLE, name=name, words=row.faulty())
    return found
