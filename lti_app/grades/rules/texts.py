"""Texts as the SIS takes them: plain, and cut without breaking a character that people see as one. Pure."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator

TAG = re.compile(
    r"""<(?P<end>/?)(?P<name>[a-z][\w:-]*)(?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>=]+))*\s*/?>""",
    re.IGNORECASE | re.ASCII,
)
"""A tag with attributes that have values; “<b and c>” is none."""
ALONE = frozenset(("br", "hr", "img", "wbr", "input", "embed", "source"))
"""Elements without an end tag (HTML Standard, 13.1.2: void elements)."""
APART = frozenset(("br", "hr", "p", "div", "li", "tr", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6"))
"""Elements that stand apart from the text around them."""
EMBEDDED = frozenset(("a", "img", "iframe", "video", "audio", "embed", "object", "svg", "math"))
"""Elements of which a plain text loses something: an address, or all of it."""
JOINER = "\u200d"
"""Joins several characters into one picture, as a family (Unicode UAX #29, zero width joiner)."""
SKIN = range(0x1F3FB, 0x1F400)
FLAGS = range(0x1F1E6, 0x1F200)
"""Regional indicators: two of them are one flag."""


def plain_text(text: str) -> str:
    """A text without markup, control characters, and superfluous spaces. What only looks like markup stays:
    “x <y and y> z” and “a<b>c” have no end tag."""
    parts, start = list[str](), 0
    bare = _without_comments(text)
    for tag in _markup(bare):
        parts += [bare[start : tag.start()], " " if _name(tag) in APART else ""]
        start = tag.end()
    spelled = html.unescape("".join([*parts, bare[start:]]))
    kept = (" " if each.isspace() else each for each in spelled if each.isspace() or not _is_control(each))
    return " ".join("".join(kept).split())


def has_embedded(text: str) -> bool:
    """Whether a text has pictures, links or media, which a plain text can't hold."""
    return any(_name(tag) in EMBEDDED for tag in _markup(_without_comments(text)))


def _markup(text: str) -> Iterator[re.Match[str]]:
    """The tags of a text, in order: those of elements that stand alone, and those of pairs."""
    found, open_tags = dict[int, re.Match[str]](), dict[str, list[re.Match[str]]]()
    for tag in TAG.finditer(text):
        name = _name(tag)
        if name in ALONE or tag[0].endswith("/>"):
            found[tag.start()] = tag
        elif not tag["end"]:
            open_tags.setdefault(name, []).append(tag)
        elif open_tags.get(name):
            found[tag.start()] = tag
            begun = open_tags[name].pop()
            found[begun.start()] = begun
    return iter([found[each] for each in sorted(found)])


def _name(tag: re.Match[str]) -> str:
    return tag["name"].lower()


def _without_comments(text: str) -> str:
    parts, start = list[str](), 0
    while (begun := text.find("<!--", start)) >= 0 and (end := text.find("-->", begun)) >= 0:
        parts.append(text[start:begun])
        start = end + len("-->")
    return "".join([*parts, text[start:]])


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
