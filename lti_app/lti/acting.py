"""The Acting User of an installation: reading, noting a problem, clearing it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from zoneinfo import available_timezones

from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.lti.claims import uid_of
from lti_app.models import ActingUser, Installation, LaunchSession
from lti_app.school.reason_codes import Code
from lti_app.school.reasons import Reason, because
from lti_app.store import audit
from lti_app.store.district import District

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Schoology:
    """Who the audit names for what was changed there."""

    uid: str = ""
    name: str = "Schoology"


def acting_user(district: District) -> ActingUser | None:
    """The Acting User, with or without a problem."""
    return district.session.get(ActingUser, district.id)


def note_problem(district: District, problem: Reason) -> None:
    """Say why the Acting User may not write: it shows as a banner and stops jobs. The caller commits."""
    found = district.session.get(ActingUser, district.id)
    if found is not None:
        found.problem = problem
        found.checked_at = clock.now()
        log.warning("the Acting User of installation %s may no longer write", district.id)


def problem_of(district: District, found: ActingUser, code: Code) -> Reason:
    """Who it was and since when it is known, for the banner and the log."""
    zone = district.session.get_one(Installation, district.id).time_zone
    return because(code, name=found.name, at=clock.now(), zone=zone)


def is_acting(found: LaunchSession, acting_user: ActingUser) -> bool:
    """Whether a launch is the Acting User's own: by its sub, which no one can configure.

    For an Acting User from before their sub was kept, the uid at the beginning of a sub counts.
    """
    if acting_user.subject:
        return acting_user.subject == found.subject
    return bool(acting_user.uid) and uid_of(found.subject) == acting_user.uid


ZONE = "Time zone of the Acting User’s Schoology account"


def note_zone(district: District, found: ActingUser, zone: str) -> None:
    """Keep the time zone that Schoology names now: the API writes due dates in it. The caller commits.

    One that Schoology doesn't name, or that is none, changes nothing.
    """
    if zone in available_timezones() and zone != found.time_zone:
        audit.record(district, Schoology(), ZONE, old=found.time_zone, new=zone)
        found.time_zone = zone


def replace(session: Session, fresh: ActingUser) -> None:
    """Make a person the Acting User in place of the previous one. The caller commits."""
    session.merge(fresh)
