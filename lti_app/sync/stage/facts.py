"""What the SIS says of a record that the rules did not let through, so that *Why?* can show it. Pure."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date

from lti_app.school.records import BadRecord, Record


def facts_of(record: Record) -> str:
    """The filled plain fields of a record as JSON: name of the field → text; empty for an unreadable row.
    A birth date is never among them."""
    if isinstance(record, BadRecord):
        return ""
    told = (each for each in fields(record) if each.name != "birth_date")
    found = {each.name: _plain(getattr(record, each.name)) for each in told}
    return json.dumps({name: text for name, text in found.items() if text}, ensure_ascii=False)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | date):
        return str(value)
    if isinstance(value, tuple | frozenset) and all(isinstance(each, str) for each in value):
        return ", ".join(sorted(value) if isinstance(value, frozenset) else value)
    return ""
