"""Texts of an SIS without what Schoology or a database can't hold, or what no one can see. Pure.

Removed are NUL, control, zero-width and bidirectional-override characters, lone halves of a surrogate pair
and noncharacters; a tab or a line break becomes a blank. What is left is normalized to NFC.
"""

from __future__ import annotations

import unicodedata
from dataclasses import fields, replace
from hashlib import blake2b
from typing import Any, TypeVar

from lti_app.school.records import Person, Record, Term

Value = TypeVar("Value")
BREAKS = dict.fromkeys(map(ord, "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029"), " ")
SHOWN = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Signs of Arabic, Syriac and Kaithi that count as format characters and are seen."""
INVISIBLE = ("Cc", "Cf", "Cs")
EMPTY_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters that show nothing: a text of only these is empty."""
KEYS = frozenset({"key", "course", "section", "person", "student"})
"""Fields that name a record. They mean what they say to the last character, so they are not cleaned."""
PLACES = frozenset({"main_building", "building", "other_buildings", "buildings", "terms", "roles", "kind"})
"""Fields whose cleaning says nothing to anybody: what they name is found or not."""


def cleaned(text: str) -> str:
    """The text as Schoology and both databases can hold it; a clean one comes back as it is."""
    if text.isascii() and text.isprintable():
        return text.strip()
    seen = (each for each in text.translate(BREAKS) if _is_seen(each))
    found = " ".join(unicodedata.normalize("NFC", "".join(seen)).split(" ")).strip()
    return "" if EMPTY_LETTERS.issuperset(found) else found


def is_storable(text: str) -> bool:
    """Whether both databases can hold it: no NUL and no half of a surrogate pair."""
    return "\x00" not in text and (text.isascii() or not any("\ud800" <= each <= "\udfff" for each in text))


def written_out(text: str, longest: int = 40) -> str:
    """A text that fits into a sentence, with every character that can't be seen written as an escape."""
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(each if _is_seen(each) and each not in EMPTY_LETTERS else _escape(each) for each in short)


def cleaned_value(value: Any) -> Any:
    """A value of a record with every text in it cleaned; other values come back as they are."""
    if isinstance(value, str):
        return cleaned(value)
    if isinstance(value, tuple | list | frozenset):
        return type(value)(cleaned_value(each) for each in value)
    if isinstance(value, dict):
        return {cleaned_value(name): cleaned_value(each) for name, each in value.items()}
    return value


def clean(record: Record) -> tuple[Record, dict[str, str]]:
    """The record with clean texts, and each field that changed, with its first value written out.

    Only changes beyond NFC and blanks around are told: no one can see those.
    """
    changed: dict[str, Any] = {}
    told: dict[str, str] = {}
    for field in fields(record):
        if field.name in KEYS and not isinstance(record, Term):
            continue
        value = getattr(record, field.name)
        if (
            isinstance(value, str) and value.isascii() and value.isprintable() and value == value.strip()
        ) or (not isinstance(value, str | tuple | frozenset)):
            continue
        better = cleaned_value(value)
        if better == value:
            continue
        changed[field.name] = better
        if isinstance(value, str) and field.name not in PLACES and _looks_otherwise(value, better):
            told[field.name] = written_out(value)
    return (replace(record, **changed), told) if changed else (record, told)


def keys_of(record: Record) -> dict[str, str]:
    """The fields of a record that name it or other records; a guardian link names two people."""
    names = ("key",) if isinstance(record, Person) else tuple(sorted(KEYS))
    found = {name: getattr(record, name, None) for name in names}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def row_key(row: object) -> str:
    """A key for a row whose own can't be read: the same as long as the row is the same."""
    return f"row {blake2b(repr(row).encode('utf-8', 'backslashreplace'), digest_size=6).hexdigest()}"


def _looks_otherwise(value: str, better: str) -> bool:
    return unicodedata.normalize("NFC", value).strip() != better


def _is_seen(character: str) -> bool:
    if character in SHOWN:
        return True
    code = ord(character)
    if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return False
    return unicodedata.category(character) not in INVISIBLE


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
