"""Where a OneRoster server has its services, from what an administrator pastes.

The base may come with or without its last parts; nothing is ever derived for the token address.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from lti_app.sis.errors import SisConfigError
from lti_app.sis.oneroster.words import OneRosterCode, told

ROOT = re.compile(r"^(?P<host>.*?)(/ims/oneroster(?P<rest>/.*)?)?$", re.IGNORECASE)
LAST = re.compile(r"/(v1p[12])$", re.IGNORECASE)
VERSIONS = {"v1p1": "1.1", "v1p2": "1.2"}
COLLECTIONS = re.compile(
    r"/(orgs|schools|users|classes|courses|enrollments|academicSessions)/?$", re.IGNORECASE
)


@dataclass(frozen=True)
class Base:
    """One way to reach a server: rosters, gradebook, and the version that is spoken there."""

    roster: str
    gradebook: str
    version: str


def with_scheme(address: str, what: str) -> str:
    """An address without its last slash; one without a scheme means https.

    Raises SisConfigError for http to another machine: secrets and children's data would travel readable.
    """
    found = address.strip().rstrip("/")
    if "://" not in found:
        found = f"https://{found}"
    parts = urlsplit(found)
    if parts.scheme.lower() == "http" and not _is_near(parts.hostname or ""):
        raise SisConfigError(**told(OneRosterCode.NOT_HTTPS, what=what))
    return found


def _is_near(host: str) -> bool:
    """Whether a host is this machine or stands in a private network."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or "." not in host or host.endswith((".local", ".internal", ".test"))
    return address.is_loopback or address.is_private


def bases(typed: str, gradebook: str, version: str) -> list[Base]:
    """The bases to try in turn; exactly one where the address names its version.

    `version` is 1.1, 1.2 or auto. Raises SisConfigError.
    """
    address = COLLECTIONS.sub("", with_scheme(typed, "base address"))
    own = with_scheme(gradebook, "gradebook address") if gradebook.strip() else ""
    last = LAST.search(address)
    if last is not None:
        spoken = VERSIONS[last[1].lower()] if version == "auto" else version
        return [_base(address, own, spoken)]
    wanted = ("1.2", "1.1") if version == "auto" else (version,)
    return [_base(each, own, spoken) for spoken in wanted for each in _candidates(address, spoken)]


def _candidates(address: str, version: str) -> list[str]:
    """The places under an address at which a version is met, the standard's own first."""
    part = "v1p1" if version == "1.1" else "v1p2"
    found = ROOT.fullmatch(address)
    rest = (found["rest"] or "") if found else ""
    lower = address.lower()
    if lower.endswith("/rostering"):
        return [f"{address}/{part}"]
    if "/ims/oneroster" in lower and rest:
        return [f"{address}/{part}", address]
    root = address if "/ims/oneroster" in lower else f"{address}/ims/oneroster"
    two = [f"{root}/{part}", f"{root}/rostering/{part}"]
    return [*(two if version == "1.1" else reversed(two)), address]


def _base(roster: str, gradebook: str, version: str) -> Base:
    derived = re.sub(r"/rostering(?=/v1p[12]$)", "/gradebook", roster, flags=re.IGNORECASE)
    return Base(roster, gradebook or derived, version)


def encoded(sourced_id: str) -> str:
    """An id as one part of a path, with nothing left as it is."""
    return quote(sourced_id, safe="")
