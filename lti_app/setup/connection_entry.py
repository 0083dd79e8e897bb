"""What someone enters for a connection, on the form or on the command line, and what is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from lti_app.models import SisConnection
from lti_app.sis import registry
from lti_app.sis.description import Description, Field, FieldKind
from lti_app.vault import Vault

ADDRESS = re.compile(
    r"(https?://)?(\[[0-9a-f:]+\]|[^\s/?#@:\[\]]+)(:\d+)?(/[^\s?#@]*)?",
    re.IGNORECASE,
)
"""A host, or an http or https address without user and query."""
QUERY = re.compile(r"\?[^\s#]*$")
"""The query of a field that takes one."""


@dataclass(frozen=True)
class Entry:
    """A whole connection as entered. `secrets` holds, in the clear, only those that were typed."""

    adapter: str
    settings: Mapping[str, str]
    secrets: Mapping[str, str]


def entry_of(adapter: str, typed: Mapping[str, str]) -> Entry:
    """The values of the adapter's own fields, without blanks around them; secrets are taken as they are.

    Raises SisConfigError for an unknown adapter.
    """
    described = registry.description(adapter)
    settings = {each.name: (typed.get(each.name) or each.default).strip() for each in described.plain}
    secrets = {each.name: value for each in described.secrets if (value := typed.get(each.name))}
    return Entry(adapter, settings, secrets)


def problems(entry: Entry, stored: SisConnection) -> dict[str, str]:
    """Field → what is wrong with it; nothing for an entry that may be stored.

    A secret that is left out is kept, but never sent to another place than it was typed for.
    """
    described = registry.description(entry.adapter)
    found = {each.name: _plain_problem(each, entry.settings[each.name]) for each in described.plain}
    moved = moved_places(entry, stored)
    kept = _kept_names(entry, stored)
    for each in described.secrets:
        found[each.name] = _secret_problem(each, entry.secrets.get(each.name, ""), each.name in kept)
        if found[each.name] and moved and each.name in stored.secret_names:
            found[each.name] = f"{' and '.join(moved)} changed, so enter the {each.label.lower()} again."
    return {name: words for name, words in found.items() if words}


def moved_places(entry: Entry, stored: SisConnection) -> list[str]:
    """The labels of everything that would send kept secrets elsewhere; none where no secret is kept."""
    if not stored.secrets:
        return []
    if stored.adapter != entry.adapter:
        return ["The student information system"]
    described = registry.description(entry.adapter)
    before, after = described.places(stored.settings), described.places(entry.settings)
    return [each.label for each in described.plain if before.get(each.name) != after.get(each.name)]


def differs(entry: Entry, stored: SisConnection) -> bool:
    """Whether anything entered is not what is stored."""
    kept = {name: value for name, value in stored.settings.items() if value}
    typed = {name: value for name, value in entry.settings.items() if value}
    return bool(entry.secrets) or (stored.adapter, kept) != (entry.adapter, typed)


def sealed(entry: Entry, stored: SisConnection, vault: Vault) -> tuple[str, list[str]]:
    """The secrets that hold from now on, sealed, and their names. Raises VaultError when the kept ones cannot
    be opened."""
    kept = set(_kept_names(entry, stored)) - set(entry.secrets)
    if not entry.secrets:
        return (stored.secrets, list(stored.secret_names)) if kept else ("", [])
    before = opened(stored, vault) if kept else {}
    values = {**{name: before[name] for name in kept}, **entry.secrets}
    return vault.seal(json.dumps(values)), sorted(values)


def opened(stored: SisConnection, vault: Vault) -> dict[str, str]:
    """Field → secret, in the clear. Raises VaultError."""
    if not stored.secrets:
        return {}
    values: dict[str, str] = json.loads(vault.open(stored.secrets))
    return values


def is_complete(stored: SisConnection) -> bool:
    """Whether every field that the adapter needs is stored."""
    described = registry.find(stored.adapter)
    if described is None:
        return False
    return all(
        each.name in stored.secret_names if each.is_secret else stored.settings.get(each.name)
        for each in described.fields
        if each.required
    )


def shown(described: Description, settings: Mapping[str, str]) -> dict[str, str]:
    """Label → value of what is stored and not secret, choices by their labels."""
    return {each.label: _said(each, settings.get(each.name, "")) for each in described.plain}


def _said(field: Field, value: str) -> str:
    return dict(field.choices).get(value, value)


def _kept_names(entry: Entry, stored: SisConnection) -> list[str]:
    """The stored secrets that may go on being used."""
    same = stored.adapter == entry.adapter and not moved_places(entry, stored)
    return list(stored.secret_names) if same else []


def _plain_problem(field: Field, value: str) -> str:
    if not value:
        return _missing(field) if field.required else ""
    if len(value) > field.longest:
        return _too_long(field)
    address = QUERY.sub("", value) if field.takes_query else value
    if field.kind is FieldKind.ADDRESS and not ADDRESS.fullmatch(address):
        example = f" It looks like {field.example}." if field.example else ""
        return f"This isn’t a valid {field.label.lower()}.{example}"
    if field.kind is FieldKind.CHOICE and value not in dict(field.choices):
        known = ", ".join(each for each, _ in field.choices)
        return f"“{value}” isn’t one of the choices: {known}."
    return ""


def _secret_problem(field: Field, value: str, kept: bool) -> str:
    if len(value) > field.longest:
        return _too_long(field)
    return _missing(field) if field.required and not value and not kept else ""


def _missing(field: Field) -> str:
    return field.missing or f"Enter the {field.label.lower()}."


def _too_long(field: Field) -> str:
    return f"The {field.label.lower()} can have at most {field.longest} characters."
