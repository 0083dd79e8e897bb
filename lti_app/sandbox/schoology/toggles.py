"""Behavior of the real Schoology that is unknown: a switch for each, set to the likeliest answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Toggles:
    """The unknowns of the reference, section 10, that the app could depend on."""

    failure_key: str = "message"
    """Key of the text of a failed bulk item: message, error or error_message."""
    put_grades_status: int = 204
    """Status of PUT grades: 204, 200 with a body, or 207."""
    retry_after: bool = False
    """Whether 429 carries Retry-After."""
    existing_enrollment: str = "error"
    """POST of a person who is enrolled, without update_existing: error, or ok with the ID."""
    enrollment_delete_archives: bool = False
    """Whether a deleted enrollment stays with status 5 instead of going away."""
    multiget_cost: int = 1
    """How many requests a multiget counts as for the rate limit."""
    sections_by_school_code: bool = True
    """Whether update_existing finds sections by section school code."""
    ext_sections_redirect: bool = False
    """Whether sections/ext answers 303 like users/ext."""
