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
    """POST of a person who is enrolled, without update_existing: error, or ok (updates, answers the id)."""
    enrollment_delete_archives: bool = False
    """Whether a deleted enrollment stays with status 5 instead of going away."""
    multiget_cost: int = 1
    """How many requests a multiget counts as for the rate limit."""
    sections_by_school_code: bool = True
    """Whether update_existing finds sections by section school code."""
    sections_by_code: str = "same periods"
    """With which grading periods update_existing finds the sections of a course by section code: with the
    same periods, with a shared period, or nothing."""
    key_case: str = "some"
    """Which unique values are compared without their case: some (usernames, emails), all or none."""
    user_create_updates: str = "nothing"
    """What a create of a user without update_existing takes for the same account and updates: nothing,
    unique_id, username, email, or inactive (a deactivated account with this unique id, which comes back)."""
    course_create_updates: bool = False
    """Whether a create of a course without update_existing updates the course with this code."""
    building_create_updates: str = "nothing"
    """What a create of a building takes for the same building and updates: nothing, code or title."""
    period_create_updates: bool = False
    """Whether a create of a grading period updates the period with this title."""
    tells_updates: bool = False
    """Whether a bulk answer says of an item that it was an update."""
    ext_sections_redirect: bool = False
    """Whether sections/ext answers 303 like users/ext."""
    folders: str = "with drafts"
    """What the folders of a course show to an administrator: with drafts, published only, or refused."""
    drafts_by_id: bool = True
    """Whether grade_items/{id} answers for a draft."""
    tells_letters: bool = False
    """Whether a score that was typed as a letter of the item's scale is read as it, not as points."""
