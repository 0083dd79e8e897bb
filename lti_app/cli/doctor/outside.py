"""The checks of doctor that call other systems: both connections of a district, and the clocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import requests
from flask import current_app

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import ActingUser, Installation, SisConnection
from lti_app.operations.service import LARGEST_SKEW
from lti_app.outbound.errors import OutboundError, Refused
from lti_app.setup.connection_entry import is_complete
from lti_app.sis.errors import SisError
from lti_app.vault import VaultError

Finding = tuple[bool, str, str]
"""Whether the check passed, what was checked, and the fix."""
SET_THE_CLOCK = "set this machine's clock (NTP); launches and signatures are refused when it's off"


def connections(row: Installation) -> list[Finding]:
    """Ask Schoology as the Acting User, and sign in to the SIS."""
    findings = []
    acting_user = db.session.get(ActingUser, row.id)
    if acting_user is not None:
        findings.append(_schoology(row, acting_user))
    connection = db.session.get(SisConnection, row.id)
    if connection is not None and is_complete(connection):
        findings += _sis(row, connection)
    return findings


def _schoology(row: Installation, acting_user: ActingUser) -> Finding:
    what = f"{row.name}: Schoology answers the Acting User"
    try:
        me = current_app.extensions["wiring"].schoology(row, acting_user).me()
    except Refused:
        return (
            False,
            what,
            "the permission is no longer valid: open the app and select Make me the Acting User",
        )
    except (OutboundError, VaultError) as error:
        return False, what, str(error)
    return me.is_system_admin, what, "the Acting User isn't a system administrator anymore"


def _sis(row: Installation, connection: SisConnection) -> list[Finding]:
    what = f"{row.name}: the SIS answers"
    try:
        info = current_app.extensions["wiring"].sis(connection).check()
    except (SisError, VaultError) as error:
        return [(False, what, str(error))]
    findings = [(True, f"{what} ({info.product} {info.version})", "")]
    if info.server_time is not None:
        findings.append(_skew(f"{row.name}: the clock of the SIS agrees", info.server_time))
    return findings


def schoology_clock() -> list[Finding]:
    """Compare our clock with the date of Schoology's answer, whatever the answer is."""
    what = "clock agrees with Schoology's"
    url = current_app.extensions["wiring"].settings.schoology_api_url
    try:
        answer = requests.get(url, timeout=10, allow_redirects=False, stream=True)
    except requests.RequestException as error:
        return [(False, what, f"{url} can't be reached ({type(error).__name__}): check the network")]
    said = answer.headers.get("Date", "")
    try:
        return [_skew(what, parsedate_to_datetime(said))]
    except ValueError:
        return [(False, what, f"the answer had no time; {SET_THE_CLOCK}")]


def _skew(what: str, theirs: datetime) -> Finding:
    off = abs(clock.now() - theirs) if theirs.tzinfo else timedelta()
    return off <= LARGEST_SKEW, what, f"it's off by {off.total_seconds():.0f} seconds; {SET_THE_CLOCK}"
