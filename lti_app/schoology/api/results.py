"""What a bulk answer says of each item.

The documentation does not name the key of a failure text, so every likely one is read; nor the words, so a
conflict is recognized by the words that say that something is there already. Both are assumptions, kept here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lti_app.schoology.port import Outcome, Outgoing

FAILURE_KEYS = ("message", "error", "error_message", "error_description")
PRESENT_WORDS = ("already", "duplicate", "in use", "exists", "not unique")


def outcomes(
    rows: Sequence[Mapping[str, Any]], batch: Sequence[Outgoing], *, conflict_words: Sequence[str] = ()
) -> list[Outcome]:
    """One outcome for each item, in order; another number of rows than items makes all of them ambiguous."""
    if len(rows) != len(batch):
        return [Outcome(ok=False, ambiguous=True, words="The answer named another number of items.")] * len(
            batch
        )
    return [_outcome(row, item, conflict_words) for row, item in zip(rows, batch, strict=True)]


def _outcome(row: Any, item: Outgoing, conflict_words: Sequence[str]) -> Outcome:
    """An item without a code is no answer: it may have been done, and Schoology said nothing of it."""
    code = code_of(row) if isinstance(row, Mapping) else 0
    if not code:
        return Outcome(ok=False, ambiguous=True, words="The answer says nothing of this item.")
    words = failure_words(row)
    if 200 <= code < 300:
        return Outcome(ok=True, schoology_id=_id_of(row) or item.schoology_id, code=code, words=words)
    conflict = _says_present(words, conflict_words)
    return Outcome(
        ok=False,
        schoology_id=item.schoology_id,
        code=code,
        words=words or f"Schoology answered {code} without words.",
        conflict=conflict,
        gone=code == 404 and bool(item.schoology_id),
    )


def code_of(row: Mapping[str, Any]) -> int:
    """The status of a part or an item; 0 for none, and for a text that is no number."""
    try:
        return int(row.get("response_code") or row.get("status") or 0)
    except (TypeError, ValueError):
        return 0


def _id_of(row: Mapping[str, Any]) -> str:
    """The id of an item, or the last part of its location."""
    if row.get("id"):
        return str(row["id"])
    location = str(row.get("location") or "")
    return location.rstrip("/").rpartition("/")[2]


def failure_words(row: Mapping[str, Any]) -> str:
    """The server's own words for an item."""
    for key in FAILURE_KEYS:
        if row.get(key):
            return str(row[key])
    return ""


def _says_present(words: str, about: Sequence[str]) -> bool:
    """Whether the words say that the very object is there already: a taken email is another matter."""
    low = words.lower()
    return any(each in low for each in PRESENT_WORDS) and (not about or any(each in low for each in about))
