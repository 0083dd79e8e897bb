"""Unique values of a payload, as they are compared. Pure.

Schoology may or may not tell upper from lower case. Values that differ in nothing else count as the same, so
that nothing is sent that it could refuse or take for something else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lti_app.school.records import Kind

FIELDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.USER: ("school_uid", "username", "email"),
    Kind.COURSE: ("code",),
    Kind.SECTION: ("section_school_code",),
}
"""Kind → the payload fields whose values only one object of the organization may have."""
KEY = {Kind.USER: "school_uid", Kind.COURSE: "code", Kind.SECTION: "section_school_code"}
"""Kind → the field that is its natural key."""
NAMES = {
    "school_uid": "unique ID",
    "username": "username",
    "email": "email address",
    "code": "course code",
    "section_school_code": "section school code",
    "section_code": "section code",
}
INTERIM = "-swap-"
"""What an interim value of a swap has before its last part."""
Value = tuple[str, str]
"""A field and what it holds, as it is compared."""


def plain(text: object) -> str:
    """A value as it is compared."""
    return str("" if text is None else text).strip().casefold()


def values_of(kind: Kind, payload: Mapping[str, Any] | str) -> dict[str, str]:
    """Field → value as it is compared, of the unique values that are filled."""
    held: Mapping[str, Any] = json.loads(payload or "{}") if isinstance(payload, str) else payload
    found = {name: plain(held.get(name)) for name in FIELDS[kind]}
    return {name: value for name, value in found.items() if value}


def every_value(kind: Kind, payload: str, parent: str) -> set[Value]:
    """Its unique values; of a section (`parent`: its course) also its code in each of its grading periods."""
    found: set[Value] = set(values_of(kind, payload).items())
    held = json.loads(payload or "{}") if kind == Kind.SECTION else {}
    if code := plain(held.get("section_code")):
        found |= {("section_code", f"{parent}:{code}:{each}") for each in held.get("grading_period_ids", ())}
    return found


def interim(value: str, mark: str) -> str:
    """A free value to give someone for a moment; mail to such an address still reaches the person where the
    mail server knows sub-addresses."""
    local, at, domain = value.partition("@")
    return f"{local}+{INTERIM[1:]}{mark}{at}{domain}" if at else f"{value}{INTERIM}{mark}"


def former(value: str) -> str:
    """The value that an interim one stood in for; any other value as it is."""
    local, at, domain = value.partition("@")
    mark = f"+{INTERIM[1:]}" if at else INTERIM
    return local.rpartition(mark)[0] + at + domain if mark in local else value
