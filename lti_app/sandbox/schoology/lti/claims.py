"""What a launch says: people, places, roles, custom parameters and the claims made of them.

The shapes follow what is publicly known of Schoology's tokens: a course launch has a context whose id is
the section's id and no label; a launch from the app launcher has neither context nor resource link; `aud`
is a list; the life is 600 s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

LTI: Final = "https://purl.imsglobal.org/spec/lti/claim/"
MEMBERSHIP: Final = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
TOKEN_SECONDS: Final = 600
# What the app's publisher entered as custom parameters.
PARAMETERS: Final[Mapping[str, str]] = {
    "uid": "$User.id",
    "username": "$User.username",
    "unique_id": "$com.schoology.User.uniqueId",
    "district_id": "$com.schoology.School.id",
    "domain": "$com.schoology.Launch.domain",
    "timezone": "$com.schoology.User.timezone",
    "section_id": "$com.schoology.CourseSection.id",
    "section_code": "$CourseSection.sourceSectionId",
    "building_id": "$com.schoology.Context.Building.id",
}

PersonKind = Literal["admin", "teacher", "student", "parent"]
Membership = Literal["admin", "member", "observer", "none"]


@dataclass(frozen=True)
class LaunchPerson:
    """Who launches. Empty texts are values that Schoology does not have."""

    uid: str
    kind: PersonKind
    name_first: str = ""
    name_last: str = ""
    username: str = ""
    email: str = ""
    unique_id: str = ""
    school_id: str = ""
    building_id: str = ""
    timezone: str = ""


@dataclass(frozen=True)
class LaunchPlace:
    """Where the launch starts: a course section, or with an empty `section_id` the app launcher."""

    section_id: str = ""
    course_title: str = ""
    section_title: str = ""
    section_code: str = ""
    building_id: str = ""
    membership: Membership = "none"

    @property
    def title(self) -> str:
        """The context's title, as in `$CourseSection.title`."""
        return f"{self.course_title}: {self.section_title}"


APP_LAUNCHER: Final = LaunchPlace()


def subject(uid: str, client_id: str) -> str:
    """The stable `sub` of a person for one app: `<uid>::<32 hex digits>`."""
    return f"{uid}::{hashlib.sha256(f'{client_id}/{uid}'.encode()).hexdigest()[:32]}"


def roles(person: LaunchPerson, place: LaunchPlace, course_admin_is_administrator: bool) -> list[str]:
    """Membership roles only: Schoology sends neither person nor system roles."""
    if person.kind == "admin":
        names = ["Administrator", "Instructor"]
    elif place.membership == "admin":
        names = ["Administrator", "Instructor"] if course_admin_is_administrator else ["Instructor"]
    elif person.kind == "parent" or place.membership == "observer":
        names = ["Mentor"]
    elif person.kind == "teacher" and not place.section_id:
        names = ["Instructor"]
    else:
        names = ["Learner"]
    return [MEMBERSHIP + name for name in names]


def custom(
    parameters: Mapping[str, str], person: LaunchPerson, place: LaunchPlace, domain: str
) -> dict[str, str]:
    """Custom parameters with lower-case keys; a variable without a value stays its literal `$...` text."""
    values = {name: value for name, value in _variables(person, place, domain).items() if value}
    return {key.lower(): values.get(text, text) for key, text in parameters.items()}


def _variables(person: LaunchPerson, place: LaunchPlace, domain: str) -> dict[str, str]:
    in_course = bool(place.section_id)
    return {
        "$User.id": person.uid,
        "$User.username": person.username,
        "$com.schoology.User.preferredName": person.name_first,
        "$com.schoology.User.uniqueId": person.unique_id,
        "$com.schoology.School.id": person.school_id,
        "$com.schoology.Primary.Building.id": person.building_id,
        "$com.schoology.User.timezone": person.timezone,
        "$com.schoology.Launch.domain": domain,
        "$CourseSection.title": place.title if in_course else "",
        "$com.schoology.CourseSection.id": place.section_id,
        "$CourseSection.sourceSectionId": place.section_code,
        "$com.schoology.Context.Building.id": place.building_id,
    }


def place_claims(place: LaunchPlace, link_title: str) -> dict[str, Any]:
    """The context and resource link of a course launch; nothing for the app launcher."""
    if not place.section_id:
        return {}
    return {
        LTI + "context": {"id": place.section_id, "title": place.title, "label": None},
        LTI + "resource_link": {"id": f"app-{place.section_id}", "title": link_title},
    }


def identity_claims(person: LaunchPerson, name: bool, email: bool) -> dict[str, str]:
    """What the app's privacy switches release about the person."""
    claims: dict[str, str] = {}
    if name:
        claims |= {
            "given_name": person.name_first,
            "family_name": person.name_last,
            "name": f"{person.name_first} {person.name_last}".strip(),
        }
    if email:
        claims["email"] = person.email
    return {key: value for key, value in claims.items() if value}
