"""The assumed wire of eSchoolPLUS, profile `assumed-1`: every path, key and code of docs/eschoolplus-wire.md.

UNVERIFIED: the vendor publishes no description of this interface. Nothing else in the app spells it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from lti_app.school.gradebook import AssignmentRef

PROFILE = "assumed-1"
APPLICATION_ID = "schoology"
TOKEN_HEADER = "X-Session-Token"  # noqa: S105 - a header's name
PER_PAGE = 500

SESSION = "session"
CALLS = "calls"

STUDENTS = "STUDENTS"
STAFF = "STAFF"
CONTACTS = "CONTACTS"
COURSES = "COURSES"
SECTIONS = "SECTIONS"
ENROLLMENTS = "ENROLLMENTS"
ROWS = "rows"
"""Where the rows of a page stand."""
BUILDINGS = "BUILDINGS"
TERMS = "TERMS"

AUTH_FAILED = "AUTH_FAILED"
NOT_LICENSED = "NOT_LICENSED"
SITE_UNKNOWN = "SITE_UNKNOWN"
TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105 - an error code
JOB_UNKNOWN = "JOB_UNKNOWN"
THROTTLED = "THROTTLED"
SECTION_UNKNOWN = "SECTION_UNKNOWN"
ASSIGNMENT_UNKNOWN = "ASSIGNMENT_UNKNOWN"

GRADEBOOK_SETTINGS = "GRADEBOOK_SETTINGS"
ASSIGNMENTS = "ASSIGNMENTS"
SCORES = "SCORES"
AVERAGES = "AVERAGES"


def base_url(domain: str, site_code: str) -> str:
    """The address of the service; a domain without a scheme means https."""
    root = domain.strip().rstrip("/")
    if "://" not in root:
        root = f"https://{root}"
    return f"{root}/schoology/v1/{quote(site_code.strip(), safe='')}"


def sign_in_body(login_name: str, password: str) -> dict[str, str]:
    """What the sign-in takes."""
    return {"applicationId": APPLICATION_ID, "loginName": login_name, "password": password}


def call_body(call_type: str, parameters: Mapping[str, str | int]) -> dict[str, Any]:
    """What starts a read."""
    return {"callType": call_type, "perPage": PER_PAGE, "parameters": dict(parameters)}


def section_parameters(section_key: str) -> dict[str, int]:
    """The parameters of a gradebook call."""
    return {"SECTION_KEY": int(section_key)}


def assignment_path(ref: AssignmentRef) -> str:
    """Where the assignment of a Schoology item is written; eSchoolPLUS finds it by the item's id."""
    item_id = quote(ref.item_id, safe="")
    return f"sections/{ref.section_key}/sessions/{ref.session}/assignments/{item_id}"


def page_path(job_id: str, page: int) -> str:
    """Where one page of a read lies, from 1."""
    return f"{CALLS}/{job_id}/pages/{page}"


def error_code(body: Any) -> str:
    """The code of a refusal, or empty text."""
    return str(_error(body).get("code") or "")


def error_words(body: Any) -> str:
    """The words of a refusal, or empty text."""
    return str(_error(body).get("message") or "")


def _error(body: Any) -> dict[str, Any]:
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}
