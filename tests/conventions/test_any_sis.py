"""Nothing above an adapter names what only one SIS has: neither in a name nor in a text."""

from __future__ import annotations

import re
from dataclasses import fields

from lti_app.sis.capabilities import Capabilities, Help, Limits
from tests.conventions.sources import ROOT, assert_none, tracked

ONE_VENDORS = re.compile(
    r"eschool|alpha[ _-]?mark|\brepresentatives?\b|wire profile|site[ _]code|\btracks?\b|marking[ _-]?period",
    re.IGNORECASE,
)
STORED = re.compile(r'^    [A-Z_]+ = "[a-z_]+"$')
"""A code that is stored keeps the name that it was given."""
BELOW = ("lti_app/sis/", "lti_app/sandbox/")
"""The adapters, and the sandbox that plays the far side of each."""
READ = (".py", ".html", ".js", ".txt", ".css")
EXCEPTIONS = {
    "lti_app/cli/sandbox.py": "starts the sandbox of one SIS by the name of that SIS",
    "lti_app/cli/demo.py": "begins with the sandbox of one SIS unless another one is named",
    "lti_app/cli/demo_story.py": "tells what to enter for the sandbox of each SIS",
}
"""File → why it may."""


def _offending(name: str, text: str) -> list[str]:
    """The lines of a file that name what only one SIS has; none of a file that may."""
    above = name.startswith(("lti_app/", "templates/")) and not name.startswith(BELOW)
    if not above or not name.endswith(READ):
        return []
    lines = enumerate(text.splitlines(), start=1)
    return [f"{name}:{number} {line.strip()[:80]}" for number, line in lines if _names_it(line)]


def _names_it(line: str) -> bool:
    return bool(ONE_VENDORS.search(line)) and not STORED.match(line)


def _offenders() -> dict[str, list[str]]:
    names = {str(path.relative_to(ROOT)): path for path in tracked() if path.suffix in READ}
    lines = {name: _offending(name, path.read_text("utf-8")) for name, path in names.items()}
    return {name: found for name, found in lines.items() if found}


def test_no_file_above_the_adapters_names_what_only_one_sis_has() -> None:
    offenders = _offenders()
    assert_none(line for name, lines in offenders.items() if name not in EXCEPTIONS for line in lines)


def test_every_exception_is_needed() -> None:
    assert_none(name for name in EXCEPTIONS if name not in _offenders())


def test_no_page_names_a_product_of_its_own() -> None:
    """Whatever else a file may do, the name of a product comes from its adapter."""
    assert_none(
        line
        for name, lines in _offenders().items()
        if name.startswith(("templates/", "lti_app/web/"))
        for line in lines
        if "eschool" in line.casefold()
    )


def test_a_word_that_is_put_in_is_found_above_the_adapters_only() -> None:
    text = 'nothing\nlabel = "Your eSchoolPLUS site code"\n'
    above = ("lti_app/school/x.py", "lti_app/sync/rules/x.py", "templates/x.html", "lti_app/static/x.js")

    assert {name: len(_offending(name, text)) for name in above} == dict.fromkeys(above, 1)
    assert not any(_offending(name, text) for name in ("lti_app/sis/eschoolplus/x.py", "docs/x.md"))
    assert set(EXCEPTIONS) == {name for name in _offenders() if name.startswith("lti_app/cli/")}


def test_every_capability_is_asked_for_somewhere() -> None:
    read = "\n".join(
        path.read_text("utf-8")
        for path in tracked()
        if path.suffix in (".py", ".html") and (name := str(path.relative_to(ROOT)))
        if name.startswith(("lti_app/", "templates/")) and not name.startswith("lti_app/sis/oneroster")
        if not name.startswith((*BELOW[1:], "lti_app/sis/eschoolplus"))
    )
    every = [*fields(Capabilities), *fields(Limits), *fields(Help)]
    assert_none(each.name for each in every if not re.search(rf"\.{each.name}\b", read))


def test_the_words_are_seen_however_they_are_spelled() -> None:
    said = ("eSchoolPLUS", "an Alpha mark", "alpha_marks", "your representative", "Site Code", "row.track")
    said += ("the marking period", "marking_periods")
    assert all(ONE_VENDORS.search(each) for each in said)
    assert not any(ONE_VENDORS.search(each) for each in ("tracking", "represent", "a mark"))
