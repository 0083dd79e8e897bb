"""Pure matching: the texts by which the rules find what belongs together, and what speaks against a pair.

A rule pairs an SIS record and a Schoology object that share a text which nothing else on either side has. The
rules of SEEN only find candidates for a person to look at.

Facts of a user: school_uid, first_name, last_name, username, email, class, place (Schoology building), year,
and sis_id of an SIS record. Of a course: code, place, title, and number (the code in the SIS). Of a section:
school_code, section_code, number, periods, teachers, period, course. A course and teachers are named by their
SIS ids on both sides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from lti_app.school.prep import CLASSES, PrepOptions
from lti_app.school.records import Kind, joined

Facts = Mapping[str, Any]
Key = tuple[str, str]
"""A rule and a text."""
SEEN: Mapping[str, tuple[str, ...]] = {
    Kind.USER: ("same_email", "same_username", "same_name", "same_family"),
    Kind.COURSE: ("same_code", "same_title"),
    Kind.SECTION: ("same_section",),
}
"""Kind → rules that never pair by themselves."""
ID_RULES = ("unique_id", "id_template")
APART = re.compile(r"[\W_]+")
BETWEEN = re.compile(r"[\s\-]+")
PERIOD = re.compile(r"\b(?:period|per|pd|p)[\s.:#-]*0*(\d{1,2})\b")


def keys(kind: str, facts: Facts, options: PrepOptions) -> Iterator[Key]:
    """Every key of one row; an empty text is no key."""
    for rule, text in MAKERS[kind](facts, options):
        if text:
            yield rule, text


@lru_cache(maxsize=20_000)
def plain(text: object) -> str:
    """Lower case letters and digits of any script without accents: “O'Brien-Núñez” and “obrien nunez” are one
    name."""
    folded = str(text or "").casefold()
    if folded.isascii():
        return APART.sub("", folded)
    folded = unicodedata.normalize("NFKD", folded)
    return APART.sub("", "".join(each for each in folded if not unicodedata.combining(each)))


def bare(text: object) -> str:
    """An id without the zeros in front."""
    return str(text or "").strip().casefold().lstrip("0")


def doubt(kind: str, rule: str, ours: Facts, theirs: Facts) -> str:
    """Why two rows that share a unique key are probably not the same; empty when nothing says so."""
    if kind == Kind.SECTION:
        mine, other = set(ours.get("periods") or ()), set(theirs.get("periods") or ())
        return "periods" if mine and other and not mine & other else ""
    if kind != Kind.USER:
        return ""
    if theirs.get("class") and ours["class"] != theirs["class"]:
        return "role"
    if ours.get("year") and theirs.get("year") and str(ours["year"]) != str(theirs["year"]):
        return "year" if rule not in ID_RULES else ""
    return "" if _names_agree(rule, ours, theirs) else "name"


def _names_agree(rule: str, ours: Facts, theirs: Facts) -> bool:
    """An id needs one of both names; an email address or username the first name, for families share them
    and people marry."""
    first, last = plain(ours["first_name"]), plain(ours["last_name"])
    there, family = plain(theirs["first_name"]), plain(theirs["last_name"])
    if theirs.get("full_name"):
        return bool(_words(theirs["full_name"]) & _words(ours["first_name"], ours["last_name"]))
    short, long = sorted((first, there), key=len)
    same_first = first == there or (len(short) >= 3 and long.startswith(short))
    return same_first or (rule in ID_RULES and last == family)


def _words(*names: object) -> set[str]:
    """The words of names, double ones as a whole and in their parts; a part of a word is no word."""
    parts = (part for name in names for part in (*str(name or "").split(), *BETWEEN.split(str(name or ""))))
    return {plain(each) for each in parts} - {""}


def _user_keys(facts: Facts, options: PrepOptions) -> Iterator[Key]:
    classes = (facts["class"],) if facts.get("class") else CLASSES
    email, username = (str(facts.get(name) or "").strip().casefold() for name in ("email", "username"))
    first, last = plain(facts.get("first_name")), plain(facts.get("last_name"))
    year = str(facts.get("year") or "")
    yield "unique_id", str(facts.get("school_uid") or "").strip().casefold()
    yield "same_email", email
    yield "same_username", username
    for each in classes:
        yield "id_template", _prefixed(each, _templated(facts, each, options))
        yield "email", _prefixed(each, email)
        yield "username", _prefixed(each, username)
    if not (first and last) or not facts.get("class"):
        yield from _full_name(facts)
        return
    name = f"{facts['class']}:{last}:{first}"
    yield "same_name", f"{first}{last}"
    if facts.get("place"):
        yield "name", f"{name}:{facts['place']}:"
        yield "name", f"{name}:{facts['place']}:{year}"
        if year:
            yield "same_family", f"{last}:{facts['place']}:{year}"


def _full_name(facts: Facts) -> Iterator[Key]:
    """Of a deactivated account no more than the whole name is known."""
    yield "same_name", plain(facts.get("full_name"))


def _templated(facts: Facts, of: str, options: PrepOptions) -> str:
    """The id as it would read in old unique ids, so that both sides meet in one form."""
    prefix = options.prefixes.get(of, "").casefold()
    if "sis_id" in facts:
        number = str(facts["sis_id"]).casefold()
    else:
        number = str(facts.get("school_uid") or "").strip().casefold()
        if not number.startswith(prefix):
            return ""
        number = number.removeprefix(prefix)
        if options.zero_fill and len(number) < options.zero_fill:
            return ""
    return bare(number)


def _course_keys(facts: Facts, _options: PrepOptions) -> Iterator[Key]:
    code, number = plain(facts.get("code")), plain(facts.get("number"))
    place, title = facts.get("place") or "", plain(facts.get("title"))
    yield "code", f"={code}" if code else ""
    for each in {code, number} - {""}:
        yield "code", f"{place}:{each}"
        yield "same_code", each
    yield "title", f"{place}:{title}" if title else ""
    yield "same_title", f"{place}:{title}" if title else ""


def _section_keys(facts: Facts, _options: PrepOptions) -> Iterator[Key]:
    yield "school_code", plain(facts.get("school_code"))
    course, periods = facts.get("course") or "", ",".join(facts.get("periods") or [])
    if not course:
        return
    for each in {section_number(facts.get(name)) for name in ("section_code", "number")} - {""}:
        yield "section_code", f"{course}:{each}:{periods}" if periods else ""
        yield "same_section", f"{course}:{each}"
    for each in facts.get("teachers") or () if facts.get("period") else ():
        taught = joined(joined(course, ":", each), ":", facts["period"])
        yield "teacher", taught
        yield "same_section", taught


def section_number(text: object) -> str:
    """A section code in which 003 and 3 are one."""
    return bare(plain(text))


def period_of(*texts: object) -> str:
    """The period that a section's title or code names, such as 3 of “Algebra I - Period 3”."""
    for text in texts:
        found = PERIOD.search(str(text or "").casefold())
        if found:
            return found[1]
    return ""


def _prefixed(of: str, text: str) -> str:
    return f"{of}:{text}" if text else ""


MAKERS: Mapping[str, Callable[[Facts, PrepOptions], Iterator[Key]]] = {
    Kind.USER: _user_keys,
    Kind.COURSE: _course_keys,
    Kind.SECTION: _section_keys,
}
