"""A OneRoster server behind the SIS port."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from lti_app.school.bad_rows import BadRow
from lti_app.school.records import Building, Term
from lti_app.sis.errors import Service
from lti_app.sis.oneroster.capabilities import CAPABILITIES
from lti_app.sis.oneroster.client import ORGS, Client
from lti_app.sis.oneroster.errors import Missing, NotUnderstood
from lti_app.sis.oneroster.gradebook import OneRosterGradebook
from lti_app.sis.oneroster.roster import Roster
from lti_app.sis.port import Feed, Reading, SisInfo


class OneRoster(OneRosterGradebook):
    """Implements lti_app.sis.port.Sis."""

    def __init__(self, client: Client) -> None:
        super().__init__(client, Roster(client))
        self.capabilities = CAPABILITIES.measured(client.profile.measured())

    def check(self) -> SisInfo:
        """Sign in, find out where the server has its lists, and count the schools."""
        found = self.buildings()
        return SisInfo(
            CAPABILITIES.product,
            self.client.base.version,
            sum(isinstance(each, Building) for each in found),
            self._server_time(),
            self._measured(),
        )

    def _measured(self) -> dict[str, Any]:
        """What pages must know without a call: the facts of the vendor, and whether lists tell a total."""
        return {**self.client.profile.measured(), "totals": self._tells_totals}

    def _server_time(self) -> datetime | None:
        try:
            answer = self.client.list(Service.ROSTER, "orgs", ORGS, {"limit": 1})
        except (Missing, NotUnderstood):
            return None
        self._tells_totals = answer.total is not None
        try:
            return parsedate_to_datetime(answer.date).astimezone(UTC)
        except (TypeError, ValueError, OverflowError, IndexError):
            return None

    _tells_totals = False

    def buildings(self) -> list[Building | BadRow]:
        """Every school that the client may see."""
        return self.roster.buildings()

    def terms(self) -> list[Term | BadRow]:
        """Every session of the years that the server shows."""
        return self.roster.terms()

    def read(self, feed: Feed, key: str = "") -> Reading:
        """Start reading a feed, or the rows of one record of it."""
        return self.roster.read(feed, key)
