"""Launches that a page has offered and the app has yet to ask for."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass
from typing import Final

from lti_app.sandbox.schoology.lti.claims import LaunchPerson, LaunchPlace

_SECONDS: Final = 8 * 3600  # a page with the frame may stay open for a school day
_LIMIT: Final = 5000


@dataclass(frozen=True)
class PendingLaunch:
    """What a page promised when it wrote the launch address."""

    person: LaunchPerson
    place: LaunchPlace
    deployment_id: str
    message_hint: str
    expires: float


class WaitingLaunches:
    """Pending launches by login hint; the oldest give way when there are too many."""

    def __init__(self) -> None:
        self._launches: dict[str, PendingLaunch] = {}
        self._lock = threading.Lock()

    def add(
        self, person: LaunchPerson, place: LaunchPlace, deployment_id: str, now: float
    ) -> tuple[str, str]:
        """Remember a launch; its login hint and message hint."""
        login_hint, message_hint = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        with self._lock:
            while len(self._launches) >= _LIMIT:
                del self._launches[next(iter(self._launches))]
            self._launches[login_hint] = PendingLaunch(
                person, place, deployment_id, message_hint, now + _SECONDS
            )
        return login_hint, message_hint

    def get(self, login_hint: str, now: float) -> PendingLaunch | None:
        """The launch of a hint until it expires. Not used up: a reloaded frame asks again."""
        with self._lock:
            launch = self._launches.get(login_hint)
        return launch if launch and launch.expires > now else None
