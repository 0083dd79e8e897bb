"""On, off, a new secret, and whether Schoology confirms: the target and subscriptions of an installation.

What is to hold stands in the database before Schoology is asked, so that whatever breaks off is found again:
a target by its address, which no one else can know, and one that is to go in the list of leftovers.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.grades.live.last_seen import OVERLAP
from lti_app.grades.rows import live
from lti_app.models import LiveSection, LiveSync, SyncOptions
from lti_app.outbound.errors import OutboundError
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import NO_REASON, because
from lti_app.schoology.port import SchoologyTriggers
from lti_app.store.district import District

SUBSCRIPTIONS = ("grade_item", "grades")
DESCRIPTION = "SIS integration: live sync of grades"
PATH = "/events/"


@dataclass(frozen=True)
class Registrar:
    """What it takes: the row's session, Schoology, how secrets are sealed, and where the app is reached."""

    session: Session
    installation_id: int
    schoology: SchoologyTriggers
    seal: Callable[[str], str]
    open: Callable[[str], str]
    public_url: str

    @property
    def district(self) -> District:
        """Whose registration it is."""
        return District(self.session, self.installation_id)

    def turn_on(self) -> None:
        """Register and begin. Raises OutboundError with nothing turned on. Commits."""
        row = live.live_sync(self.district)
        if not row.secret_hash:
            self._new_secret(row)
            self.session.commit()
        self.confirm()
        live.lock(self.district)
        row.since = int(clock.now().timestamp()) - OVERLAP
        row.turned_on_at = clock.now()
        self._options().live_grades = True
        self.session.commit()

    def confirm(self) -> None:
        """Register what is missing and have Schoology confirm it. Raises OutboundError. Commits.

        Subscribing once more is the only way to learn whether something is subscribed.
        """
        row = live.live_sync(self.district)
        url = self._url(row)
        if row.target_id and not self.schoology.move_target(row.target_id, url):
            row.target_id = ""
        if not row.target_id:
            known = [each.id for each in self.schoology.targets() if each.url == url]
            row.target_id = known[0] if known else self.schoology.add_target(url, DESCRIPTION)
        row.former_hash = ""
        self.session.commit()
        refused = self.schoology.subscribe(row.target_id, SUBSCRIPTIONS, True)
        row.checked_at, row.confirmed = clock.now(), not refused
        row.problem = because(Code.SUBSCRIPTION_REFUSED, words=refused[0]) if refused else NO_REASON
        self.session.commit()
        self._sweep_leftovers(row)

    def rotate(self) -> None:
        """A new secret; the old address is good for nothing once Schoology has the new one. Commits.

        Raises OutboundError with both addresses answering; pressing again goes on.
        """
        row = live.live_sync(self.district)
        if not row.former_hash:
            row.former_hash = row.secret_hash
            self._new_secret(row)
            self.session.commit()
        self.confirm()

    def _url(self, row: LiveSync) -> str:
        return f"{self.public_url}{PATH}{self.open(row.secret)}"

    def _new_secret(self, row: LiveSync) -> None:
        secret = secrets.token_urlsafe(32)
        row.secret, row.secret_hash = self.seal(secret), live.hashed(secret)

    def _options(self) -> SyncOptions:
        row = self.session.get(SyncOptions, self.installation_id)
        if row is None:
            row = SyncOptions(installation_id=self.installation_id)
            self.session.add(row)
        return row

    def _sweep_leftovers(self, row: LiveSync) -> None:
        """Remove targets of before that Schoology still has."""
        for target_id in list(row.leftovers):
            self.schoology.remove_target(target_id)
            row.leftovers = [each for each in row.leftovers if each != target_id]
            self.session.commit()


def turn_off(district: District) -> None:
    """Nothing goes by itself from this moment, and events are refused. In the caller's transaction.

    Schoology is told by `leave`, now or later.
    """
    live.lock(district)
    options = district.session.get(SyncOptions, district.id, populate_existing=True)
    if options is not None:
        options.live_grades = False
    row = live.live_sync(district)
    row.leftovers = [*row.leftovers, *([row.target_id] if row.target_id else [])]
    row.secret = row.secret_hash = row.former_hash = row.target_id = ""
    row.confirmed, row.problem, row.turned_on_at, row.previewed_at = False, NO_REASON, None, None
    _forget_decisions(district)


def _forget_decisions(district: District) -> None:
    """What waited, was held or approved: turned on again, everything is looked at and shown again."""
    district.session.execute(
        district.update(LiveSection)
        .values(
            begun=False, backlog={}, held={}, refused={}, far="", compared_at=None, owed=False, why=NO_REASON
        )
        .execution_options(synchronize_session="fetch")
    )


def leave(district: District, schoology: SchoologyTriggers) -> bool:
    """End the subscriptions and remove the targets; False when Schoology does not answer. Commits."""
    row = live.live_sync(district)
    try:
        for target_id in list(row.leftovers):
            schoology.subscribe(target_id, SUBSCRIPTIONS, False)
            schoology.remove_target(target_id)
            row.leftovers = [each for each in row.leftovers if each != target_id]
            district.session.commit()
    except OutboundError:
        district.session.rollback()
        return False
    return True
