"""eSchoolPLUS behind the SIS port."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from lti_app.school.bad_rows import BadRow
from lti_app.school.records import Building, Term
from lti_app.sis.eschoolplus import codecs, decoding, keys, wire
from lti_app.sis.eschoolplus.capabilities import CAPABILITIES
from lti_app.sis.eschoolplus.gradebook import EschoolGradebook
from lti_app.sis.eschoolplus.reading import FeedReading, Part, listed
from lti_app.sis.port import Feed, SisInfo


class Eschoolplus(EschoolGradebook):
    """Implements lti_app.sis.port.Sis over the assumed wire."""

    capabilities = CAPABILITIES

    def check(self) -> SisInfo:
        """Sign in and count the schools of the district: those that an administrator can match."""
        found = self._client.sign_in()
        found_here = (each for each in self.buildings() if isinstance(each, Building))
        served = [each for each in found_here if not each.out_of_district]
        return SisInfo(found.product, found.version, len(served), _moment(found.server_time))

    def buildings(self) -> list[Building | BadRow]:
        """Every building."""
        return listed(self._client, wire.BUILDINGS, codecs.building, keys.BUILDING_COLUMNS)

    def terms(self) -> list[Term | BadRow]:
        """Every marking period."""
        return listed(self._client, wire.TERMS, codecs.term, keys.TERM_COLUMNS)

    def read(self, feed: Feed, key: str = "") -> FeedReading:
        """Start reading a feed, or the rows of one record of it."""
        calls = self._one(feed, key) if key else [(call, {}) for call in CALLS[feed]]
        return FeedReading(
            [Part(self._client, call, DECODERS[feed, call], parameters) for call, parameters in calls]
        )

    def _one(self, feed: Feed, key: str) -> list[tuple[str, Mapping[str, str]]]:
        """The calls of a feed and their parameters that read one record."""
        if feed in (Feed.PEOPLE, Feed.GUARDIANS):
            found = keys.one_person(key)
            return [found] if found and found[0] in CALLS[feed] else []
        parameters = keys.one_course(key) if feed == Feed.COURSES else {"SECTION_KEY": key}
        return [(call, parameters) for call in CALLS[feed]]


DECODERS: Mapping[tuple[Feed, str], decoding.Decoder] = {
    (Feed.PEOPLE, wire.STUDENTS): codecs.student,
    (Feed.PEOPLE, wire.STAFF): codecs.staff,
    (Feed.GUARDIANS, wire.CONTACTS): codecs.contact,
    (Feed.COURSES, wire.COURSES): codecs.course,
    (Feed.SECTIONS, wire.SECTIONS): codecs.section,
    (Feed.SEATS, wire.SECTIONS): codecs.teachers,
    (Feed.SEATS, wire.ENROLLMENTS): codecs.enrollment,
}
"""Feed and call → what its rows become. Rows of SECTIONS name teachers too."""
CALLS = {feed: tuple(call for told, call in DECODERS if told == feed) for feed in Feed}


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
