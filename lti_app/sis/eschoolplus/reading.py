"""One read of the web service: a job laid down as pages, read to its end or not believed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from lti_app.sis.errors import IncompleteRead, SisUnavailable
from lti_app.sis.eschoolplus import codecs
from lti_app.sis.eschoolplus.client import EschoolClient
from lti_app.sis.eschoolplus.columns import ROW_TYPES
from lti_app.sis.pages import RawRow, plain
from lti_app.sis.rows import NotARow

Value = TypeVar("Value")

NOT_BELIEVED = "Nothing was changed from this answer; it has to be read again."


class EschoolReading:
    """One read of a feed, page after page; implements lti_app.sis.port.Reading."""

    def __init__(
        self, client: EschoolClient, call_type: str, parameters: Mapping[str, str | int] | None = None
    ) -> None:
        self._client = client
        self._job = client.start(call_type, parameters or {})
        self.claimed = self._job.rows
        self.received = 0

    def rows(self) -> Iterator[list[Any]]:
        """The rows of every page as Python values. Raises IncompleteRead as `raw_rows` does."""
        for rows in self.raw_rows():
            yield [plain(each) for each in rows]

    def raw_rows(self) -> Iterator[Sequence[RawRow]]:
        """The raw rows of every page. Raises IncompleteRead when a page comes instead of another, or when the
        answer has become another while it was read."""
        pages = self._job.pages
        for number in range(1, pages + 1):
            page, total, rows = self._client.page(self._job, number)
            if page != number:
                raise IncompleteRead(
                    f"eSchoolPLUS sent page {page} where page {number} was asked for. {NOT_BELIEVED}"
                )
            if total != pages:
                raise IncompleteRead(
                    f"eSchoolPLUS announced {pages} pages and speaks of {total} by now. {NOT_BELIEVED}"
                )
            self.received += len(rows)
            yield rows


class UnreadableRow(SisUnavailable):
    """A row of a small answer that is needed whole."""


def whole(
    client: EschoolClient,
    call_type: str,
    decode: Callable[[Any], Value],
    parameters: Mapping[str, str | int] | None = None,
) -> list[Value]:
    """Every row of a call. Raises IncompleteRead for missing rows, UnreadableRow for bad ones."""
    reading = EschoolReading(client, call_type, parameters)
    rows = [row for page in reading.raw_rows() for row in page]
    name = call_type.lower().replace("_", " ")
    if len(rows) != reading.claimed:
        raise IncompleteRead(
            f"eSchoolPLUS announced {reading.claimed} rows of {name} and sent {len(rows)}. "
            "Press Refresh data again."
        )
    if call_type in ROW_TYPES:
        return [_read(raw, call_type, decode) for raw in rows]
    try:
        return [decode(plain(row)) for row in rows]
    except codecs.BadValue as error:
        raise UnreadableRow(f"A row of {name} cannot be read: {error}") from error


def _read(raw: RawRow, call_type: str, decode: Callable[[Any], Value]) -> Value:
    name = call_type.lower().replace("_", " ")
    try:
        row = ROW_TYPES[call_type].read(raw)
    except NotARow as error:
        raise UnreadableRow(f"A row of {name} cannot be read: it is not an object.") from error
    found = decode(row)
    if row.faults:
        raise UnreadableRow(f"A row of {name} cannot be read: {row.told()}")
    return found
