"""Which Schoology role is likely meant for which people, by its title."""

from __future__ import annotations

from lti_app.school.options import ProvisioningOptions
from lti_app.school.records import PersonRole

ROLE_WORDS = {
    PersonRole.STUDENT: ("student",),
    PersonRole.TEACHER: ("teacher", "faculty"),
    PersonRole.STAFF: ("staff", "administrator"),
    PersonRole.GUARDIAN: ("parent", "guardian"),
}
"""What a Schoology role's title says when it is meant for such people."""


def suggested_role(role: PersonRole, options: ProvisioningOptions) -> str:
    """The Schoology role whose title fits, or empty text."""
    for word in ROLE_WORDS[role]:
        for role_id, title in sorted(options.known_roles.items(), key=lambda each: len(each[1])):
            if word in title.casefold() and "system" not in title.casefold():
                return role_id
    return ""


def suggested(options: ProvisioningOptions) -> dict[str, str]:
    """Role of a person → Schoology role, of those for which one fits."""
    found = {str(role): suggested_role(role, options) for role in PersonRole}
    return {role: role_id for role, role_id in found.items() if role_id}
