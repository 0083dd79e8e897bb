"""The claims of a validly signed launch: their shapes, and what the app takes from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from lti_app.lti.refusals import LaunchRefused
from lti_app.lti.roles import LaunchRole, strongest

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
MESSAGE_TYPE = "LtiResourceLinkRequest"
LONGEST_ID = 255
LONGEST_TEXT = 200
DIGITS = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True)
class Launch:
    """What a signed request says, and nothing that it does not say."""

    platform_id: int
    deployment_id: str
    subject: str
    uid: str
    name: str
    role: LaunchRole
    section_id: str
    section_title: str
    domain: str
    time_zone: str
    login_id: str = ""
    login: dict[str, str] = field(default_factory=dict)
    """The login request before it, to be repeated when this launch has ended."""
    binding_hash: str = ""
    """The hash of what the platform stores for the browser that began the login; empty for nothing."""


def read_launch(body: Mapping[str, Any], platform_id: int, public_url: str) -> Launch:
    """The launch behind the claims. Raises LaunchRefused for a claim that is missing or of another shape."""
    _check_message(body)
    _check_target(body, public_url)
    subject = _subject(body)
    context = _context(body)
    custom = _custom(body)
    return Launch(
        platform_id=platform_id,
        deployment_id=_deployment(body),
        subject=subject,
        uid=_uid(custom, subject),
        name=_name(body),
        role=strongest(_roles(body)),
        section_id=str(context.get("id", "")),
        section_title=title_of(context),
        domain=_shown(custom.get("domain", "")),
        time_zone=_shown(custom.get("timezone", "")),
    )


def _is_plain(text: str) -> bool:
    """Whether a text can be an id: not too long, and nothing in it that no database or header takes."""
    return 0 < len(text) <= LONGEST_ID and text.isprintable()


def _shown(text: str) -> str:
    """A text for people, without what cannot be stored, such as half a surrogate pair, and not too long."""
    return "".join(each for each in text[:LONGEST_TEXT] if each.isprintable())


def title_of(context: Mapping[str, Any]) -> str:
    """The title of a course. Schoology's is "Course: Section"; where one begins with the other, the longer
    one says everything."""
    title = _shown(str(context.get("title") or ""))
    course, _, section = title.partition(": ")
    one, other = (" ".join(each.casefold().split()) for each in (course, section))
    if not one or not other:
        return title
    if other.startswith(one):
        return section.strip()
    return course.strip() if one.startswith(other) else title


def _check_message(body: Mapping[str, Any]) -> None:
    if body.get(f"{CLAIM}version") != "1.3.0":
        raise LaunchRefused(
            "version",
            "The launch doesn’t use LTI 1.3. Ask the people who host this app to check its setup in "
            "Schoology.",
        )
    if body.get(f"{CLAIM}message_type") != MESSAGE_TYPE:
        raise LaunchRefused(
            "message-type",
            "The app doesn’t support this type of launch. Open the app from a course or the app launcher.",
        )


def _check_target(body: Mapping[str, Any], public_url: str) -> None:
    target = body.get(f"{CLAIM}target_link_uri")
    if not isinstance(target, str) or not same_origin(target, public_url):
        raise LaunchRefused(
            "target",
            "The launch is for another website. Ask the people who host this app to check its address.",
        )


def same_origin(url: str, public_url: str) -> bool:
    """Whether a URL lies on our own scheme, host and port."""
    try:
        theirs, ours = urlsplit(url), urlsplit(public_url)
        return (theirs.scheme, theirs.hostname, _port(theirs)) == (ours.scheme, ours.hostname, _port(ours))
    except ValueError:
        return False


def _port(parts: Any) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _subject(body: Mapping[str, Any]) -> str:
    subject = body.get("sub")
    if not isinstance(subject, str) or not _is_plain(subject):
        raise LaunchRefused(
            "subject", "The launch doesn’t say who you are. Open the app again from Schoology."
        )
    return subject


def _roles(body: Mapping[str, Any]) -> list[str]:
    roles = body.get(f"{CLAIM}roles")
    if not isinstance(roles, list) or not all(isinstance(each, str) for each in roles):
        raise LaunchRefused(
            "roles", "The launch doesn’t include your role. Open the app again from Schoology."
        )
    return roles


def _deployment(body: Mapping[str, Any]) -> str:
    deployment = body.get(f"{CLAIM}deployment_id")
    if not isinstance(deployment, str) or not _is_plain(deployment):
        raise LaunchRefused(
            "deployment", "The launch doesn’t include a deployment ID. Open the app again from Schoology."
        )
    return deployment


def _context(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The course; {} for a launch outside any. In a course there must be a resource link."""
    context = body.get(f"{CLAIM}context")
    if context is None:
        return {}
    found = context.get("id") if isinstance(context, dict) else None
    if not isinstance(context, dict) or not isinstance(found, str) or not _is_plain(found):
        raise LaunchRefused(
            "context", "The launch names a course that couldn’t be read. Open the app again from Schoology."
        )
    link = body.get(f"{CLAIM}resource_link")
    if not isinstance(link, dict) or not isinstance(link.get("id"), str) or not link["id"]:
        raise LaunchRefused(
            "resource-link",
            "The launch doesn’t say which link it comes from. Open the app again from Schoology.",
        )
    return context


def _custom(body: Mapping[str, Any]) -> dict[str, str]:
    """Custom parameters; a variable that Schoology could not resolve comes as its own name and is absent."""
    custom = body.get(f"{CLAIM}custom")
    if not isinstance(custom, dict):
        return {}
    return {
        str(key).lower(): value.strip()
        for key, value in custom.items()
        if isinstance(value, str) and not value.startswith("$")
    }


def _uid(custom: Mapping[str, str], subject: str) -> str:
    """The Schoology uid: the digits before the colons of sub, or the custom parameter where sub has none.

    Custom parameters can be set by people of the district; one that contradicts sub is refused.
    """
    own, given = uid_of(subject), custom.get("uid", "")
    if not DIGITS.fullmatch(given):
        return own
    if own and own != given:
        raise LaunchRefused(
            "uid",
            "The launch names two different people. Ask the people who host this app to check its custom "
            "parameter uid in Schoology: it must be uid=$User.id.",
        )
    return given


def uid_of(subject: str) -> str:
    """The Schoology uid that a sub of the form <uid>::<32 hex digits> begins with; empty for another form."""
    own = subject.partition("::")[0]
    return own if DIGITS.fullmatch(own) else ""


def _name(body: Mapping[str, Any]) -> str:
    parts = (body.get("given_name"), body.get("family_name"))
    joined = " ".join(each for each in parts if isinstance(each, str) and each)
    name = body.get("name")
    return _shown(name if isinstance(name, str) and name else joined)
