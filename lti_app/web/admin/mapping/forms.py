"""What the forms of the Schools and Terms tabs share: one list for each row, and asking before narrowing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from wtforms import Form, SelectChoice, SelectField

from lti_app import formats
from lti_app.runs import words
from lti_app.school.bad_rows import BadRow
from lti_app.school.records import Kind

NOT_SYNCED = SelectChoice("", "Don’t sync")
PREFIX = "to-"
SHOWN = 3
"""Rows that can't be used and are named; of the others the number is said."""


class MapForm(Form):
    """A form with one list for each row; made by map_form."""

    def wanted(self) -> dict[str, str]:
        """Key of the row → what is chosen for it."""
        return {field.name.removeprefix(PREFIX): field.data or "" for field in self}


def map_form(
    rows: Sequence[tuple[str, str, str, Sequence[tuple[str, str]]]], posted: bool = False
) -> MapForm:
    """One list for each (key, label, chosen, choices). Rows that were not posted keep what is chosen."""
    fields = {
        f"{PREFIX}{key}": SelectField(
            label, choices=[NOT_SYNCED, *(SelectChoice(value, title) for value, title in choices)]
        )
        for key, label, _, choices in rows
    }
    chosen = {f"{PREFIX}{key}": value for key, _, value, _ in rows}
    made: type[MapForm] = type("RowsForm", (MapForm,), fields)
    return made(request.form if posted else None, data=chosen)


def seen(counts: Mapping[Kind, int]) -> str:
    """A mark of the numbers that a person has been shown, so that another narrowing asks again."""
    text = "|".join(f"{kind}:{number}" for kind, number in sorted(counts.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def counted(counts: Mapping[Kind, int]) -> list[str]:
    """Such as "120 users", in the order of sending."""
    return [
        f"{formats.number(counts[kind])} {words.counted_kind(kind, counts[kind])}"
        for kind in Kind
        if kind in counts
    ]


def repeated(form: Form) -> list[tuple[str, Any]]:
    """The fields of a form as hidden ones of the second step."""
    return [(field.name, field.data or "") for field in form]


def no_longer_listed(number: int, noun: str) -> str:
    """A further sentence on what the SIS does not list any more; empty when there is none."""
    if not number:
        return ""
    verb, keep = ("is", "Its match is") if number == 1 else ("are", "Their matches are")
    return f" {formats.counted(number, noun)} {verb} no longer listed. {keep} kept."


def unusable(bad: Sequence[BadRow], noun: str) -> str:
    """A further sentence on rows of the SIS that can't be used, the first ones named; empty without any."""
    if not bad:
        return ""
    first = " ".join(words.sentence(each.reason) for each in bad[:SHOWN])
    more = f" And {formats.number(len(bad) - SHOWN)} more." if len(bad) > SHOWN else ""
    rows = (
        f"{formats.counted(len(bad), 'row')} of {noun} can’t be used and {'was' if len(bad) == 1 else 'were'}"
    )
    return f" {rows} left as before: {first}{more}"
