"""The assumed wire of eSchoolPLUS, profile `assumed-1`: every path, key and code of docs/eschoolplus-wire.md.

UNVERIFIED: the vendor publishes no description of this interface. Nothing else in the app spells it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from lti_app.sis.port import Feed

PROFILE = "assumed-1"
APPLICATION_ID = "schoology"
TOKEN_HEADER = "X-Session-Token"  # noqa: S105 - a header's name
PER_PAGE = 500

SESSION = "session"
CALLS = "calls"

CALL_TYPES = {
    Feed.STUDENTS: "STUDENTS",
    Feed.STAFF: "STAFF",
    Feed.CONTACTS: "CONTACTS",
    Feed.COURSES: "COURSES",
    Feed.SECTIONS: "SECTIONS",
    Feed.ENROLLMENTS: "ENROLLMENTS",
}
BUILDINGS = "BUILDINGS"
TERMS = "TERMS"

AUTH_FAILED = "AUTH_FAILED"
NOT_LICENSED = "NOT_LICENSED"
SITE_UNKNOWN = "SITE_UNKNOWN"
TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105 - an error code
JOB_UNKNOWN = "JOB_UNKNOWN"
THROTTLED = "THROTTLED"


def base_url(domain: str, site_code: str) -> str:
    """The address of the service; a domain without a scheme means https."""
    root = domain.strip().rstrip("/")
    if "://" not in root:
        root = f"https://{root}"
    return f"{root}/schoology/v1/{quote(site_code.strip(), safe='')}"


def sign_in_body(login_name: str, password: str) -> dict[str, str]:
    """What the sign-in takes."""
    return {"applicationId": APPLICATION_ID, "loginName": login_name, "password": password}


def call_body(call_type: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """What starts a read."""
    return {"callType": call_type, "perPage": PER_PAGE, "parameters": dict(parameters)}


def key_parameters(feed: Feed, key: str) -> dict[str, str]:
    """The parameters that narrow a feed to one record; none for an empty key."""
    if not key:
        return {}
    if feed == Feed.COURSES:
        building, _, course = key.partition("|")
        return {"BUILDING": building, "COURSE": course}
    column = {Feed.STUDENTS: "STUDENT_ID", Feed.STAFF: "STAFF_ID", Feed.CONTACTS: "CONTACT_ID"}
    return {column.get(feed, "SECTION_KEY"): key}


def page_path(job_id: str, page: int) -> str:
    """Where one page of a read lies, from 1."""
    return f"{CALLS}/{job_id}/pages/{page}"


def error_code(body: Any) -> str:
    """The code of a refusal, or empty text."""
    error = body.get("error") if isinstance(body, dict) else None
    return str(error.get("code") or "") if isinstance(error, dict) else ""
