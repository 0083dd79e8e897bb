"""eSchoolPLUS behind the SIS port."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

from lti_app.school.records import Building, Record, Term
from lti_app.sis.errors import IncompleteRead, SisUnavailable
from lti_app.sis.eschoolplus import codecs, wire
from lti_app.sis.eschoolplus.client import EschoolClient
from lti_app.sis.port import Feed, SisInfo

Value = TypeVar("Value")


class EschoolReading:
    """One read of a feed, page after page; implements lti_app.sis.port.Reading."""

    def __init__(
        self, client: EschoolClient, call_type: str, parameters: Mapping[str, str] | None = None
    ) -> None:
        self._client = client
        self._job = client.start(call_type, parameters or {})
        self.claimed = self._job.rows
        self.received = 0

    def rows(self) -> Iterator[list[dict[str, Any]]]:
        """The raw rows of every page. Raises IncompleteRead when a page comes instead of another."""
        for number in range(1, self._job.pages + 1):
            page, rows = self._client.page(self._job, number)
            if page != number:
                raise IncompleteRead(
                    f"eSchoolPLUS sent page {page} where page {number} was asked for. "
                    "Nothing was changed from this answer; the next sync reads again."
                )
            self.received += len(rows)
            yield rows


class FeedReading(EschoolReading):
    """A read of records."""

    def __init__(self, client: EschoolClient, feed: Feed, key: str) -> None:
        super().__init__(client, wire.CALL_TYPES[feed], wire.key_parameters(feed, key))
        self._feed = feed

    def __iter__(self) -> Iterator[list[Record]]:
        for rows in self.rows():
            decoded = (codecs.decode(self._feed, row) for row in rows)
            yield [record for record in decoded if record is not None]


class Eschoolplus:
    """Implements lti_app.sis.port.Sis over the assumed wire."""

    def __init__(self, client: EschoolClient) -> None:
        self._client = client

    def check(self) -> SisInfo:
        """Sign in and count the buildings."""
        found = self._client.sign_in()
        return SisInfo(found.product, found.version, len(self.buildings()), _moment(found.server_time))

    def buildings(self) -> list[Building]:
        """Every building."""
        return self._whole(wire.BUILDINGS, codecs.building)

    def terms(self) -> list[Term]:
        """Every marking period."""
        return self._whole(wire.TERMS, codecs.term)

    def read(self, feed: Feed, key: str = "") -> FeedReading:
        """Start reading a feed, or the rows of one record of it."""
        return FeedReading(self._client, feed, key)

    def _whole(self, call_type: str, decode: Callable[[dict[str, Any]], Value]) -> list[Value]:
        reading = EschoolReading(self._client, call_type)
        rows = [row for page in reading.rows() for row in page]
        if len(rows) != reading.claimed:
            raise IncompleteRead(
                f"eSchoolPLUS announced {reading.claimed} rows of {call_type.lower()} and sent {len(rows)}. "
                "Press Refresh data again."
            )
        try:
            return [decode(row) for row in rows]
        except codecs.BadValue as error:
            raise SisUnavailable(f"A row of {call_type.lower()} cannot be read: {error}") from error


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
