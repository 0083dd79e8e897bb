"""What held people, parents and swaps of a plan, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lti_app.formats import counted, number, plural
from lti_app.runs.words.kinds import GROUPS

Trip = Mapping[str, Any]


def _numbers(found: Trip, _where: str) -> str:
    some = found["number"]
    one, many = GROUPS[found["who"]]
    return (
        f"{counted(some, one, many)} {plural(some, 'has', 'have')} the number of someone else, and Schoology "
        f"takes each unique ID only once. Discard this sync, enter a prefix for {many} such as "
        f"“{found['limit']}” on the Users tab, and sync again. After the first sync a prefix can’t simply be "
        "changed."
    )


def _same_person(found: Trip, _where: str) -> str:
    return (
        f"{counted(found['number'], 'user')} who left the SIS may have come back under a new ID, username, "
        "and email: the name and the birth date, a class, or the school and graduation year are the same. "
        "Link to the new ID to keep the account. Approve only if it’s a different person."
    )


def _too_many_parents(found: Trip, _where: str) -> str:
    some = found["number"]
    return (
        f"{counted(some, 'student')} would have more than {found['limit']} parents. Check in the SIS whether "
        "all of these contacts are parents."
    )


def _parents_added(found: Trip, where: str) -> str:
    return (
        f"{where}: {counted(found['number'], 'parent link')} would be added to {number(found['of'])}. The "
        f"limit is {found['limit']}. Check the contact types on the Users tab."
    )


def _parents_ended(found: Trip, where: str) -> str:
    return (
        f"{where}: {number(found['number'])} of {counted(found['of'], 'parent link')} would end. The "
        f"limit is {found['limit']}."
    )


def _swapped(found: Trip, _where: str) -> str:
    records = f"{number(found['number'])} records"
    return f"{records} swap their codes. Their lines name them and say what to do."


SAID: Mapping[str, Callable[[Trip, str], str]] = {
    "swapped_codes": _swapped,
    "shared_numbers": _numbers,
    "same_person": _same_person,
    "too_many_parents": _too_many_parents,
    "parents_added": _parents_added,
    "parents_ended": _parents_ended,
}
"""Brake → its sentence, from the trip and the name of the school."""
