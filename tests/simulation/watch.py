"""Whether the app's health names what does not move, within two minutes."""

from __future__ import annotations

from typing import Any

from lti_app import release
from lti_app.operations import health, service
from lti_app.operations.service import Service
from lti_app.store.district import District
from lti_app.vault import Vault
from tests.simulation.database import Database
from tests.simulation.desk import Desk
from tests.simulation.outside import Outside

SILENCE = 150.0
"""Seconds: two minutes, and one tick in which it may be noticed."""


class Watch:
    """Looks at the world every half minute."""

    def __init__(self, database: Database, outside: Outside, desk: Desk, vault: Vault) -> None:
        self._database, self._outside, self._desk = database, outside, desk
        self._service = Service(vault, str(release.folder("migrations")), distributed=False)
        self._seen: Any = None
        self._since = 0.0

    def look(self) -> str:
        """What is wrong: nothing moves for so long, though a job is due, and no one says so."""
        now = self._database.baton.now
        active = self._database.ask(
            "SELECT id, state, resume_at, phase, done, owner FROM job WHERE state IN ('queued', 'running')"
        )
        due = [each for each in active if each[1] == "running" or not each[2]]
        seen = (self._outside.calls, active)
        if seen != self._seen or not due:
            self._seen, self._since = seen, now
            return ""
        if now - self._since < SILENCE or self._says_something():
            return ""
        return "silent: nothing has moved for two minutes, and neither readyz nor an alert says so"

    def _says_something(self) -> bool:
        with self._desk.session() as session:
            wrong = [each for each in service.checks(session, self._service) if not each.fine]
            return bool(wrong or service.stalled(session) or health.conditions(District(session, 1)))
