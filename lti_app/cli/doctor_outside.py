"""The part of the doctor that asks the systems outside: both connections of a district, and the clocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import requests
from flask import current_app

from lti_app import clock
from lti_app.extensions import db
from lti_app.models import ActingUser, Installation, SisConnection
from lti_app.outbound.errors import OutboundError, Refused
from lti_app.setup.connection_entry import is_complete
from lti_app.sis.errors import SisError
from lti_app.vault import VaultError

Finding = tuple[bool, str, str]
"""Whether it is well, what was looked at, and the remedy."""
LARGEST_SKEW = timedelta(seconds=60)
"""Launches (reference: iat and exp) and OAuth 1.0a time stamps bear about as much."""
SET_THE_CLOCK = "set this machine's clock (NTP): launches and signatures are refused when it is off"


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
        return False, what, "the permission is void: become the Acting User again"
    except (OutboundError, VaultError) as error:
        return False, what, str(error)
    return me.is_system_admin, what, "the Acting User is no system administrator any more"


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
    """Compare our clock with that of Schoology's answer, whatever it answers."""
    what = "clock agrees with Schoology's"
    url = current_app.extensions["wiring"].settings.schoology_api_url
    try:
        answer = requests.get(url, timeout=10, allow_redirects=False)
    except requests.RequestException as error:
        return [(False, what, f"{url} cannot be reached ({type(error).__name__}): look at the network")]
    said = answer.headers.get("Date", "")
    try:
        return [_skew(what, parsedate_to_datetime(said))]
    except ValueError:
        return [(False, what, f"its answer told no time; {SET_THE_CLOCK}")]


def _skew(what: str, theirs: datetime) -> Finding:
    off = abs(clock.now() - theirs) if theirs.tzinfo else timedelta()
    return off <= LARGEST_SKEW, what, f"it is off by {off.total_seconds():.0f} seconds; {SET_THE_CLOCK}"
