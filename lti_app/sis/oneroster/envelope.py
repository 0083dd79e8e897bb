"""The list or the object out of an answer: 1EdTech wraps every body in its name, and servers differ.

Accepted are the collection's name in any case, its usual other names, one object where a list is meant, and
a bare list. Everything else is no answer: `UnreadablePage`, never an empty list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from lti_app.sis.pages import RawRow, UnreadablePage, loads

NULL = b"null"


def rows_of(content: bytes, names: Sequence[str]) -> Sequence[RawRow] | None:
    """The raw rows under one of these names; None where the server says null. Raises UnreadablePage."""
    if not content.strip():
        raise UnreadablePage("It is empty.")
    try:
        return _quickly(content, names)
    except (msgspec.DecodeError, RecursionError):
        return _slowly(content, names)


def _quickly(content: bytes, names: Sequence[str]) -> Sequence[RawRow] | None:
    if content.lstrip()[:1] == b"[":
        return msgspec.json.decode(content, type=list[msgspec.Raw])
    members = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    raw = bytes(_under(members, names)).strip()
    if raw == NULL:
        return None
    if raw[:1] == b"{":
        _raise_unless_row(msgspec.json.decode(raw, type=dict[str, msgspec.Raw]), names)
        return [msgspec.Raw(raw)]
    return msgspec.json.decode(raw, type=list[msgspec.Raw])


def _slowly(content: bytes, names: Sequence[str]) -> Sequence[RawRow] | None:
    page = loads(content)
    found = page if isinstance(page, list) else _under(page if isinstance(page, dict) else {}, names)
    if found is None:
        return None
    if isinstance(found, dict):
        _raise_unless_row(found, names)
        return [found]
    if not isinstance(found, list):
        raise UnreadablePage(f"Its {names[0]} are no list.")
    return found


def _raise_unless_row(members: dict[str, Any], names: Sequence[str]) -> None:
    """Rows by their ids would look like one row: whoever took them for it would lose all others."""
    if "sourcedid" not in {name.lower() for name in members}:
        raise UnreadablePage(f"Its {names[0]} are no list.")


def _under(members: dict[str, Any], names: Sequence[str]) -> Any:
    known = {name.lower(): name for name in members}
    for name in names:
        if name.lower() in known:
            return members[known[name.lower()]]
    raise UnreadablePage(f"It has no {names[0]}.")


def error_words(body: Any) -> str:
    """What a server says of its refusal, in one line; empty where it says nothing that can be read."""
    for each in (body, body.get("imsx_StatusInfo") if isinstance(body, dict) else None):
        if not isinstance(each, dict):
            continue
        for name in ("imsx_description", "error_description", "message", "error", "detail", "title"):
            said = each.get(name)
            if isinstance(said, str) and said.strip():
                return " ".join(said.split())[:LONGEST]
    return ""


LONGEST = 200
"""Most characters of a server's words that are shown."""
