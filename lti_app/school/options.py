"""The choices of the Users, Courses and Sections tabs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from lti_app.school.records import PersonGroup
from lti_app.school.unique_ids import SOURCE_ID

USERNAME_SOURCES = ("login", "email", "email_local_part", "unique_id", "none")
EMAIL_SOURCES = ("sis", "none")


@dataclass(frozen=True)
class ProvisioningOptions:
    """Stored as JSON in sync_options.provisioning; unknown keys are dropped, missing ones defaulted."""

    role_ids: Mapping[str, str] = field(default_factory=dict)
    """PersonRole → Schoology role id; a role without an id is not synced."""
    with_staff: bool = True
    with_students: bool = True
    with_guardians: bool = False
    guardian_types: tuple[str, ...] = ()
    """Contact types whose people are parents; the Users tab proposes those that the SIS's adapter names."""
    ends_parent_links: bool = False
    """Whether parent links that the app made end when the SIS removes them."""
    id_prefixes: Mapping[str, str] = field(
        default_factory=lambda: {"student": "", "staff": "", "contact": "P"}
    )
    """PersonGroup → text before the id in Schoology's unique id."""
    unique_id: str = SOURCE_ID
    """What the unique id is made of, see lti_app.school.unique_ids."""
    username_source: str = "login"
    email_source: str = "sis"
    course_code_template: str = "{building}-{course}"
    course_title_template: str = "{title}"
    section_code_template: str = "{course}-{section}"
    section_school_code_template: str = "{section_key}"
    section_title_template: str = "{title}"
    with_co_teachers: bool = False
    known_roles: Mapping[str, str] = field(default_factory=dict)
    """Schoology role id → title, as last read; for choosing and for naming, never for deciding."""

    @property
    def prefixes(self) -> Mapping[PersonGroup, str]:
        """The prefix of every group."""
        return {group: self.id_prefixes.get(group, "") for group in PersonGroup}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ProvisioningOptions:
        """Options from what the database holds."""
        known = {each.name for each in fields(cls)}
        values = {name: value for name, value in stored.items() if name in known}
        if "guardian_types" in values:
            values["guardian_types"] = tuple(values["guardian_types"])
        return cls(**values)

    def to_json(self) -> dict[str, Any]:
        """What the database should hold."""
        return {**asdict(self), "guardian_types": list(self.guardian_types)}
