"""A create never changes what was there before it.

Which of its calls Schoology treats as an update of something similar is not known for certain
(docs/assumptions.md, S31 to S36). So what a call may match is looked up first, and an answer that names an
object that was there before, or says that it updated one, is a conflict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence, Set
from dataclasses import replace
from typing import Any

from lti_app.schoology.port import Outcome

Row = dict[str, Any]
UPDATED_WORDS = ("updated", "update existing", "modified")


class MadeHere:
    """Ids of what this client made since it exists: nothing was in it before, so nothing is looked up."""

    def __init__(self) -> None:
        self._ids: set[str] = set()

    def __contains__(self, schoology_id: str) -> bool:
        return schoology_id in self._ids

    def ids(self) -> Set[str]:
        """All of them."""
        return self._ids

    def note(self, outcomes: Sequence[Outcome]) -> None:
        """Keep the ids of what was really made."""
        self._ids.update(each.schoology_id for each in outcomes if each.ok and each.schoology_id)


def taken(what: str, field: str, schoology_id: str = "", title: str = "") -> Outcome:
    """The conflict of a create whose key is held by an object in Schoology; names it where it is known."""
    named = f" It is “{title}”." if title else ""
    words = f"A {what} with this {field} is in Schoology already.{named}"
    return Outcome(ok=False, code=409, words=words, conflict=True, schoology_id=schoology_id)


def only_new(outcomes: Sequence[Outcome], known: Collection[str] = ()) -> list[Outcome]:
    """The outcomes of a create, in order: one whose id is among `known`, the ids that were seen before the
    call, one that says that it was an update, and those that share an id are conflicts."""
    ids = Counter(each.schoology_id for each in outcomes if each.ok)
    return [
        replace(each, ok=False, conflict=True, code=409)
        if each.ok and (each.schoology_id in known or ids[each.schoology_id] > 1 or _says_updated(each.words))
        else each
        for each in outcomes
    ]


def _says_updated(words: str) -> bool:
    return any(each in words.casefold() for each in UPDATED_WORDS)


def plain(value: object) -> str:
    """A unique value without what Schoology may not tell apart: case, and blanks around it."""
    return str("" if value is None else value).strip().casefold()


def by_value(rows: Iterable[Row], name: str) -> Callable[[str], Row | None]:
    """Rows by one of their values: the row that has exactly this value, else one that Schoology may take for
    it."""
    exact = {str(row.get(name)): row for row in rows}
    loose = {plain(value): row for value, row in exact.items()}
    return lambda value: exact.get(value) or loose.get(plain(value))
