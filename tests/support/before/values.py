"""Sandbox objects as JSON and back, so that what is kept outlives changes of their classes.

A field that an object has since got takes its default; one that it has lost is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from lti_app.sandbox.district import records
from lti_app.sandbox.schoology import objects
from lti_app.sandbox.sis import rules

CLASSES: dict[str, type] = {
    f"{module.__name__.rpartition('.')[2]}.{name}": each
    for module in (records, objects, rules)
    for name, each in vars(module).items()
    if isinstance(each, type) and each.__module__ == module.__name__
}
NAMES = {each: name for name, each in CLASSES.items()}


def encode(value: Any) -> Any:
    """A value as what JSON can hold; lists with a sign in front stand for what JSON does not know."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if type(value) in NAMES:
        return {"is": NAMES[type(value)], **{name: encode(each) for name, each in _named(value).items()}}
    if isinstance(value, date):
        return ["date", value.isoformat()]
    if isinstance(value, Decimal):
        return ["number", str(value)]
    if isinstance(value, Mapping):
        return ["map", *([encode(key), encode(each)] for key, each in value.items())]
    if isinstance(value, set | frozenset):
        return [type(value).__name__, *(encode(each) for each in sorted(value))]
    assert isinstance(value, list | tuple), type(value)
    return [type(value).__name__, *(encode(each) for each in value)]


def decode(stored: Any) -> Any:
    """The value again."""
    if isinstance(stored, dict):
        made = CLASSES[stored["is"]]
        known = _field_names(made)
        return made(**{name: decode(each) for name, each in stored.items() if name in known})
    if not isinstance(stored, list):
        return stored
    sign, *rest = stored
    match sign:
        case "date":
            return date.fromisoformat(rest[0])
        case "number":
            return Decimal(rest[0])
        case "map":
            return {decode(key): decode(each) for key, each in rest}
    kinds: dict[str, type] = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}
    return kinds[sign](decode(each) for each in rest)


def _named(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in _field_names(type(value))}


def _field_names(made: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(made)) if is_dataclass(made) else made._fields
