"""What the tabs ask of the two systems while a person waits, with failures in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from flask import current_app

from lti_app.extensions import db
from lti_app.lti import acting
from lti_app.models import Installation, SisConnection
from lti_app.outbound.errors import OutboundError
from lti_app.runs.words import sentence
from lti_app.schoology.port import Schoology
from lti_app.setup import connection
from lti_app.setup.connection_entry import is_complete
from lti_app.sis.errors import SisError
from lti_app.sis.port import Sis
from lti_app.vault import VaultError
from lti_app.web.access import own_district
from lti_app.web.shared.tab import Message

NO_CREDENTIALS: Message = (
    "warning",
    "The SIS isn’t connected yet. Enter its credentials on the Configuration tab first.",
)
NO_ACTING_USER: Message = (
    "warning",
    "No Acting User is set. Set one on the Configuration tab first.",
)


def sis(of: SisConnection) -> Sis:
    """The SIS behind a connection. Raises VaultError or SisError when it cannot be set up."""
    return cast(Sis, current_app.extensions["wiring"].sis(of))


def ask_sis(ask: Callable[[Sis], Message]) -> Message:
    """Ask the SIS of this installation; a failure is said in words and changes nothing."""
    stored = connection.read(own_district())
    if not is_complete(stored):
        return NO_CREDENTIALS
    try:
        return ask(sis(stored))
    except (SisError, VaultError) as error:
        db.session.rollback()
        return ("danger", f"The SIS data couldn’t be refreshed, so the previous data is kept. {error}")


def ask_schoology(ask: Callable[[Schoology], Message]) -> Message:
    """Ask Schoology as the Acting User of this installation; a failure is said in words."""
    district = own_district()
    acting_user = acting.acting_user(district)
    if acting_user is None or acting_user.problem:
        return NO_ACTING_USER if acting_user is None else ("warning", sentence(acting_user.problem))
    installation = db.session.get_one(Installation, district.id)
    try:
        return ask(current_app.extensions["wiring"].schoology(installation, acting_user))
    except (OutboundError, VaultError) as error:
        db.session.rollback()
        return ("danger", f"Schoology didn’t complete the request, so the previous data is kept. {error}")
