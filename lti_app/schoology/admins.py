"""Who is a system administrator: the one place that decides it.

Assumption: Schoology's roles carry no flag for it, so the role's title decides, as it stands in every
organisation by default. A district that renamed the role says so by naming it with both words.
"""

from __future__ import annotations

from collections.abc import Iterable

from lti_app.schoology.port import Role


def is_system_admin_role(title: str) -> bool:
    """Whether a role of this title may administer the whole organisation."""
    words = title.lower().replace("administrator", "admin").split()
    return "system" in words and "admin" in words


def admin_role_ids(roles: Iterable[Role]) -> set[str]:
    """The ids of all roles that administer the organisation."""
    return {role.id for role in roles if is_system_admin_role(role.title)}
