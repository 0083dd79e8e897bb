"""Texts as the SIS takes them: plain, and cut without breaking a character that people see as one. Pure."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator

SWITCHES = (
    "allowfullscreen|async|autofocus|autoplay|checked|compact|controls|default|defer|disabled|hidden|inert|ismap"
    "|loop|multiple|muted|nohref|noshade|novalidate|nowrap|open|playsinline|readonly|required|reversed|selected"
)
"""Attributes without a value (HTML Standard, boolean attributes, also the obsolete ones)."""
TAG = re.compile(
    rf"""<(?P<end>/?)(?P<name>[a-z][\w:-]*)
    (?:\s+(?:[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>=]+)|(?:{SWITCHES}|data-[\w-]+)(?=[\s/>])))*\s*/?>""",
    re.IGNORECASE | re.ASCII | re.VERBOSE,
)
"""A tag with attributes that have values or are known to need none; “<b and c>” is no tag."""
BLOCKS = (
    "address article aside blockquote body br caption center col colgroup dd details dialog dir div dl dt "
    "fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing "
    "main menu nav ol optgroup option p plaintext pre search section summary table tbody td tfoot th "
    "thead tr ul xmp"
)
APART = frozenset(BLOCKS.split())
"""Elements that stand apart from the text around them (HTML Standard, 15.3: blocks, lists, tables)."""
OTHERS = (
    "a abbr acronym area audio b base bdi bdo big button canvas cite code data datalist del dfn em embed "
    "font head i iframe img input ins kbd label link map mark math meta meter noscript object output "
    "param picture progress q rp rt ruby s samp script select slot small source span strike strong style "
    "sub sup svg template textarea time title tt u var video wbr"
)
WITHIN = frozenset(OTHERS.split())
"""All other elements of HTML that people put into a text."""
EMBEDDED = frozenset(("a", "img", "iframe", "video", "audio", "embed", "object", "svg", "math"))
"""Elements of which a plain text loses something: an address, or all of it."""
JOINER = "\u200d"
"""Joins several characters into one picture, as a family (Unicode UAX #29, zero width joiner)."""
SKIN = range(0x1F3FB, 0x1F400)
FLAGS = range(0x1F1E6, 0x1F200)
"""Regional indicators: two of them are one flag."""


def plain_text(text: str) -> str:
    """A text without markup, control characters, and superfluous spaces. Tags of HTML go, closed or not; what
    only looks like one stays: “x <y and y> z”, “List<String>”, “a<b>c”."""
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
    """The tags of a text, in order: those of HTML, and pairs of others, as <o:p> and </o:p>."""
    found, open_tags = dict[int, re.Match[str]](), dict[str, list[re.Match[str]]]()
    for tag in TAG.finditer(text):
        name = _name(tag)
        if tag[0].endswith("/>") or name in APART or (name in WITHIN and not _compares(tag)):
            found[tag.start()] = tag
        elif not tag["end"]:
            open_tags.setdefault(name, []).append(tag)
            continue
        elif open_tags.get(name):
            found[tag.start()] = tag
        if tag["end"] and open_tags.get(name):
            begun = open_tags[name].pop()
            found[begun.start()] = begun
    return iter([found[each] for each in sorted(found)])


def _compares(tag: re.Match[str]) -> bool:
    """Whether this is a letter between two signs of a comparison, as in “a<b>c”."""
    if len(tag[0]) != len("<b>"):
        return False
    before, after = tag.string[max(tag.start() - 1, 0) : tag.start()], tag.string[tag.end() : tag.end() + 1]
    return before.isalnum() and after.isalnum()


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
