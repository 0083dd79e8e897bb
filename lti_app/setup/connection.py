"""The eSchoolPLUS connection of an installation: read, saved, tested, its first read confirmed."""

from __future__ import annotations

from dataclasses import dataclass

from lti_app import clock
from lti_app.models import SisConnection
from lti_app.outbound.errors import ToDo
from lti_app.sis.errors import SisError, SisNotRecognized
from lti_app.sis.port import Sis, SisInfo
from lti_app.store import audit
from lti_app.store.audit import Who
from lti_app.store.district import District


@dataclass(frozen=True)
class Credentials:
    """What the Configuration tab asks for. `sealed_password` is ciphertext; empty keeps the stored one."""

    domain: str
    site_code: str
    login_name: str
    sealed_password: str = ""


def read(district: District) -> SisConnection:
    """The stored connection, or a blank one that is not stored."""
    return district.session.get(SisConnection, district.id) or blank(district.id)


def blank(installation_id: int) -> SisConnection:
    """A connection without credentials, outside of any session."""
    return SisConnection(
        installation_id=installation_id,
        adapter="eschoolplus",
        domain="",
        site_code="",
        login_name="",
        password="",
        product="",
        version="",
        capabilities={},
        problem="",
        preview_confirmed_by="",
    )


def trial(stored: SisConnection, wanted: Credentials) -> SisConnection:
    """A connection with these credentials for one test; it is never stored."""
    attempt = blank(stored.installation_id)
    attempt.adapter = stored.adapter
    attempt.domain, attempt.site_code = wanted.domain, wanted.site_code
    attempt.login_name = wanted.login_name
    attempt.password = wanted.sealed_password or stored.password
    return attempt


def leads_elsewhere(stored: SisConnection, domain: str, site_code: str) -> bool:
    """Whether a kept password would go to another server than the one it was typed for."""
    return bool(stored.password) and (stored.domain, stored.site_code) != (domain, site_code)


def differs(stored: SisConnection, wanted: Credentials) -> bool:
    """Whether anything typed is not what is stored."""
    kept = (stored.domain, stored.site_code, stored.login_name)
    return bool(wanted.sealed_password) or kept != (wanted.domain, wanted.site_code, wanted.login_name)


def save(district: District, wanted: Credentials, who: Who) -> None:
    """Store credentials. What an earlier test found no longer counts; another server needs a new first read.

    The caller commits.
    """
    row = district.session.get(SisConnection, district.id)
    if row is None:
        row = blank(district.id)
        district.session.add(row)
    if not differs(row, wanted):
        return
    if leads_elsewhere(row, wanted.domain, wanted.site_code):
        row.preview_confirmed_at, row.preview_confirmed_by = None, ""
        row.grades_confirmed_at, row.grades_confirmed_by = None, ""
    audit.record(district, who, "SIS domain", old=row.domain, new=wanted.domain)
    audit.record(district, who, "SIS site code", old=row.site_code, new=wanted.site_code)
    audit.record(district, who, "SIS login name", old=row.login_name, new=wanted.login_name)
    row.domain, row.site_code, row.login_name = wanted.domain, wanted.site_code, wanted.login_name
    if wanted.sealed_password:
        audit.record(district, who, "SIS password", new=audit.CHANGED)
        row.password = wanted.sealed_password
    row.product, row.version, row.capabilities = "", "", {}
    row.checked_at, row.problem = None, ""


def note_success(district: District, info: SisInfo) -> None:
    """Keep what a test of the stored credentials found. The caller commits."""
    row = district.session.get_one(SisConnection, district.id)
    row.product, row.version = info.product, info.version
    row.capabilities = dict(info.measured)
    row.checked_at, row.problem = clock.now(), ""


def note_problem(district: District, error: SisError) -> None:
    """Keep why the stored settings do not work; an outage says nothing about them. The caller commits."""
    row = district.session.get(SisConnection, district.id)
    passes = error.to_do is ToDo.WAIT and not isinstance(error, SisNotRecognized)
    if row is None or passes:
        return
    row.checked_at, row.problem = clock.now(), str(error)


def check(district: District, sis: Sis) -> SisInfo:
    """Test the stored connection and keep the result; commits. Raises SisError."""
    district.session.commit()
    try:
        info = sis.check()
    except SisError as error:
        note_problem(district, error)
        district.session.commit()
        raise
    note_success(district, info)
    district.session.commit()
    return info


def confirm_first_read(district: District, who: Who) -> None:
    """Note that a person looked at what was read and found it right. The caller commits."""
    row = district.session.get_one(SisConnection, district.id)
    row.preview_confirmed_at, row.preview_confirmed_by = clock.now(), who.name
    audit.record(district, who, "First read", new="confirmed")
