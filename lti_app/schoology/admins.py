"""Who is a system administrator: the one place that decides it.

Assumption: Schoology's roles carry no flag for it, so the role's title decides, as it stands in every
organization by default. A district that renamed the role says so by naming it with both words.
"""

from __future__ import annotations


def is_system_admin_role(title: str) -> bool:
    """Whether a role of this title may administer the whole organization."""
    words = title.lower().replace("administrator", "admin").split()
    return "system" in words and "admin" in words
