"""Nothing above an adapter names what only one SIS has: neither in a name nor in a text."""

from __future__ import annotations

import re

from tests.conventions.sources import ROOT, assert_none, tracked

ONE_VENDORS = re.compile(
    r"eschool|alpha[ _-]?mark|\brepresentatives?\b|wire profile|site[ _]code|\btracks?\b",
    re.IGNORECASE,
)
BELOW = ("lti_app/sis/", "lti_app/sandbox/")
"""The adapters, and the sandbox that plays the far side of each."""
EXCEPTIONS = {
    "lti_app/cli/sandbox.py": "starts the sandbox of one SIS by the name of that SIS",
    "lti_app/cli/demo.py": "tells what to enter for the sandbox of one SIS",
    "lti_app/school/gradebook.py": "the stored settings of gradebooks spell alpha_marks",
    "lti_app/school/gradebook_json.py": "the stored settings of gradebooks spell alpha_marks",
    "lti_app/school/scores.py": "reads alpha_marks of the settings",
    "lti_app/grades/rules/marks.py": "reads alpha_marks of the settings",
}
"""File → why it may."""


def _offenders() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in tracked():
        name = str(path.relative_to(ROOT))
        if path.suffix not in (".py", ".html", ".js") or name.startswith(BELOW):
            continue
        if not name.startswith(("lti_app/", "templates/")):
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if ONE_VENDORS.search(line):
                found.setdefault(name, []).append(f"{name}:{number} {line.strip()[:80]}")
    return found


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


def test_the_words_are_seen_however_they_are_spelled() -> None:
    said = ("eSchoolPLUS", "an Alpha mark", "alpha_marks", "your representative", "Site Code", "row.track")
    assert all(ONE_VENDORS.search(each) for each in said)
    assert not any(ONE_VENDORS.search(each) for each in ("tracking", "represent", "a mark"))
