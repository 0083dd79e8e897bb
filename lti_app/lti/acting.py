"""The Acting User of an installation: reading, noting a problem, clearing it."""

from __future__ import annotations

import logging

from sqlalchemy.orm import Session

from lti_app import clock
from lti_app.models import ActingUser
from lti_app.store.district import District

log = logging.getLogger(__name__)
PERMISSION_VOID = (
    "Schoology does not accept the Acting User's permission any more. "
    "Open the app as a system administrator and become the Acting User again."
)
ROLE_LOST = (
    "The Acting User is not a Schoology system administrator any more. "
    "Another system administrator must become the Acting User."
)


def acting_user(district: District) -> ActingUser | None:
    """The Acting User, with or without a problem."""
    return district.session.get(ActingUser, district.id)


def note_problem(district: District, problem: str) -> None:
    """Say why the Acting User may not write: it shows as a banner and stops jobs. The caller commits."""
    found = district.session.get(ActingUser, district.id)
    if found is not None:
        found.problem = problem
        found.checked_at = clock.now()
        log.warning("the Acting User of installation %s may not write any more", district.id)


def replace(session: Session, fresh: ActingUser) -> None:
    """Make a person the Acting User in place of the previous one. The caller commits."""
    session.merge(fresh)
