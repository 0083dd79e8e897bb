"""A page of JSON split into raw rows: fast where the whole page is sound, row by row where it is not.

msgspec refuses a whole page for one lone surrogate, one NaN or a byte order mark. Such a page is decoded
again by the standard library, so that only the rows that are broken are lost (lti_app.sis.rows judges each).
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

RawRow = Any
"""A row as msgspec.Raw, or as the standard library decoded it."""


class UnreadablePage(ValueError):
    """The page is no JSON, or not an object with a list of rows: an outage, never an empty answer."""


def split(content: bytes, name: str) -> tuple[Mapping[str, Any], Sequence[RawRow]]:
    """The envelope of a page without its rows, and the rows, which stand under `name`.

    Raises UnreadablePage.
    """
    try:
        members = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
        rows: Sequence[RawRow] = msgspec.json.decode(members.pop(name, b"null"), type=list[msgspec.Raw])
        return {key: msgspec.json.decode(raw) for key, raw in members.items()}, rows
    except (msgspec.DecodeError, RecursionError):
        return _slowly(content, name)


def _slowly(content: bytes, name: str) -> tuple[Mapping[str, Any], Sequence[RawRow]]:
    page = loads(content)
    rows = page.pop(name, None) if isinstance(page, dict) else None
    if not isinstance(rows, list):
        raise UnreadablePage(f"It is not an object with a list of {name}.")
    return page, rows


def loads(content: bytes) -> Any:
    """JSON as tolerantly as the standard library takes it; a byte that is no UTF-8 becomes a lone surrogate.

    Raises UnreadablePage.
    """
    text = content.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise UnreadablePage(str(error)) from error
