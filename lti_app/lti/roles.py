"""From the roles of a launch to the strongest one that the app knows.

Schoology sends membership roles only; an administrator of a course sends Administrator as well, so this role
is necessary for the admin app and never sufficient (reference on LTI, 1.4 and 1.5).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class LaunchRole(StrEnum):
    """The strongest first."""

    ADMINISTRATOR = "administrator"
    INSTRUCTOR = "instructor"
    PARENT = "parent"
    LEARNER = "learner"
    NONE = "none"


WORDS = {
    "administrator": LaunchRole.ADMINISTRATOR,
    "instructor": LaunchRole.INSTRUCTOR,
    "mentor": LaunchRole.PARENT,
    "learner": LaunchRole.LEARNER,
    "student": LaunchRole.LEARNER,
}
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"


def strongest(roles: Iterable[str]) -> LaunchRole:
    """The strongest role; unknown ones give nothing, and only membership roles and short names count."""
    found = {role for each in roles if (role := _one(each)) is not None}
    return next((role for role in LaunchRole if role in found), LaunchRole.NONE)


def _one(role: str) -> LaunchRole | None:
    if "://" not in role:
        return WORDS.get(role.lower())
    if not role.startswith(MEMBERSHIP):
        return None
    return WORDS.get(role.replace("/", "#").rpartition("#")[2].lower())
