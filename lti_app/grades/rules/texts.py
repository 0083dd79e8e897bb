"""Texts as the SIS takes them: plain, and cut without breaking a character that people see as one. Pure."""

from __future__ import annotations

import html
import re
import unicodedata

TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
BREAK = re.compile(r"<(br|/p|/div|/li)\b[^<>]*>", re.IGNORECASE)
JOINER = "\u200d"
"""Joins several characters into one picture, as a family (Unicode UAX #29, zero width joiner)."""
SKIN = range(0x1F3FB, 0x1F400)
FLAGS = range(0x1F1E6, 0x1F200)
"""Regional indicators: two of them are one flag."""


def plain_text(text: str) -> str:
    """A text without markup, control characters, and superfluous spaces."""
    bare = html.unescape(TAG.sub("", BREAK.sub(" ", text)))
    kept = (" " if each.isspace() else each for each in bare if each.isspace() or not _is_control(each))
    return " ".join("".join(kept).split())


def cut(text: str, length: int | None) -> str:
    """At most so many characters, the last one an ellipsis where something was cut off; None for no limit."""
    if length is None or len(text) <= length:
        return text
    end = length - 1
    while end and _belongs(text, end):
        end -= 1
    return text[:end] + "…"


def _is_control(each: str) -> bool:
    return unicodedata.category(each) in ("Cc", "Cs")


def _belongs(text: str, place: int) -> bool:
    """Whether the character at a place is one with those before it."""
    here = text[place]
    if unicodedata.combining(here) or here == JOINER or text[place - 1] == JOINER:
        return True
    if unicodedata.category(here) in ("Mn", "Me", "Mc") or ord(here) in SKIN:
        return True
    flags = 0
    while flags < place and ord(text[place - 1 - flags]) in FLAGS:
        flags += 1
    return ord(here) in FLAGS and flags % 2 == 1
