"""eSchoolPLUS behind the SIS port."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from lti_app.school.records import Building, Record, Term
from lti_app.sis.eschoolplus import codecs, wire
from lti_app.sis.eschoolplus.capabilities import CAPABILITIES
from lti_app.sis.eschoolplus.client import EschoolClient
from lti_app.sis.eschoolplus.gradebook import EschoolGradebook
from lti_app.sis.eschoolplus.reading import EschoolReading, whole
from lti_app.sis.port import Feed, SisInfo


class FeedReading(EschoolReading):
    """A read of records."""

    def __init__(self, client: EschoolClient, feed: Feed, key: str) -> None:
        super().__init__(client, wire.CALL_TYPES[feed], wire.key_parameters(feed, key))
        self._feed = feed

    def __iter__(self) -> Iterator[list[Record]]:
        for rows in self.rows():
            decoded = (codecs.decode(self._feed, row) for row in rows)
            yield [record for record in decoded if record is not None]


class Eschoolplus(EschoolGradebook):
    """Implements lti_app.sis.port.Sis over the assumed wire."""

    capabilities = CAPABILITIES
    reads_one_record = True

    def check(self) -> SisInfo:
        """Sign in and count the buildings."""
        found = self._client.sign_in()
        return SisInfo(found.product, found.version, len(self.buildings()), _moment(found.server_time))

    def buildings(self) -> list[Building]:
        """Every building."""
        return whole(self._client, wire.BUILDINGS, codecs.building)

    def terms(self) -> list[Term]:
        """Every marking period."""
        return whole(self._client, wire.TERMS, codecs.term)

    def read(self, feed: Feed, key: str = "") -> FeedReading:
        """Start reading a feed, or the rows of one record of it."""
        return FeedReading(self._client, feed, key)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
